"""Reaction to refusals of a template as such: after several, its account's provider counts as having rejected it."""

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa

from tidegate.channels import OutcomeKind, Scope
from tidegate.delivery.announce import Announcer
from tidegate.delivery.instants import DAY
from tidegate.delivery.model import CallResult
from tidegate.delivery.steps import Step
from tidegate.delivery.store import rejections
from tidegate.delivery.store.rejections import Refused
from tidegate.delivery.templates import announcing, pausing

REJECTED_AFTER = 5
"""How many messages of a template a provider refuses, within a day, until no more are offered to it."""


def react(connection: sa.Connection, announcer: Announcer, steps: Sequence[Step]) -> None:
    """Counts what was refused for its template's sake, and rejects or pauses the templates that it is enough for."""
    refused = {_refused(step): step.answered.result for step in steps if _is_refusal(step.answered.result)}
    if not refused:
        return
    counts = Counter(_refused(step) for step in steps if _is_refusal(step.answered.result))
    now = max(result.ended for result in refused.values())
    for one, count in rejections.count(connection, counts, now=now, within=DAY).items():
        if count >= REJECTED_AFTER:
            reason = _reason(refused[one], count)
            template = pausing.reject(connection, *one, reason=reason, now=now)
            if template is not None:
                announcing.changed(connection, announcer, template, reason=reason, account_id=one.account_id)


def _refused(step: Step) -> Refused:
    return Refused(step.message.template_id, step.answered.result.account_id)


def _is_refusal(result: CallResult) -> bool:
    """A message that could not be rendered was refused by no provider: it was never called."""
    return result.kind is OutcomeKind.CONTENT_REJECTED and result.scope is Scope.TEMPLATE and result.call > 0


def _reason(result: CallResult, count: int) -> str:
    """Its code, and not its words: they may repeat what a message said to somebody, for all who read templates.

    The words are kept, sealed, with the call.
    """
    said = result.provider_code or result.kind
    told = f"refused {count} times by the provider of {result.account_id}: {said}"
    return f"{told} (ExplainMessage tells its words of {result.message_id})"
