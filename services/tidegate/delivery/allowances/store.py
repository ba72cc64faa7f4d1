"""The statements of allowances: each a fixed number for any number of rows; what is locked is locked by rising key."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tidegate.delivery.allowances.model import Grant, GrantKey, Interaction, InteractionKind, Sent, Use, UseState
from tidegate.delivery.model import MessageState
from tidegate.delivery.store.tables import GRANTS, INTERACTIONS, MESSAGES, OPENINGS, STATES, USES
from tidegate.runtime.db import OverRows, bulk_upsert, insert, row_source

_INTERACTION = [INTERACTIONS.c[name] for name in Interaction._fields]
_PRIMARY = [INTERACTIONS.c.account_id, INTERACTIONS.c.interaction_id]
_AWAITED = [INTERACTIONS.c.account_id, INTERACTIONS.c.provider_template]
_AWAITS = INTERACTIONS.c.provider_template != sa.literal_column("''")  # as the index says it
_KEY = [GRANTS.c.account_id, GRANTS.c.address_key, GRANTS.c.template_id]
_OPENING = [OPENINGS.c.account_id, OPENINGS.c.address_key, OPENINGS.c.opened_by]
_USE = [USES.c[name] for name in Use._fields]


def keep(connection: sa.Connection, interactions: Sequence[Interaction]) -> set[tuple[str, str]]:
    """Stores interactions; returns (account, id) of those that had not been stored before."""
    ordered = sorted(interactions, key=lambda one: (one.account_id, one.interaction_id))
    given = row_source(connection, "given", _INTERACTION, ordered)
    kept = connection.execute(
        insert(connection, INTERACTIONS)
        .from_select(_INTERACTION, sa.select(*given.c).where(sa.true()))
        .on_conflict_do_nothing()
        .returning(INTERACTIONS.c.account_id, INTERACTIONS.c.interaction_id)
    )
    return {(account_id, interaction_id) for account_id, interaction_id in kept}


def any_awaits(connection: sa.Connection) -> bool:
    """Whether anything was granted of a template that was not entered."""
    return connection.scalar(sa.select(sa.exists().where(_AWAITS))) or False


def take_entered(connection: sa.Connection, templates: Collection[tuple[str, str]], *, limit: int) -> list[Interaction]:
    """Takes out up to ``limit`` of those that have waited for one of the providers' templates, each (account, name)."""
    asked = row_source(connection, "asked", _AWAITED, sorted(templates))
    same = [column == asked.c[column.name] for column in _AWAITED]
    chosen = (
        sa.select(*_INTERACTION)
        .join(asked, sa.and_(*same))
        .where(_AWAITS)
        .order_by(*_PRIMARY)
        .limit(limit)
        .with_for_update(of=INTERACTIONS, skip_locked=True)
    )
    found = [_interaction(row) for row in connection.execute(chosen)]
    if found:
        gone = row_source(connection, "gone", _PRIMARY, [(one.account_id, one.interaction_id) for one in found])
        one_of_them = sa.exists().where(*(column == gone.c[column.name] for column in _PRIMARY))
        connection.execute(sa.delete(INTERACTIONS).where(one_of_them))
    return found


def _interaction(row: sa.Row[*tuple[Any, ...]]) -> Interaction:
    return Interaction(row[0], row[1], InteractionKind(row[2]), *row[3:])


def open_windows(connection: sa.Connection, openings: Mapping[tuple[str, str, str], tuple[int, int]]) -> None:
    """Notes when windows were opened, and by whom: (customer, instant) by account, address and trigger.

    What was opened later already stays.
    """
    columns = [*_OPENING, OPENINGS.c.customer_id, OPENINGS.c.opened]
    rows = [(*key, *value) for key, value in sorted(openings.items())]
    given = row_source(connection, "given", columns, rows)
    adding = insert(connection, OPENINGS).from_select(columns, sa.select(*given.c).where(sa.true()))
    newer = {"opened": adding.excluded.opened, "customer_id": adding.excluded.customer_id}
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=[column.name for column in _OPENING],
            set_=newer,
            where=adding.excluded.opened > OPENINGS.c.opened,
        )
    )


def ensure_grants(connection: sa.Connection, holders: Mapping[GrantKey, int]) -> None:
    """Makes the rows that lack, each with the customer who holds the address."""
    rows = [
        {**key._asdict(), "customer_id": customer_id, "remaining": 0, "refused_at": 0}
        for key, customer_id in sorted(holders.items())
    ]
    bulk_upsert(connection, GRANTS, rows, key=[column.name for column in _KEY], update=[])


def lock_grants(connection: sa.Connection, keys: Collection[GrantKey]) -> dict[GrantKey, Grant]:
    """Locks those of the rows that exist."""
    return _grants(_LOCK_GRANTS.run(connection, sorted(keys)).all())


def read_grants(connection: sa.Connection, keys: Collection[GrantKey]) -> dict[GrantKey, Grant]:
    """Like lock_grants(), without a lock."""
    return _grants(_READ_GRANTS.run(connection, sorted(keys)).all())


def _grants(rows: Iterable[sa.Row[*tuple[Any, ...]]]) -> dict[GrantKey, Grant]:
    found = (Grant(GrantKey(row[0], row[1], row[2]), row[3], row[4]) for row in rows)
    return {one.key: one for one in found}


def write_grants(connection: sa.Connection, grants: Sequence[Grant]) -> None:
    """Stores what is left; the rows are locked."""
    if grants:
        _WRITE_GRANTS.run(connection, [(*one.key, one.remaining, one.refused_at) for one in grants])


def count_since(connection: sa.Connection, refusals: Mapping[GrantKey, int]) -> dict[GrantKey, tuple[int, int]]:
    """What was granted, and what was used, after an instant for each key: (credits, uses)."""
    rows = [(*key, instant) for key, instant in sorted(refusals.items())]
    granted = {GrantKey(*row[:3]): int(row[3]) for row in _GRANTED_SINCE.run(connection, rows).all()}
    used = {GrantKey(*row[:3]): int(row[3]) for row in _USED_SINCE.run(connection, rows).all()}
    return {key: (granted.get(key, 0), used.get(key, 0)) for key in refusals}


def read_openings(
    connection: sa.Connection, account_id: str, address_keys: Collection[str]
) -> list[tuple[str, str, int]]:
    """The newest openings of each address: (key, trigger, instant)."""
    rows = _READ_OPENINGS.run(connection, [(one,) for one in address_keys], account_id=account_id).all()
    return [(key, opened_by, opened) for key, opened_by, opened in rows]


def read_uses(
    connection: sa.Connection, account_id: str, address_keys: Collection[str], *, since: int
) -> list[tuple[str, int]]:
    """What counts of each address from ``since`` on: (key, instant)."""
    rows = _READ_USES.run(connection, [(one,) for one in address_keys], account_id=account_id, since=since).all()
    return [(key, taken_at) for key, taken_at in rows]


def read_sent(
    connection: sa.Connection, account_id: str, address_keys: Collection[str], *, since: int
) -> list[tuple[str, Sent]]:
    """Like read_uses(), with the messages' classes."""
    rows = _READ_SENT.run(connection, [(one,) for one in address_keys], account_id=account_id, since=since).all()
    return [(key, Sent(taken_at, message_class)) for key, taken_at, message_class in rows]


def under_way(connection: sa.Connection, account_id: str, address_keys: Collection[str]) -> set[str]:
    """The addresses to which a message of the account is about to be sent, or is being sent."""
    rows = _UNDER_WAY.run(connection, [(one,) for one in address_keys], account_id=account_id).all()
    return {row[0] for row in rows}


def write_uses(connection: sa.Connection, uses: Sequence[Use]) -> None:
    """Notes what messages take; an earlier use of theirs was given back."""
    bulk_upsert(connection, USES, [one._asdict() for one in uses], key=["message_id"], update=Use._fields[1:])


def return_uses(connection: sa.Connection, message_ids: Collection[str]) -> list[Use]:
    """What the messages took does not count any more; returns those uses that did."""
    return [_use(row) for row in _RETURN_USES.run(connection, [(one,) for one in sorted(message_ids)]).all()]


def uses_of(connection: sa.Connection, message_ids: Collection[str]) -> dict[str, Use]:
    """What the messages took, given back or not."""
    uses = [_use(row) for row in _USES_OF.run(connection, [(one,) for one in message_ids]).all()]
    return {one.message_id: one for one in uses}


def _use(row: sa.Row[*tuple[Any, ...]]) -> Use:
    return Use(row[0], row[1], row[2], row[3], row[4], UseState(row[5]))


def note_holders(connection: sa.Connection, holders: Mapping[GrantKey, int]) -> None:
    """Whose addresses they are, as identity says now."""
    _NOTE_HOLDERS.run(connection, [(*key, customer_id) for key, customer_id in sorted(holders.items())])


def _same_key(table: sa.Table, asked: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    return [table.c[column.name] == asked.c[column.name] for column in _KEY]


def _select_grants(asked: sa.FromClause) -> sa.Select[Any]:
    chosen = sa.select(*_KEY, GRANTS.c.remaining, GRANTS.c.refused_at)
    return chosen.join(asked, sa.and_(*_same_key(GRANTS, asked)))


def _lock_grants(asked: sa.FromClause) -> sa.Select[Any]:
    return _select_grants(asked).order_by(*_KEY).with_for_update(of=GRANTS)


def _write_grants(given: sa.FromClause) -> sa.Update:
    return (
        sa.update(GRANTS)
        .where(*_same_key(GRANTS, given))
        .values(remaining=given.c.remaining, refused_at=given.c.refused_at)
    )


def _note_holders(given: sa.FromClause) -> sa.Update:
    known = GRANTS.c.customer_id != given.c.customer_id
    return sa.update(GRANTS).where(*_same_key(GRANTS, given), known).values(customer_id=given.c.customer_id)


def _granted_since(asked: sa.FromClause) -> sa.Select[Any]:
    table = INTERACTIONS
    granted = sa.and_(table.c.kind == InteractionKind.ACCEPT, table.c.time > asked.c.refused_at)
    chosen = sa.select(table.c.account_id, table.c.address_key, table.c.template_id, sa.func.sum(table.c.credits))
    joined = chosen.join(asked, sa.and_(*_same_key(table, asked), granted))
    return joined.group_by(table.c.account_id, table.c.address_key, table.c.template_id)


def _used_since(asked: sa.FromClause) -> sa.Select[Any]:
    counts = sa.and_(USES.c.state == UseState.TAKEN, USES.c.taken_at > asked.c.refused_at)
    chosen = sa.select(USES.c.account_id, USES.c.address_key, USES.c.template_id, sa.func.count())
    joined = chosen.join(asked, sa.and_(*_same_key(USES, asked), counts))
    return joined.group_by(USES.c.account_id, USES.c.address_key, USES.c.template_id)


_OF_ACCOUNT: sa.BindParameter[str] = sa.bindparam("account_id", type_=sa.Text)


def _read_openings(asked: sa.FromClause) -> sa.Select[Any]:
    chosen = sa.select(OPENINGS.c.address_key, OPENINGS.c.opened_by, OPENINGS.c.opened)
    joined = chosen.join(asked, asked.c.address_key == OPENINGS.c.address_key)
    return joined.where(OPENINGS.c.account_id == _OF_ACCOUNT)


def _read_uses(asked: sa.FromClause) -> sa.Select[Any]:
    chosen = sa.select(USES.c.address_key, USES.c.taken_at)
    return chosen.join(asked, asked.c.address_key == USES.c.address_key).where(
        USES.c.account_id == _OF_ACCOUNT,
        USES.c.taken_at >= sa.bindparam("since", type_=sa.BigInteger),
        USES.c.state == UseState.TAKEN,
    )


def _read_sent(asked: sa.FromClause) -> sa.Select[Any]:
    uses = _read_uses(asked)
    return uses.add_columns(MESSAGES.c.message_class).join(MESSAGES, MESSAGES.c.message_id == USES.c.message_id)


def _under_way(asked: sa.FromClause) -> sa.Select[Any]:
    held = STATES.c.state.in_([MessageState.CLAIMED, MessageState.CALLING])
    return (
        sa.select(USES.c.address_key)
        .join(asked, asked.c.address_key == USES.c.address_key)
        .join(STATES, STATES.c.message_id == USES.c.message_id)
        .where(USES.c.account_id == _OF_ACCOUNT, USES.c.state == UseState.TAKEN, held)
    )


def _return_uses(asked: sa.FromClause) -> sa.Executable:
    taken = USES.c.state == UseState.TAKEN
    return (
        sa.update(USES)
        .where(USES.c.message_id == asked.c.message_id, taken)
        .values(state=UseState.RETURNED)
        .returning(*_USE)
    )


def _uses_of(asked: sa.FromClause) -> sa.Select[Any]:
    return sa.select(*_USE).join(asked, asked.c.message_id == USES.c.message_id)


_MESSAGE_ID = [USES.c.message_id]
_ADDRESS_KEY = [USES.c.address_key]
_LOCK_GRANTS = OverRows(_KEY, _lock_grants)
_READ_GRANTS = OverRows(_KEY, _select_grants)
_WRITE_GRANTS = OverRows([*_KEY, GRANTS.c.remaining, GRANTS.c.refused_at], _write_grants)
_NOTE_HOLDERS = OverRows([*_KEY, GRANTS.c.customer_id], _note_holders)
_GRANTED_SINCE = OverRows([*_KEY, GRANTS.c.refused_at], _granted_since)
_USED_SINCE = OverRows([*_KEY, GRANTS.c.refused_at], _used_since)
_READ_OPENINGS = OverRows(_ADDRESS_KEY, _read_openings)
_READ_USES = OverRows(_ADDRESS_KEY, _read_uses)
_READ_SENT = OverRows(_ADDRESS_KEY, _read_sent)
_UNDER_WAY = OverRows(_ADDRESS_KEY, _under_way)
_RETURN_USES = OverRows(_MESSAGE_ID, _return_uses)
_USES_OF = OverRows(_MESSAGE_ID, _uses_of)
