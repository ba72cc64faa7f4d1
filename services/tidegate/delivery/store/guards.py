"""What guardrails count, from the rows themselves."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from tidegate.channels import OutcomeKind
from tidegate.delivery.model import MessageState, ReceiptKind
from tidegate.delivery.policy.model import GuardrailMetric
from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables import ATTEMPTS, MESSAGES, RECEIPTS, STATES
from tidegate.runtime.db import bulk_upsert

UNSUBSCRIBED = sa.Table("unsubscribed_by", METADATA, sa.Column("message_id", sa.Text, primary_key=True))
"""Messages by whose links customers unsubscribed. What providers report of them is among the receipts."""

_NO_REFUSALS = (OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN, OutcomeKind.RETRYABLE, OutcomeKind.RATE_LIMITED)


def note_unsubscribed(connection: sa.Connection, message_ids: Collection[str]) -> None:
    """Keeps by which messages customers unsubscribed, each once."""
    rows = [{"message_id": each} for each in sorted(message_ids)]
    bulk_upsert(connection, UNSUBSCRIBED, rows, key=["message_id"], update=[])


def campaigns_of(connection: sa.Connection, message_ids: Collection[str]) -> Mapping[str, str]:
    """The campaigns of those of the messages that have one."""
    m = MESSAGES.c
    query = sa.select(m.message_id, m.campaign_id).where(m.message_id.in_(message_ids), m.campaign_id != "")
    return {row.message_id: row.campaign_id for row in connection.execute(query)}


def count(connection: sa.Connection, metric: GuardrailMetric, campaign_id: str, *, since: int) -> tuple[int, int]:
    """How many of a campaign's messages (or calls) since an instant are what ``metric`` counts, and of how many."""
    m, s = MESSAGES.c, STATES.c
    sent = (
        sa.select(m.message_id)
        .join(STATES, s.message_id == m.message_id)
        .where(m.campaign_id == campaign_id, m.campaign_id != "", s.sent_time >= since)
    )
    if metric is GuardrailMetric.FAILURES:
        return _failures(connection, campaign_id, since)
    match metric:
        case GuardrailMetric.BOUNCES:
            hits = sent.where(s.state == MessageState.BOUNCED)
        case GuardrailMetric.COMPLAINTS:
            hits = sent.where(_reported(ReceiptKind.COMPLAINT))
        case _:
            by_link = sa.exists().where(UNSUBSCRIBED.c.message_id == m.message_id)
            hits = sent.where(sa.or_(by_link, _reported(ReceiptKind.UNSUBSCRIBED)))
    return _size(connection, hits), _size(connection, sent)


def _failures(connection: sa.Connection, campaign_id: str, since: int) -> tuple[int, int]:
    calls = (
        sa.select(ATTEMPTS.c.number)
        .join(MESSAGES, MESSAGES.c.message_id == ATTEMPTS.c.message_id)
        .where(MESSAGES.c.campaign_id == campaign_id, MESSAGES.c.campaign_id != "", ATTEMPTS.c.start_time >= since)
    )
    return _size(connection, calls.where(ATTEMPTS.c.outcome.not_in(_NO_REFUSALS))), _size(connection, calls)


def _reported(kind: ReceiptKind) -> sa.ColumnElement[bool]:
    return sa.exists().where(RECEIPTS.c.message_id == MESSAGES.c.message_id, RECEIPTS.c.kind == kind)


def _size(connection: sa.Connection, rows: sa.Select[tuple[str]] | sa.Select[tuple[int]]) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(rows.subquery())) or 0
