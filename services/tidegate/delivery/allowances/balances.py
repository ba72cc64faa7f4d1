"""GetCredits: what may still be sent to customers by a platform's own allowance."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.delivery.allowances import store
from tidegate.delivery.allowances.model import GrantKey, Window
from tidegate.delivery.allowances.recording import lane_of
from tidegate.delivery.allowances.rules import Platform, open_windows, widest
from tidegate.delivery.contacts import Contacts, Reached
from tidegate.delivery.dispatch.lines import Lines
from tidegate.delivery.store import accounts
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import NotFound, TidegateError

NO_LIMIT = 2**31 - 1
"""What is left of a window that takes any number of messages."""


class Left(NamedTuple):
    """How many messages are left, and when they lapse; None when they do not."""

    remaining: int
    lapses: int | None


_NONE = Left(0, None)


class Balances:
    """Tells what is left."""

    def __init__(self, database: Database, clock: Clock, *, contacts: Contacts, lines: Lines) -> None:
        self._database = database
        self._clock = clock
        self._contacts = contacts
        self._lines = lines

    def left(self, customer_ids: Sequence[int], account_id: str, template_id: str) -> list[Left]:
        """The credits of a template, or the interaction window where there is none, of each customer.

        Raises NotFound for the account, and grpc.RpcError when identity is away.
        """
        with self._database.read() as connection:
            account = accounts.get(connection, account_id)
        if account is None:
            raise NotFound("account", account_id)
        lane = lane_of(self._lines, account)
        if isinstance(lane, TidegateError):
            raise lane
        reached = self._contacts.of(set(customer_ids), [lane.namespace])
        keys = [_keys(reached, customer_id) for customer_id in customer_ids]
        asked = {key for several in keys for key in several}
        with self._database.read() as connection:
            if template_id:
                return _credits(connection, account_id, template_id, keys, asked)
            return _windows(connection, account_id, lane.platform, keys, asked, micros(self._clock.now()))


def _keys(reached: Reached, customer_id: int) -> list[str]:
    points = reached.points.get(reached.canonical(customer_id))
    return [address.key for address in points.addresses] if points else []


def _credits(
    connection: sa.Connection, account_id: str, template_id: str, keys: Sequence[Sequence[str]], asked: set[str]
) -> list[Left]:
    """All addresses of a customer together: each message goes to the one that has a credit."""
    grants = store.read_grants(connection, {GrantKey(account_id, key, template_id) for key in asked})
    left = {grant.key.address_key: grant.remaining for grant in grants.values()}
    return [Left(sum(left.get(key, 0) for key in several), None) for several in keys]


def _windows(
    connection: sa.Connection,
    account_id: str,
    platform: Platform,
    keys: Sequence[Sequence[str]],
    asked: set[str],
    now: int,
) -> list[Left]:
    openings: dict[str, dict[str, int]] = {}
    for key, opened_by, opened in store.read_openings(connection, account_id, asked):
        openings.setdefault(key, {})[opened_by] = opened
    uses: dict[str, list[int]] = {}
    for key, used in store.read_uses(connection, account_id, set(openings), since=now - platform.horizon):
        uses.setdefault(key, []).append(used)
    windows = {
        key: open_windows(platform.window_rules, opened, uses.get(key, ()), now) for key, opened in openings.items()
    }
    return [_left([window for key in several for window in windows.get(key, ())]) for several in keys]


def _left(windows: Sequence[Window]) -> Left:
    window = widest(windows)
    return _NONE if window is None else Left(NO_LIMIT if window.left is None else window.left, window.lapses)
