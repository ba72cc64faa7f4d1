"""What the operators and planners of the shop set up before the campaign."""

from datetime import timedelta

from tidegate.api.delivery.v1.delivery_service_pb2 import (
    CreateAccountRequest,
    CreateTemplateRequest,
    SetProviderTemplateRequest,
)
from tidegate.api.delivery.v1.policy_service_pb2 import CreateQuietHoursRequest, WriteFrequencyRulesRequest
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceStub
from tidegate.api.delivery.v1.templates_pb2 import (
    PROVIDER_TEMPLATE_STATE_APPROVED,
    ProviderTemplate,
    Template,
    TemplateContent,
    TemplateVariable,
)
from tidegate.api.journey.v1.journey_service_pb2 import CreateJourneyRequest, PublishJourneyRequest
from tidegate.api.segmentation.v1.experiments_pb2 import CreateExperimentRequest, StartExperimentRequest
from tidegate.api.segmentation.v1.score_models_pb2 import (
    CreateScoreModelRequest,
    RunScoreModelRequest,
)
from tidegate.api.segmentation.v1.segments_pb2 import ANNOUNCEMENT_ALL, CreateSegmentRequest
from tidegate.demo import accounts, audience, canvas, policies
from tidegate.demo.calendar import Calendar
from tidegate.demo.outside import Meeting
from tidegate.demo.sayings import SAYINGS, Saying
from tidegate.demo.stage import Stage
from tidegate.demo.words import duration

_LONGEST_RUN = timedelta(seconds=20)
_LONGEST_OFFER = 20
"""In characters: a field of a subscription message has no room for more."""


def open_channels(stage: Stage, people: Meeting) -> dict[str, str]:
    """An account for each channel; returns where each provider that calls back is to call."""
    delivery = stage.services.delivery()
    made = {
        account.channel: delivery.CreateAccount(CreateAccountRequest(account=account)).account
        for account in accounts.accounts(people, stage.folder)
    }
    return {provider: made[channel].callback_url for provider, channel in accounts.CALLED_BACK.items()}


def write_templates(stage: Stage) -> None:
    """What the campaign says, and what providers know it by."""
    delivery = stage.services.delivery()
    for saying in SAYINGS:
        delivery.CreateTemplate(CreateTemplateRequest(template=_template(saying)))
        for account_id, code in saying.codes.items():
            known = ProviderTemplate(
                account_id=account_id, provider_template_id=code, state=PROVIDER_TEMPLATE_STATE_APPROVED
            )
            request = SetProviderTemplateRequest(template_id=saying.template_id, provider_template=known)
            delivery.SetProviderTemplate(request)


def set_limits(stage: Stage, calendar: Calendar) -> None:
    """Frequency rules and quiet hours."""
    policy = stage.services.stub("delivery", PolicyServiceStub)
    policy.WriteFrequencyRules(WriteFrequencyRulesRequest(frequency_rules=policies.frequency_rules(calendar)))
    policy.CreateQuietHours(CreateQuietHoursRequest(quiet_hours=policies.quiet_hours()))


def sort_customers(stage: Stage) -> None:
    """The audience, the tiers, and the split."""
    segmentation = stage.services.segmentation()
    segmentation.CreateSegment(CreateSegmentRequest(segment=audience.members()))
    segmentation.CreateScoreModel(CreateScoreModelRequest(model=audience.score_model()))
    segmentation.RunScoreModel(
        RunScoreModelRequest(model_id=audience.MODEL, announcement=ANNOUNCEMENT_ALL, wait=duration(_LONGEST_RUN)),
        timeout=60,
    )
    segmentation.CreateSegment(CreateSegmentRequest(segment=audience.best()))
    segmentation.CreateExperiment(CreateExperimentRequest(experiment=audience.experiment()))
    segmentation.StartExperiment(StartExperimentRequest(experiment_id=audience.EXPERIMENT))


def publish(stage: Stage, calendar: Calendar) -> None:
    """The journey, from a draft to a version that nobody can change any more."""
    journeys = stage.services.journey()
    journeys.CreateJourney(CreateJourneyRequest(journey=canvas.journey(calendar)))
    journeys.PublishJourney(PublishJourneyRequest(journey_id=canvas.JOURNEY))


def _template(saying: Saying) -> Template:
    headline = f"{saying.headline}: {{{{ offer }}}}"
    mail = f"<h1>{headline}</h1><p><a href=\"{{{{ 'https://shop.example/offers' | track }}}}\">See it</a></p>"
    contents: dict[str, dict[str, str]] = {
        "email": {"subject": headline, "html": mail},
        "sms": {"text": saying.short("{{ offer }}"), "offer": "{{ offer }}"},
        "wechat.subscription": {"thing1.value": saying.headline, "thing2.value": "{{ offer }}"},
        "wecom": {"text": headline},
        "push": {"text": headline},
    }
    return Template(
        template_id=saying.template_id,
        contents=[TemplateContent(channel=channel, parts=parts) for channel, parts in contents.items()],
        variables=[TemplateVariable(name="offer", max_length=_LONGEST_OFFER)],
    )
