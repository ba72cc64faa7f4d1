"""What repeated refusals of a template do to it.

The account's provider counts as having rejected it. When the providers of all accounts that could send it have, it is
paused, and sent again once a call says so (SetTemplateState).
"""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
import structlog

from tidegate.delivery.model import Account, AccountState
from tidegate.delivery.store import accounts
from tidegate.delivery.templates import store
from tidegate.delivery.templates.model import ProviderState, ProviderTemplate, Template, TemplateState

LOG = structlog.get_logger(__name__)
_LONGEST_REASON = 500


def reject(connection: sa.Connection, template_id: str, account_id: str, *, reason: str, now: int) -> Template | None:
    """Notes that the account's provider refuses the template; None when that was known, or there is none."""
    before = store.lock(connection, template_id)
    if before is None or before.is_rejected_by(account_id):
        return None
    after = _rejected(before, account_id, reason[:_LONGEST_REASON], now)
    if after.state is TemplateState.ACTIVE and _nobody_sends(after, accounts.find(connection)):
        after = replace(after, state=TemplateState.PAUSED, state_reason=reason[:_LONGEST_REASON])
    after = replace(after, revision=before.revision + 1, update_time=now)
    store.replace(connection, after)
    LOG.error("template.rejected", template_id=template_id, account_id=account_id, state=after.state)
    return after


def given_back(template: Template) -> Template:
    """The template with what its providers said before refusals were counted, to be offered to them again."""
    restored = tuple(
        one if one.before is None else replace(one, state=one.before, before=None, detail="")
        for one in template.provider_templates
    )
    return replace(template, provider_templates=restored)


def _rejected(template: Template, account_id: str, reason: str, now: int) -> Template:
    known = {one.account_id: one for one in template.provider_templates}
    was = known.get(account_id) or ProviderTemplate(account_id, "", ProviderState.UNSPECIFIED)
    known[account_id] = replace(was, state=ProviderState.REJECTED, detail=reason, update_time=now, before=was.state)
    return replace(template, provider_templates=tuple(known.values()))


def _nobody_sends(template: Template, found: Sequence[Account]) -> bool:
    channels = {content.channel for content in template.contents}
    sending = [one for one in found if one.channel in channels and one.state is AccountState.ACTIVE]
    return all(template.is_rejected_by(one.account_id) for one in sending)
