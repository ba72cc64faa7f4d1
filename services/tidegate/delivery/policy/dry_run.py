"""DryRun: which messages of the last days a rule, or quiet hours, would have stopped."""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa

from tidegate.delivery.contacts import Contacts
from tidegate.delivery.instants import DAY
from tidegate.delivery.model import CustomerFacts
from tidegate.delivery.policy.model import FrequencyRule, PolicyKind, QuietRule, audience_of
from tidegate.delivery.policy.store import history
from tidegate.delivery.policy.store import policies as store
from tidegate.delivery.policy.tally import Past, Tally, Trial
from tidegate.delivery.store import audiences, gating
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.edge import check_deadline
from tidegate.runtime.errors import FailedPrecondition, ResourceExhausted

AT_ONCE = 5_000
"""How many messages are in memory at a time, beside those that count for one customer."""
_MESSAGES_BETWEEN_CHECKS = 500
_RETRY = timedelta(seconds=5)


class DryRuns:
    """Tries policies out on history; reads one state of the ledger, and keeps nobody waiting."""

    def __init__(self, database: Database, clock: Clock, contacts: Contacts, company_zone: str) -> None:
        self._database = database
        self._clock = clock
        self._contacts = contacts
        self._zone = company_zone
        self._place = threading.Lock()

    def run(self, policy: FrequencyRule | QuietRule, days: int) -> Tally:
        """Counts over the last ``days``. Raises FailedPrecondition where it is not known who is in its segment."""
        since = micros(self._clock.now()) - days * DAY
        with self._alone(), self._database.snapshot() as connection:
            trial = self._trial(connection, policy, since)
            tally = Tally(trial, since)
            known: dict[int, CustomerFacts] = {}
            for messages in history.stream(connection, since=min(trial.horizon(since), since), at_once=AT_ONCE):
                known = self._customers(connection, messages, known, trial)
                for place, message in enumerate(messages):
                    if place % _MESSAGES_BETWEEN_CHECKS == 0:
                        check_deadline()
                    tally.add(message, known[message.customer_id])
        return tally

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time: each has a processor to itself while it lasts."""
        if not self._place.acquire(blocking=False):
            raise ResourceExhausted(
                "another dry run is under way, and a process does one at a time; wait for it to end",
                reason="TOO_MANY_DRY_RUNS",
                retry_after=_RETRY,
            )
        try:
            yield
        finally:
            self._place.release()

    def _trial(self, connection: sa.Connection, policy: FrequencyRule | QuietRule, since: int) -> Trial:
        if isinstance(policy, QuietRule):
            return Trial.of_quiet_hours(policy, self._zone)
        rules = [kept.policy for kept in store.load(connection, PolicyKind.FREQUENCY_RULE)]
        exemptions = [kept.policy for kept in store.load(connection, PolicyKind.EXEMPTION)]
        exemptions = [one for one in exemptions if one.span.end > since]  # what ended earlier opened none of these
        trial = Trial.of_rule(policy, rules, exemptions, self._zone)
        _refuse_unknown(connection, trial.segments)
        return trial

    def _customers(
        self, connection: sa.Connection, messages: Sequence[Past], known: Mapping[int, CustomerFacts], trial: Trial
    ) -> dict[int, CustomerFacts]:
        """What the trial goes by of the messages' customers; the first may be the last of those that were known."""
        wanted = {one.customer_id for one in messages}
        new = {one: CustomerFacts(one) for one in wanted - known.keys()}
        gating.read_segments(connection, new, trial.segments)
        if trial.by_zone and new:
            reached = self._contacts.of(new, ())
            for customer_id, customer in new.items():
                customer.zone = reached.zone(reached.canonical(customer_id))
        return new | {one: known[one] for one in wanted & known.keys()}


def _refuse_unknown(connection: sa.Connection, segments: Collection[str]) -> None:
    """What is not told yet would look as if nobody was in it."""
    told = audiences.told(connection, hold=False) if segments else ()
    unknown = sorted(name for name in segments if audience_of(name) not in told)
    if unknown:
        raise FailedPrecondition(
            f"it is not known yet who is in {', '.join(unknown)}: segmentation tells it once a policy that is saved "
            "names it; save the rule without max, which limits nothing, and try again",
            reason="AUDIENCE_UNKNOWN",
            audiences=", ".join(unknown),
        )
