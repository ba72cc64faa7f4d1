"""Policies as documents, under one version that every change raises."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.dialects.postgresql import JSONB

from tidegate.delivery.policy.model import (
    Exemption,
    FrequencyRule,
    Guardrail,
    Hold,
    Kept,
    OwnershipPolicy,
    PolicyKind,
    PolicyT,
    QuietRule,
    Scope,
    phase_of,
)
from tidegate.delivery.schema import METADATA
from tidegate.runtime.db import Json, bulk_upsert, insert
from tidegate.runtime.errors import DataLoss

POLICIES = sa.Table(
    "policies",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("policy_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Column("create_time", sa.BigInteger, nullable=False),
    sa.Column("update_time", sa.BigInteger, nullable=False),
)
"""Each as a document of its kind."""

VERSION = sa.Table(
    "policy_version",
    METADATA,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("version", sa.BigInteger, nullable=False),
)
"""One row: how many changes there were. Whoever makes one holds it, so that changes have an order."""

_TYPES: dict[PolicyKind, TypeAdapter[Any]] = {
    PolicyKind.FREQUENCY_RULE: TypeAdapter(FrequencyRule),
    PolicyKind.QUIET_HOURS: TypeAdapter(QuietRule),
    PolicyKind.EXEMPTION: TypeAdapter(Exemption),
    PolicyKind.OWNERSHIP_POLICY: TypeAdapter(OwnershipPolicy),
    PolicyKind.HOLD: TypeAdapter(Hold),
    PolicyKind.GUARDRAIL: TypeAdapter(Guardrail),
}


def raise_version(connection: sa.Connection) -> int:
    """The next version; holds off every other change of policies until this transaction ends."""
    statement = insert(connection, VERSION).values(id=1, version=1)
    statement = statement.on_conflict_do_update(
        index_elements=["id"], set_={"version": VERSION.c.version + 1}
    ).returning(VERSION.c.version)
    return int(connection.execute(statement).scalar_one())


def hold_version(connection: sa.Connection) -> int:
    """The version in force; holds off every change of policies until this transaction ends."""
    connection.execute(insert(connection, VERSION).values(id=1, version=0).on_conflict_do_nothing())
    return int(connection.scalars(sa.select(VERSION.c.version).with_for_update()).one())


def version(connection: sa.Connection, *, hold: bool = False) -> int:
    """The version in force, 0 before the first change; with ``hold`` it stays so until the transaction ends."""
    query = sa.select(VERSION.c.version)
    return connection.scalar(query.with_for_update(read=True) if hold else query) or 0


def load(connection: sa.Connection, kind: PolicyKind) -> list[Kept[Any]]:
    """All policies of a kind, by id."""
    query = sa.select(POLICIES).where(POLICIES.c.kind == kind).order_by(POLICIES.c.policy_id)
    return [_kept(row) for row in connection.execute(query)]


def exempted(connection: sa.Connection) -> set[int]:
    """The customers whom exemptions name."""
    return {one for kept in load(connection, PolicyKind.EXEMPTION) for one in kept.policy.customer_ids}


def page(connection: sa.Connection, kind: PolicyKind, *, after: str, limit: int, campaign_id: str) -> list[Kept[Any]]:
    """Up to ``limit`` policies of a kind behind an id, of all or of those bound to a campaign or its phases."""
    query = sa.select(POLICIES).where(POLICIES.c.kind == kind, POLICIES.c.policy_id > after)
    if campaign_id:
        query = query.where(_of_campaign(connection, campaign_id))
    return [_kept(row) for row in connection.execute(query.order_by(POLICIES.c.policy_id).limit(limit))]


def get(connection: sa.Connection, kind: PolicyKind, policy_id: str) -> Kept[Any] | None:
    """The policy, if there is one."""
    query = sa.select(POLICIES).where(POLICIES.c.kind == kind, POLICIES.c.policy_id == policy_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _kept(row)


def put(connection: sa.Connection, kind: PolicyKind, policy_id: str, kept: Kept[PolicyT]) -> None:
    """Makes or replaces the policy."""
    put_all(connection, kind, {policy_id: kept})


def put_all(connection: sa.Connection, kind: PolicyKind, policies: Mapping[str, Kept[PolicyT]]) -> None:
    """Makes or replaces policies of a kind, by id."""
    rows = [
        {
            "kind": kind.value,
            "policy_id": policy_id,
            "revision": kept.revision,
            "document": _TYPES[kind].dump_python(kept.policy, mode="json"),
            "create_time": kept.create_time,
            "update_time": kept.update_time,
        }
        for policy_id, kept in policies.items()
    ]
    bulk_upsert(
        connection,
        POLICIES,
        rows,
        key=["kind", "policy_id"],
        update=["revision", "document", "update_time"],
    )


def paused_campaigns(connection: sa.Connection) -> set[str]:
    """The campaigns that guardrails have paused."""
    return {campaign_id for kept in load(connection, PolicyKind.GUARDRAIL) for campaign_id in kept.policy.paused}


def delete(connection: sa.Connection, kind: PolicyKind, policy_id: str) -> None:
    """Deletes the policy."""
    delete_all(connection, kind, [policy_id])


def delete_all(connection: sa.Connection, kind: PolicyKind, policy_ids: Collection[str]) -> None:
    """Deletes policies of a kind."""
    if policy_ids:
        named = POLICIES.c.policy_id.in_(policy_ids)
        connection.execute(sa.delete(POLICIES).where(POLICIES.c.kind == kind, named))


def named_segments(connection: sa.Connection) -> set[str]:
    """The segments, and tiers of models, that any policy names."""
    named = _text_of(connection, "segment_id")
    return set(connection.scalars(sa.select(named).where(named != "").distinct()))


def _of_campaign(connection: sa.Connection, campaign_id: str) -> sa.ColumnElement[bool]:
    scope, scope_id = _text_of(connection, "scope"), _text_of(connection, "scope_id")
    return sa.or_(
        sa.and_(scope == Scope.CAMPAIGN, scope_id == campaign_id),
        sa.and_(scope == Scope.PHASE, scope_id.startswith(phase_of(campaign_id, ""), autoescape=True)),
        _text_of(connection, "campaign_id") == campaign_id,
    )


def _text_of(connection: sa.Connection, name: str) -> sa.ColumnElement[str]:
    document: sa.ColumnElement[Any] = POLICIES.c.document
    if connection.dialect.name == "postgresql":
        text: sa.ColumnElement[str] = sa.type_coerce(document, JSONB)[name].astext
        return text
    return sa.func.json_extract(document, f"$.{name}", type_=sa.Text)


def _kept(row: Any) -> Kept[Any]:
    kind = PolicyKind(row.kind)
    try:
        policy = _TYPES[kind].validate_python(row.document)
    except ValidationError as error:
        raise DataLoss(kind.value.replace("_", " "), row.policy_id) from error
    return Kept(policy, row.revision, row.create_time, row.update_time)
