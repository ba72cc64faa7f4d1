"""Changes of credits, each under the lock of its row."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from tidegate.delivery.allowances import store
from tidegate.delivery.allowances.model import Grant, GrantKey, Use


def add(connection: sa.Connection, granted: Mapping[GrantKey, Sequence[tuple[int, int]]]) -> None:
    """Adds credits, each (instant, count); those from before a refusal that is known are void."""
    locked = store.lock_grants(connection, granted)
    store.write_grants(connection, [_with(one, granted[key]) for key, one in locked.items()])


def _with(grant: Grant, granted: Sequence[tuple[int, int]]) -> Grant:
    more = sum(count for instant, count in granted if instant > grant.refused_at)
    return grant._replace(remaining=grant.remaining + more)


def take(connection: sa.Connection, used: Mapping[GrantKey, int]) -> None:
    """Takes credits off; the caller has locked the rows and seen that they are there."""
    locked = store.lock_grants(connection, used)
    left = [one._replace(remaining=one.remaining - used[key]) for key, one in locked.items()]
    store.write_grants(connection, left)


def give_back(connection: sa.Connection, message_ids: Collection[str]) -> list[Use]:
    """What the messages took is free again, since they were surely not sent; returns what that was.

    The messages' states are locked. A credit that was refused since it was taken stays void.
    """
    returned = store.return_uses(connection, message_ids) if message_ids else []
    granted: dict[GrantKey, list[tuple[int, int]]] = {}
    for use in returned:
        if use.template_id:
            granted.setdefault(use.grant, []).append((use.taken_at, 1))
    if granted:
        add(connection, granted)
    return returned


def refuse(connection: sa.Connection, refusals: Mapping[GrantKey, int]) -> frozenset[GrantKey]:
    """The recipients want no more: what was granted until then is void, what they granted later stays.

    Returns the keys whose credits were counted anew, from all interactions that are kept.

    A refusal from before one that is known changes nothing: so it does not matter in which order they are told.
    """
    locked = store.lock_grants(connection, refusals)
    newer = {key: refusals[key] for key, one in locked.items() if refusals[key] > one.refused_at}
    if not newer:
        return frozenset()
    since = store.count_since(connection, newer)
    left = [Grant(key, max(since[key][0] - since[key][1], 0), newer[key]) for key in newer]
    store.write_grants(connection, left)
    return frozenset(newer)
