"""What the operators and planners of the shop set up before the campaign."""

from datetime import timedelta
from pathlib import Path

from google.protobuf.struct_pb2 import Struct

from tidegate.api.delivery.v1.channels_pb2 import Account
from tidegate.api.delivery.v1.delivery_service_pb2 import CreateAccountRequest, CreateTemplateRequest
from tidegate.api.delivery.v1.policy_service_pb2 import CreateFrequencyRuleRequest, CreateQuietHoursRequest
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceStub
from tidegate.api.delivery.v1.templates_pb2 import Template, TemplateContent, TemplateVariable
from tidegate.api.journey.v1.journey_service_pb2 import CreateJourneyRequest, PublishJourneyRequest
from tidegate.api.segmentation.v1.experiments_pb2 import CreateExperimentRequest, StartExperimentRequest
from tidegate.api.segmentation.v1.score_models_pb2 import (
    CreateScoreModelRequest,
    RunScoreModelRequest,
)
from tidegate.api.segmentation.v1.segments_pb2 import ANNOUNCEMENT_ALL, CreateSegmentRequest
from tidegate.demo import audience, canvas, policies
from tidegate.demo.calendar import Calendar
from tidegate.demo.outside import Meeting
from tidegate.demo.policies import CHANNELS
from tidegate.demo.stage import Stage
from tidegate.demo.words import duration
from tidegate.demo.world import FLASH

PHONE_CHANNELS = CHANNELS[1:]
_LONGEST_RUN = timedelta(seconds=20)
_TEMPLATES = {
    "early-bird": "Early birds: {{ offer }}",
    "wave": "This week: {{ offer }}",
    "flash": FLASH + ": {{ offer }}",
    "double-eleven": "Double 11: {{ offer }}",
    "last-chance": "Last chance: {{ offer }}",
}


def open_channels(stage: Stage, people: Meeting) -> None:
    """An account per channel: e-mail goes over SMTP to the people, the others through the console adapter."""
    delivery = stage.services.delivery()
    relay: dict[str, str | int] = {
        "host": people.host,
        "port": people.port,
        "security": "none",
        "hello": "shop.example",
    }
    relay |= {"sender": "Shop <news@shop.example>"}
    accounts = [Account(account_id="mail", channel="email", adapter="email", settings=_settings(relay))]
    for channel in PHONE_CHANNELS:
        settings = _settings({"file": str(outbox(stage.folder, channel))})
        accounts.append(Account(account_id=channel, channel=channel, adapter="console", settings=settings))
    for account in accounts:
        delivery.CreateAccount(CreateAccountRequest(account=account))


def outbox(folder: Path, channel: str) -> Path:
    """Where the console adapter writes the messages of ``channel``."""
    return folder / f"{channel}.jsonl"


def write_templates(stage: Stage) -> None:
    """What the campaign says."""
    for template_id, headline in _TEMPLATES.items():
        stage.services.delivery().CreateTemplate(CreateTemplateRequest(template=_template(template_id, headline)))


def set_limits(stage: Stage, calendar: Calendar) -> None:
    """Frequency rules and quiet hours."""
    policy = stage.services.stub("delivery", PolicyServiceStub)
    for rule in policies.frequency_rules(calendar):
        policy.CreateFrequencyRule(CreateFrequencyRuleRequest(frequency_rule=rule))
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


def _template(template_id: str, headline: str) -> Template:
    mail = f"<h1>{headline}</h1><p><a href=\"{{{{ 'https://shop.example/offers' | track }}}}\">See it</a></p>"
    return Template(
        template_id=template_id,
        contents=[
            TemplateContent(channel="email", parts={"subject": headline, "html": mail}),
            *(TemplateContent(channel=channel, parts={"text": headline}) for channel in PHONE_CHANNELS),
        ],
        variables=[TemplateVariable(name="offer", max_length=40)],
    )


def _settings(values: dict[str, str | int]) -> Struct:
    settings = Struct()
    settings.update(values)
    return settings
