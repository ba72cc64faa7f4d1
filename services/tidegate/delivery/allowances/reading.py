"""What the gate goes by of allowances, read for a batch: nothing at all where the platform asks for nothing."""

from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa

from tidegate.delivery.allowances import caps, store
from tidegate.delivery.allowances.model import GrantKey
from tidegate.delivery.allowances.rules import Exceeded, Platform, full
from tidegate.delivery.allowances.standing import Allowances, Standing
from tidegate.delivery.contacts import Reached
from tidegate.delivery.model import Facts, MessageClass, RecipientKind


def locked(
    connection: sa.Connection,
    account_id: str,
    platform: Platform,
    messages: Sequence[Facts],
    reached: Reached,
    now: int,
) -> Allowances | None:
    """What the customers' addresses have left, their credits locked; None where nobody asks.

    The customers' rows are locked. The messages themselves hold nothing: what they took for an earlier call was
    given back when they came back to the queue.
    """
    if not _asks(platform, messages):
        return None
    return _read(connection, account_id, platform, messages, reached, now, lock=True)


def seen(
    connection: sa.Connection,
    account_id: str,
    platform: Platform,
    messages: Sequence[Facts],
    reached: Reached,
    now: int,
) -> Allowances | None:
    """Like locked(), for who takes nothing, and so has leased nothing of what the account may send."""
    beyond = full(platform, caps.used(connection, account_id, now), now) if platform.caps else ()
    if not beyond and not _asks(platform, messages):
        return None
    return _read(connection, account_id, platform, messages, reached, now, lock=False, beyond=beyond)


def one_each(connection: sa.Connection, account_id: str, messages: Sequence[Facts], reached: Reached) -> list[Facts]:
    """The first message for each address, but none to whom one is under way; the others wait until that is answered."""
    holders = [(one, _keys(reached, one)) for one in messages]
    busy = store.under_way(connection, account_id, {key for _, keys in holders for key in keys})
    chosen = []
    for message, keys in holders:
        if busy.isdisjoint(keys):
            busy |= keys
            chosen.append(message)
    return chosen


def _asks(platform: Platform, messages: Iterable[Facts]) -> bool:
    return platform.counts or any(one.message_class is MessageClass.SERVICE_REPLY for one in messages)


def _read(
    connection: sa.Connection,
    account_id: str,
    platform: Platform,
    messages: Sequence[Facts],
    reached: Reached,
    now: int,
    *,
    lock: bool,
    beyond: Sequence[Exceeded] = (),
) -> Allowances:
    standings: dict[str, Standing] = {}
    holders = [(one, _keys(reached, one)) for one in messages]
    if platform.needs_grant:
        asked = {GrantKey(account_id, key, one.template_id) for one, keys in holders for key in keys}
        grants = store.lock_grants(connection, asked) if lock else store.read_grants(connection, asked)
        for grant in grants.values():
            of = standings.setdefault(grant.key.address_key, Standing())
            of.credits[grant.key.template_id] = grant.remaining
    windowed = {key for one, keys in holders if _by_window(platform, one) for key in keys}
    if windowed:
        _read_windows(connection, account_id, windowed, standings)
        opened = {key for key, of in standings.items() if of.openings}
        for key, used in store.read_uses(connection, account_id, opened, since=now - platform.horizon):
            standings[key].uses.append(used)
    if platform.limits:
        counted = {key for _, keys in holders for key in keys}
        for key, sent in store.read_sent(connection, account_id, counted, since=platform.counted_from(now)):
            standings.setdefault(key, Standing()).sent.append(sent)
    return Allowances(account_id, platform, standings, now, beyond)


def _read_windows(
    connection: sa.Connection, account_id: str, keys: Collection[str], standings: dict[str, Standing]
) -> None:
    for key, opened_by, opened in store.read_openings(connection, account_id, keys):
        standings.setdefault(key, Standing()).openings[opened_by] = opened


def _by_window(platform: Platform, message: Facts) -> bool:
    return bool(platform.windows) or message.message_class is MessageClass.SERVICE_REPLY


def _keys(reached: Reached, message: Facts) -> set[str]:
    """The keys of the customer's addresses; others than customers have none."""
    points = reached.points.get(message.customer_id)
    if message.recipient_kind is not RecipientKind.CUSTOMER or points is None:
        return set()
    return {address.key for address in points.addresses}
