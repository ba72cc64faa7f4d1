"""Looks at delivery's raw rows after each step, and compares them with what the model says."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.delivery.store.tables import ATTEMPTS, DECISIONS, LEDGER, MESSAGES, STATES

from support.delivery.recount import Message, Model, Said, Slot, moment
from support.delivery.rig import Rig

OPEN = {"accepted", "deferred", "claimed", "calling", "uncertain"}
HOLDING = {"claimed", "calling", "uncertain"}
TAKEN = {"sent", "delivered", "bounced", "opened", "clicked"}
_REFUSALS = {"permanent", "retryable", "rate_limited"}


@dataclass
class Witness:
    """What has been seen so far. ``messages`` are those that were accepted, by id."""

    rig: Rig
    model: Model
    messages: dict[str, Message] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=dict)
    released: dict[str, Slot | None] = field(default_factory=dict)
    verdicts: Counter[str] = field(default_factory=Counter)
    _seen: int = 0
    _grants: Counter[str] = field(default_factory=Counter)
    _returned: Counter[str] = field(default_factory=Counter)
    _refused_late: Counter[str] = field(default_factory=Counter)
    _last: dict[str, str] = field(default_factory=dict)

    def learns(self, key: str) -> None:
        """The provider says of a message that it was not taken."""
        match self.states[key].state:
            case "sent":
                self.released[key] = self.model.slots.get(key)
            case "calling" | "uncertain":
                self._refused_late[key] += 1

    def opens(self, key: str) -> None:
        """The customer has opened a message: whatever its provider said, it counts as of when it was let go."""
        if (slot := self.released.pop(key, None)) is not None:
            self.model.slots[key] = slot

    def look(self, now: int) -> None:
        """Recounts what was decided since, and compares what stands."""
        with self.rig.rows.read() as connection:
            decided = connection.execute(
                sa.select(DECISIONS).where(DECISIONS.c.decision_id > self._seen).order_by(DECISIONS.c.decision_id)
            ).all()
            states = {row.message_id: row for row in connection.execute(sa.select(STATES))}
            ledger = {row.message_id: row for row in connection.execute(sa.select(LEDGER))}
        for row in decided:
            self._decided(row, now)
            self._seen = row.decision_id
        for key, row in states.items():
            self._stands(key, row, ledger.get(key))
        self.states = states

    def owners(self) -> None:
        """Whose messages and slots are, once delivery has applied all that identity has announced."""
        for table in (MESSAGES, LEDGER):
            query = sa.select(table.c.message_id, table.c.original_customer_id, table.c.customer_id)
            with self.rig.rows.read() as connection:
                for key, original, customer_id in connection.execute(query):
                    assert original == self.messages[key].customer_id
                    assert customer_id == self.model.owner[original], f"{key} is of {original}"

    def _decided(self, row: Any, now: int) -> None:
        """A decision is what the model says, in all its facts; what it takes or gives back counts for the next."""
        message = self.messages[row.message_id]
        said = self.model.decide(message, message.channels.index(row.channel), now)
        document = json.loads(row.facts) if row.facts else {"findings": [], "facts": {}}
        findings = {one[0]: tuple(one[1:]) for one in document["findings"]}
        seen = Said(row.verdict, row.gate_check, row.reason, row.wake_time, findings, _passed(document["facts"]))
        if seen.verdict == "dropped":
            self._dropped_in_time(said, document["facts"], message)
            said.wake = None
        assert row.time == now
        assert seen == said, f"{message} at {now} beside {self.model.rows(message)}"
        self.verdicts[f"{said.verdict} {said.reason}"] += 1
        self._last[message.message_id] = row.verdict
        if row.verdict == "granted":
            self._grants[message.message_id] += 1
            if message.kind != "transactional":
                self.model.slots[message.message_id] = Slot(message, now, row.channel)
        elif row.verdict != "next_channel":
            self.model.slots.pop(message.message_id, None)

    def _dropped_in_time(self, said: Said, facts: dict[str, str], message: Message) -> None:
        """What is dropped since it would be free too late: as late as is said."""
        if said.wake is not None:
            assert int(facts["free_at"]) == said.wake >= message.expire_time
        elif "free_at" in facts:
            assert int(facts["free_at"]) > message.expire_time

    def _stands(self, key: str, row: Any, slot: Any) -> None:
        """Where a message has come to, and that its slot is as it must be."""
        before = self.states.get(key)
        if before is not None and before.state not in OPEN:
            assert row.state not in OPEN
        waits = row.state in ("accepted", "deferred") and self._last.get(key) == "granted"
        if waits and self._grants[key] > row.attempts + self._returned[key]:
            self._returned[key] += 1  # it was not called for: its slot is nobody's
            self.model.slots.pop(key, None)
        if row.state in ("dropped", "failed") or key in self.released:
            self.model.slots.pop(key, None)
        counted = self.model.slots.get(key)
        if counted is None:
            assert slot is None or slot.state == "released", f"{key} {row.state} has a slot"
        else:
            assert slot is not None
            expected = "committed" if row.state in TAKEN else "reserved"
            assert (slot.state, slot.counted_at, slot.channel) == (expected, counted.at, counted.channel), (
                f"{key} {row}"
            )
            assert (slot.state == "reserved") == (row.state in OPEN)
        if self.messages[key].kind != "transactional":
            assert row.state not in HOLDING | TAKEN or counted is not None or key in self.released
        assert (row.state == "dropped") == bool(row.drop_reason)

    def called(self, seen: Counter[str]) -> None:
        """Nothing is called for again unless every call before was refused."""
        with self.rig.rows.read() as connection:
            rows = connection.execute(sa.select(ATTEMPTS.c.message_id, ATTEMPTS.c.outcome)).all()
        refused = Counter(key for key, outcome in rows if outcome in _REFUSALS)
        for key, count in seen.items():
            assert count <= refused[key] + self._refused_late[key] + 1, f"{key} was called for {count} times"
            assert self._grants[key] >= count

    def explained(self) -> None:
        """Each message's story tells all decisions, with what was counted and until when, and its slot."""
        with self.rig.rows.read() as connection:
            rows = connection.execute(sa.select(DECISIONS).order_by(DECISIONS.c.decision_id)).all()
        for key in self.messages:
            story = self.rig.call("ExplainMessage", pb.ExplainMessageRequest(message_id=key))
            decided = [row for row in rows if row.message_id == key]
            assert len(decided) == len(story.decisions)
            for row, told in zip(decided, story.decisions, strict=True):
                assert told.text in story.summary
                for rule_id, version, counted, limit, _ in json.loads(row.facts or "{}").get("findings", ()):
                    assert f"{rule_id} counts {counted} of {limit}, by version {version}, " in told.text
                if row.wake_time is not None:
                    assert told.text.endswith(f"until {moment(row.wake_time):%Y-%m-%d %H:%M:%S} UTC.")
            slot = self.model.slots.get(key)
            assert ("It has used a slot" in story.summary) == (slot is not None)
            assert slot is None or f"{slot.channel}, counted at {moment(slot.at):%Y-%m-%d %H:%M:%S}" in story.summary


def _passed(facts: dict[str, str]) -> frozenset[str]:
    """The policies that a grant says it passed."""
    named = ", ".join(
        facts[key] for key in ("exempted_from", "overridden_rules", "overridden_quiet_hours") if key in facts
    )
    return frozenset(one.split(" ")[0] for one in named.split(", ") if one)
