"""The gate against a model that recounts: random policies, messages, outcomes, receipts, merges, crashes, clocks."""

import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from support.delivery.adapter import Told
from support.delivery.draws import CHANNELS, HOUR, STEPS, ZONES, answers, limits, some_channels, step
from support.delivery.recount import DAY, SECOND, Exemption, Message, Model, Quiet, Rule, instant, moment
from support.delivery.rig import Died, Rig, ToldIdentity
from support.delivery.wire import consent, exemption_message, outgoing, quiet_message, rule_message
from support.delivery.witness import OPEN, Witness
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import policies_pb2, receipts_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.api.identity.v1 import changes_pb2
from tidegate.channels import OutboundMessage, Outcome
from tidegate.delivery.gatekeeper import keeper
from tidegate.runtime.clock import ManualClock

START = datetime(2026, 10, 22, 2, 0, tzinfo=UTC)
FULL, FULL_SECONDS = bool(os.environ.get("TIDEGATE_FULL")), 600
PEOPLE = range(1, 4)
FIRST_SEED = 21

people = st.sampled_from(PEOPLE)
_ANSWERS: dict[str, Callable[[str], Outcome]] = {
    "accepted": lambda key: Outcome.accepted(f"p-{key}"),
    "permanent": lambda _: Outcome.permanent("no"),
    "retryable": lambda _: Outcome.retryable("busy"),
    "uncertain": lambda _: Outcome.uncertain("who knows"),
}


class Gate(RuleBasedStateMachine):
    """One company, three customers, one process of delivery at a time."""

    rig: Rig
    verdicts: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(START)
        self.told = Told(answer=self._answer)
        self.identity = ToldIdentity()
        self.rig.begin(self.clock, self.told, self.identity, CHANNELS)
        self.model = Model(zone="Asia/Shanghai")
        self.witness = Witness(self.rig, self.model)
        self.plans: dict[str, list[str]] = {}
        self.numbers = count()

    @property
    def now(self) -> int:
        return instant(self.clock.now())

    @initialize(
        zones=st.lists(st.sampled_from(ZONES), min_size=len(PEOPLE), max_size=len(PEOPLE)),
        reached=st.lists(st.sets(st.sampled_from(CHANNELS), min_size=2), min_size=len(PEOPLE), max_size=len(PEOPLE)),
        first=st.lists(limits, min_size=1, max_size=2),
    )
    def begin(self, zones: list[str], reached: list[set[str]], first: list[Any]) -> None:
        for one, zone, channels in zip(PEOPLE, zones, reached, strict=True):
            self.identity.addresses[one] = {channel: f"{channel}-{one}" for channel in sorted(channels)}
            self.identity.zones[one] = self.model.zones[one] = zone
            self.identity.owner[one] = self.model.owner[one] = one
            self.model.channels[one] = frozenset(channels)
            self.says(one, "", granted=True)
        self.follow()
        for given in first:
            self.limit(given)

    @rule(given=st.deferred(lambda: st.integers(0, len(STEPS) - 1).flatmap(lambda number: STEPS[number])))
    def make(self, given: dict[str, Any]) -> None:
        getattr(self, given["step"])(**{name: value for name, value in given.items() if name != "step"})

    # policies

    @step(2, given=limits)
    def limit(self, given: Any) -> None:
        key, window, limit, scope = (given[name] for name in ("key", "window", "limit", "scope"))
        if window[0] == "lifetime" and scope[0] not in ("campaign", "phase", "journey"):
            scope = ("campaign", "c")
        if window[0] == "dated":
            start = self.now + window[1] * HOUR
            window = ("dated", start, start + window[2] * HOUR)
        if window[0] == "min_gap":
            limit = 1
        others = sorted(set(self.model.rules) - {key})
        circle = any(key in self.model.rules[one].replaces for one in others)
        made = Rule(
            rule_id=key,
            window=window,
            limit=limit,
            scope=scope[0],
            scope_id=scope[1],
            channels=frozenset(given["channels"]),
            tier=given["tier"],
            distinct=given["distinct"] and window[0] != "min_gap",
            on_exceed=given["on_exceed"],
            replaces=frozenset(others[:1] if given["replaces"] and not circle else ()),
        )
        for gone in reversed(self._standing_on(key)):
            self._call("DeleteFrequencyRule", policy_pb2.DeleteFrequencyRuleRequest(rule_id=gone))
            del self.model.rules[gone]
        wanted = rule_message(made, precedence=next(self.numbers))
        answer = self._call("CreateFrequencyRule", policy_pb2.CreateFrequencyRuleRequest(frequency_rule=wanted))
        self.model.rules[key] = replace(made, version=answer.frequency_rule.version)

    def _standing_on(self, key: str) -> list[str]:
        """A rule, if there is one, and those that replace it, or one of these, behind it."""
        found = [key] if key in self.model.rules else []
        for each in found:
            found += [one.rule_id for one in self.model.rules.values() if each in one.replaces]
        return found

    @step(
        1,
        key=st.sampled_from("qr"),
        start=st.sampled_from((time(22), time(0), time(1, 30))),
        end=st.sampled_from((time(8), time(2, 30), time(12))),
        weekdays=st.sets(st.integers(0, 6), min_size=3),
        channels=some_channels,
        brand=st.sampled_from(("", "", "b")),
        action=st.sampled_from(("defer", "defer", "drop", "next_channel")),
    )
    def quiet_hours(self, key: str, **given: Any) -> None:
        if self.model.quiet.pop(key, None):
            self._call("DeleteQuietHours", policy_pb2.DeleteQuietHoursRequest(quiet_hours_id=key))
            return
        channels, weekdays = frozenset(given.pop("channels")), frozenset(given.pop("weekdays"))
        made = Quiet(rule_id=key, channels=channels, weekdays=weekdays, **given)
        self._call("CreateQuietHours", policy_pb2.CreateQuietHoursRequest(quiet_hours=quiet_message(made)))
        self.model.quiet[key] = made

    @step(1, who=people, key=st.sampled_from("abc"), start=st.integers(-5, 30), hours=st.integers(1, 60))
    def exempt(self, who: int, key: str, start: int, hours: int) -> None:
        if key in self.model.rules:
            begins = self.now + start * HOUR
            exemption_id = f"e{next(self.numbers)}"
            made = Exemption(
                exemption_id=exemption_id,
                rule_ids=frozenset(key),
                customer_id=self.model.owner[who],
                start=begins,
                end=begins + hours * HOUR,
            )
            self._call("CreateExemption", policy_pb2.CreateExemptionRequest(exemption=exemption_message(made)))
            self.model.exemptions.append(made)

    @step(1, who=people)
    def suppress(self, who: int) -> None:
        """For a while."""
        self.follow()
        wanted = policies_pb2.Suppression(customer_id=self.model.owner[who], note="a test")
        made = self._call("CreateSuppression", policy_pb2.CreateSuppressionRequest(suppression=wanted)).suppression
        self.model.suppressed[made.suppression_id] = made.customer_id
        self.gate(times=1, real=False)
        self._call("DeleteSuppression", policy_pb2.DeleteSuppressionRequest(suppression_id=made.suppression_id))
        del self.model.suppressed[made.suppression_id]

    # messages and what comes of them

    @step(
        6,
        who=people,
        channels=st.permutations(CHANNELS).flatmap(lambda some: st.sampled_from([some[:1], some[:2], some])),
        kind=st.sampled_from(("marketing",) * 8 + ("override", "transactional")),
        caller=st.sampled_from(("crm", "app")),
        lasting=st.sampled_from((2 * HOUR, 2 * DAY, 9 * DAY, 9 * DAY)),
        later=st.sampled_from((None, None, None, HOUR)),
        words=st.sampled_from(("bcpjg", "cp", "", "bj", "g")),
        plan=st.lists(answers, max_size=3),
        copies=st.integers(1, 3),
        at_once=st.booleans(),
    )
    def send(
        self, who: int, channels: list[str], lasting: int, later: int | None, words: str, plan: list[str], **given: Any
    ) -> None:
        wanted = Message(
            message_id="",
            customer_id=who,
            channels=tuple(channels),
            kind=given["kind"],
            caller=given["caller"],
            expire_time=self.now + lasting,
            brand="b" if "b" in words else "",
            campaign_id="c" if "c" in words else "",
            phase_id="p" if "p" in words else "",
            journey_id="j" if "j" in words else "",
            tier="gold" if "g" in words else "",
            override_end=self.now + 3 * HOUR if given["kind"] == "override" else 0,
        )
        self._send(wanted, plan, copies=given["copies"], later=later)
        if given["at_once"]:
            self.gate(times=1, real=False)

    def _send(self, wanted: Message, plan: list[str], *, copies: int = 1, later: int | None = None) -> None:
        keys = [f"k{next(self.numbers)}" for _ in range(copies)]
        send_after = None if later is None else self.now + later
        request = pb.SendRequest(messages=[outgoing(wanted, key, send_after) for key in keys])
        for result in self._tell("Send", request, caller=wanted.caller).results:
            key = result.accepted.message_id
            self.witness.messages[key] = replace(wanted, message_id=key)
            self.plans[key] = list(plan)

    def _answer(self, message: OutboundMessage) -> Outcome:
        plan = self.plans[message.message_id]
        return _ANSWERS[plan.pop(0) if plan else "accepted"](message.message_id)

    @step(4, times=st.integers(1, 3), real=st.booleans())
    def gate(self, times: int, real: bool) -> None:
        for _ in range(times):
            if real:
                self.rig.let_real_time_pass()
                self._step("rescue")
            self._step("timers")
            self._do(self.rig.gate)

    @step(
        2,
        which=st.integers(0, 99),
        kind=st.sampled_from(("DELIVERED", "REFUSED", "OPENED", "ACCEPTED")),
        twice=st.booleans(),
    )
    def receipt(self, which: int, kind: str, twice: bool) -> None:
        """Of a message that has been called for: late, early, or doubled."""
        called = [key for key, row in self.witness.states.items() if row.attempts]
        if not called:
            return
        key = called[which % len(called)]
        row = self.witness.states[key]
        one = receipts_pb2.Receipt(
            account_id=row.account_id,
            message_id=key,
            kind=f"RECEIPT_KIND_{kind}",
            dedupe_key=f"{key}-{kind}-{row.attempts}",
        )
        if kind == "REFUSED":
            self.witness.learns(key)
        elif kind == "OPENED":
            self.witness.opens(key)
        self._tell("RecordReceipts", pb.RecordReceiptsRequest(receipts=[one] * (1 + twice)))
        self._step("inbox")

    @step(1, which=st.integers(0, 99))
    def cancel(self, which: int) -> None:
        waiting = [key for key, row in self.witness.states.items() if row.state in ("accepted", "deferred", "claimed")]
        if waiting:
            request = pb.CancelMessagesRequest(message_ids=[waiting[which % len(waiting)]])
            self._tell("CancelMessages", request, caller="admin")

    # time, crashes, and identity

    @step(3, delta=st.sampled_from((1, SECOND, HOUR, HOUR, 6 * HOUR, 6 * HOUR, DAY - 1, DAY, 3 * DAY, -HOUR)))
    def time_passes(self, delta: int) -> None:
        self.clock.set(self.clock.now() + timedelta(microseconds=delta))

    @step(2, early=st.booleans())
    def until_the_next_wakes(self, early: bool) -> None:
        """To the very instant, or just before it; there another message of the kind comes."""
        if (wakes := self._next_wake()) is not None:
            self.clock.set(moment(wakes - early))
            waking = next(key for key, row in self.witness.states.items() if row.wake_time == wakes)
            self._send(replace(self.witness.messages[waking], expire_time=wakes + DAY), [])
        self.gate(times=1, real=True)

    @step(3, who=people, channel=st.sampled_from(CHANNELS), commit=st.sampled_from((1, 2, 3, 4, -1, -2, -3, -4)))
    def crash(self, who: int, channel: str, commit: int) -> None:
        """While a message is decided, called for and recorded: before a commit, or after it."""
        wanted = Message(
            message_id="",
            customer_id=who,
            channels=(channel,),
            kind="marketing",
            caller="crm",
            expire_time=self.now + DAY,
        )
        self._send(wanted, ["retryable"])
        self.rig.die_at(commit)
        self.gate(times=1, real=False)

    @step(1, first=people, second=people)
    def merge(self, first: int, second: int) -> None:
        survivor, gone = sorted((self.model.owner[first], self.model.owner[second]))
        if survivor != gone:
            merged = changes_pb2.CustomerMerged(survivor_id=survivor, merged_id=gone)
            self.identity.announce(survivor, changes_pb2.Change(customer_merged=merged))
            for one in self.model.family(gone):
                self.model.owner[one] = self.identity.owner[one] = survivor

    @step(1, who=people)
    def split(self, who: int) -> None:
        remaining = self.model.owner[who]
        if remaining != who:
            separated = changes_pb2.SeparatedCustomer(customer_id=who, original_customer_ids=[who])
            change = changes_pb2.CustomerSplit(remaining_id=remaining, separated=[separated])
            self.identity.announce(remaining, changes_pb2.Change(customer_split=change))
            self.model.owner[who] = self.identity.owner[who] = who
            for one in (remaining, who):
                self._announce_consents(one)

    @step(1, who=people, channel=st.sampled_from(("", *CHANNELS)), granted=st.sampled_from((True, True, False)))
    def says(self, who: int, channel: str, granted: bool) -> None:
        owner = self.model.owner[who]
        self.model.consents.append((owner, channel, granted, self.now))
        self._announce_consents(owner, last=True)

    def _announce_consents(self, owner: int, *, last: bool = False) -> None:
        said = [one for one in self.model.consents if self.model.owner[one[0]] == owner]
        self.identity.consents(
            owner, [consent(channel, at, granted=granted) for _, channel, granted, at in (said[-1:] if last else said)]
        )

    @step(1)
    def follow(self) -> None:
        while self._step("follow-identity"):
            pass
        self.witness.owners()

    # how it is done

    def _next_wake(self) -> int | None:
        """When the first of what is put off wakes."""
        waking = (row.wake_time or 0 for row in self.witness.states.values())
        return min((wake for wake in waking if wake > self.now), default=None)

    def _step(self, loop: str) -> bool:
        return bool(self._do(lambda: self.rig.step(loop)))

    def _do(self, step: Callable[[], Any]) -> Any:
        """Makes a step; where the process dies of it, another one begins, and what came of it is looked at."""
        try:
            with self.rig.mortal():
                return step()
        except Died:
            self._restart()
            return True
        finally:
            self.witness.look(self.now)

    def _tell(self, method: str, request: Any, caller: str = "crm") -> Any:
        """Calls a method by which messages come, move and end; a caller whose call dies makes it again."""
        try:
            with self.rig.mortal():
                return self.rig.call(method, request, caller)
        except Died:
            self._restart()
            return self.rig.call(method, request, caller)

    def _call(self, method: str, request: Any) -> Any:
        return self.rig.call(method, request)

    def _restart(self) -> None:
        self.rig.end()
        self.rig.start()

    def teardown(self) -> None:
        """All comes to its end, as long as nothing was found."""
        if sys.exc_info()[0] is None:
            self._finish()
        self.rig.end()

    def _finish(self) -> None:
        self.follow()
        for _ in range(60):
            self.gate(times=4, real=True)
            if all(row.state not in OPEN for row in self.witness.states.values()):
                break
            tomorrow = self.now + DAY
            self.clock.set(moment(min(self._next_wake() or tomorrow, tomorrow)))
        else:
            raise AssertionError(f"some never end: {self.witness.states}")
        self.witness.called(self.told.counts)
        self.witness.owners()
        self.witness.explained()
        self.verdicts.update(self.witness.verdicts)


@pytest.mark.timeout(300 if not FULL else FULL_SECONDS + 900)
def test_the_gate_says_what_a_recount_says(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_FEED_PATIENCE", 0.0)  # nobody else applies the feed meanwhile
    monkeypatch.setattr(Gate, "rig", Rig(tmp_path, database_url), raising=False)
    monkeypatch.setattr(Gate, "verdicts", verdicts := Counter[str](), raising=False)
    usual = hypothesis.settings(
        max_examples=8 if database_url.startswith("sqlite") else 3,
        stateful_step_count=40,
        phases=[hypothesis.Phase.generate],  # to make a failure short takes longer than to read it
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    began = monotonic()
    for seed in count(FIRST_SEED):
        run_state_machine_as_test(hypothesis.seed(seed)(Gate), settings=usual)
        if not FULL or monotonic() - began > FULL_SECONDS:
            break
    Gate.rig.rows.close()
    assert any("frequency" in one for one in verdicts), "it asks for more than what is free"
