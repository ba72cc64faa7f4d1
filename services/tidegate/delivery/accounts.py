"""Accounts: made, changed, paused, resumed, tried; and the channels that they can be made for."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from tidegate.api.delivery.v1 import changes_pb2
from tidegate.channels import AnyChannel, Channel, Outcome, Registry, SettingsError, UnknownChannel, read_settings
from tidegate.delivery.announce import Announcer
from tidegate.delivery.breaker import Breaker, BreakerState
from tidegate.delivery.callbacks.paths import Paths
from tidegate.delivery.dispatch.lines import Line, Lines
from tidegate.delivery.gatekeeper import Lane
from tidegate.delivery.instants import SECOND
from tidegate.delivery.model import Account, AccountState
from tidegate.delivery.store import accounts as store
from tidegate.delivery.store import breakers
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, after_commit
from tidegate.runtime.errors import (
    Aborted,
    AlreadyExists,
    FailedPrecondition,
    NotFound,
    Violations,
)

_ID = re.compile(r"[a-z][a-z0-9._-]{0,62}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST_IN_FLIGHT = 256
_HIGHEST_PRICE = 10**12
_LONGEST_TEST = 30.0


@dataclass(frozen=True, slots=True)
class Accounts:
    """The operations on accounts. ``try_out`` runs an adapter's test of a line within some seconds."""

    database: Database
    clock: Clock
    registry: Registry
    lines: Lines
    announcer: Announcer
    secret: Callable[[str], str]
    try_out: Callable[[Line, float], Outcome]
    wake: Callable[[], None]
    paths: Paths

    def callback_url(self, account: Account) -> str:
        """Where the account's provider is to call; empty where the adapter takes no calls."""
        try:
            channel = self.registry.channel(account.adapter)
        except UnknownChannel:
            return ""
        return self.paths.url(account.account_id) if type(channel).answer is not Channel.answer else ""

    def create(self, account: Account) -> Account:
        """Makes an account, active at once."""
        self._check(account)
        now = micros(self.clock.now())
        made = replace(account, create_time=now, update_time=now)

        def work(connection: sa.Connection) -> Account:
            if not store.create(connection, made):
                raise AlreadyExists("account", made.account_id)
            self._changed(connection, made)
            return made

        return self.database.run(work)

    def update(self, account_id: str, etag: str, change: Callable[[Account], Account]) -> Account:
        """Puts what ``change`` makes of the account in its place."""

        def checked(before: Account) -> Account:
            if etag and etag != etag_of(before):
                raise Aborted("account", account_id)
            after = change(before)
            self._check(after)
            return after

        return self._update(account_id, checked)

    def pause(self, account_id: str, reason: str) -> Account:
        """Stops it from beginning calls."""
        return self._update(account_id, lambda one: replace(one, state=AccountState.PAUSED, state_reason=reason))

    def resume(self, account_id: str) -> Account:
        """Lets it send again, whatever calls have failed before."""
        resumed = self._update(account_id, lambda one: replace(one, state=AccountState.ACTIVE, state_reason=""))
        if self.database.run(lambda connection: breakers.close(connection, account_id)):
            self.lines.forget()
            self.wake()
        return resumed

    def standings(self, accounts: Sequence[Account]) -> Mapping[str, tuple[Breaker, BreakerState]]:
        """How the breakers of accounts stand now; those that never had a call fail are left out."""
        with self.database.read() as connection:
            found, now = breakers.read(connection, [one.account_id for one in accounts])
        return {key: (one, one.state(now)) for key, one in found.items()}

    def get(self, account_id: str) -> Account:
        """The account. Raises NotFound."""
        with self.database.read() as connection:
            return _found(connection, account_id)

    def page(self, *, channel: str, after: str, limit: int) -> Sequence[Account]:
        """Up to ``limit`` accounts behind an id."""
        with self.database.read() as connection:
            return store.find(connection, channel=channel, after=after, limit=limit)

    def test(self, account_id: str) -> Outcome:
        """Has the adapter try the account at its provider."""
        account = self.get(account_id)
        try:
            line = self.lines.line(account)
        except (UnknownChannel, SettingsError) as error:
            raise FailedPrecondition(str(error), reason="ACCOUNT_UNUSABLE") from error
        try:
            return self.try_out(line, min(line.call_timeout, _LONGEST_TEST))
        except TimeoutError:
            return Outcome.uncertain("the adapter gave no answer in time")
        except Exception as error:  # noqa: BLE001  (an adapter is foreign code)
            return Outcome.uncertain(f"the adapter raised {type(error).__name__}")

    def _update(self, account_id: str, change: Callable[[Account], Account]) -> Account:
        def work(connection: sa.Connection) -> Account:
            before = _found(connection, account_id)
            after = change(before)
            if after == before:
                return before
            now = micros(self.clock.now())
            stored = replace(after, version=before.version + 1, update_time=now)
            store.update(connection, stored)
            self._changed(connection, stored)
            return stored

        return self.database.run(work)

    def _changed(self, connection: sa.Connection, account: Account) -> None:
        body = changes_pb2.AccountChanged(
            account_id=account.account_id, channel=account.channel, reason=account.state_reason
        )
        change = changes_pb2.Change(account_changed=body)
        self.announcer.changes(connection, [(change, 0, account.update_time)])
        after_commit(connection, self.lines.forget)
        after_commit(connection, self.wake)

    def _check(self, account: Account) -> None:
        wrong = Violations()
        if not _ID.fullmatch(account.account_id):
            wrong.add("account.account_id", "must be lower-case, 1 to 63 of a-z 0-9 . _ - after a letter")
        if len(account.display_name) > 200:
            wrong.add("account.display_name", "may have 200 characters")
        if account.per_second < 0:
            wrong.add("account.rate.messages_per_second", "must be 0 (no limit of ours) or above")
        if account.burst < 0:
            wrong.add("account.rate.burst", "must be 0 (one second's worth) or above")
        if not 0 <= account.max_in_flight <= _MOST_IN_FLIGHT:
            wrong.add("account.max_in_flight", f"must be 0 (the adapter's own) to {_MOST_IN_FLIGHT}")
        if account.settle_after and account.settle_after < SECOND:
            wrong.add("account.settle_after", "must be at least 1 s")
        if account.call_timeout < 0:
            wrong.add("account.call_timeout", "must not be negative")
        _check_price(account, wrong)
        self._check_adapter(account, wrong)
        wrong.raise_if_any()

    def _check_adapter(self, account: Account, wrong: Violations) -> None:
        try:
            channel = self.registry.channel(account.adapter)
        except UnknownChannel as error:
            wrong.add("account.adapter", str(error))
            return
        if not account.channel or not channel.manifest.serves(account.channel):
            served = ", ".join(kind.name for kind in channel.manifest.kinds) or "any"
            wrong.add("account.channel", f"{account.adapter} serves {served}")
        self._check_settings(account, channel, wrong)

    def _check_settings(self, account: Account, channel: AnyChannel, wrong: Violations) -> None:
        try:
            read_settings(channel.settings_type, account.settings, secrets=self.secret)
        except SettingsError as error:
            for problem in error.problems:
                wrong.add(f"account.settings.{problem.field}", problem.description)


def _check_price(account: Account, wrong: Violations) -> None:
    if not 0 <= account.price_micros <= _HIGHEST_PRICE:
        wrong.add("account.price_micros_per_part", f"must be 0 (not known) to {_HIGHEST_PRICE}")
    if account.currency and not _CURRENCY.fullmatch(account.currency):
        wrong.add("account.currency", "must be a code of ISO 4217 such as CNY, or empty")
    if account.price_micros and not account.currency:
        wrong.add("account.currency", "is required where there is a price, such as CNY")


def etag_of(account: Account) -> str:
    """Changes with every change of the account."""
    return f"v{account.version}"


def sending_lanes(lines: Lines, channel: str, brand: str) -> list[Lane]:
    """The lanes of the accounts that send on ``channel`` for ``brand`` now."""
    lanes = (line.lane for line in lines.active() if line.account.channel == channel)
    return [lane for lane in lanes if not lane.brands or brand in lane.brands]


def _found(connection: sa.Connection, account_id: str) -> Account:
    account = store.get(connection, account_id)
    if account is None:
        raise NotFound("account", account_id)
    return account
