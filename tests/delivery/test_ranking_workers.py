"""Of two messages of a customer that two workers have claimed the better one goes, whoever of them is first.

The second worker decides while the first, which has claimed and decided nothing yet, asks identity for addresses.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from support.delivery.adapter import Told
from support.delivery.recount import DAY, Message, Rule, instant
from support.delivery.rig import Rig, ToldIdentity
from support.delivery.wire import consent, outgoing, rule_message
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.delivery.store import ranking
from tidegate.delivery.store.tables import STATES
from tidegate.runtime.clock import ManualClock

START = datetime(2026, 10, 22, 2, 0, tzinfo=UTC)


class Company:
    """Customer 1, reached by SMS and e-mail; a process of delivery whose batches a test makes one by one."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.identity = rig, ToldIdentity()
        self._sent = 0
        self.now = instant(START)
        rig.begin(ManualClock(START), Told(), self.identity, ["sms", "email"])
        self.identity.addresses[1] = {"sms": "+8613900000000", "email": "a@b.cn"}
        self.identity.zones[1], self.identity.owner[1] = "Asia/Shanghai", 1
        self.identity.consents(1, [consent("", self.now, granted=True)])
        while rig.step("follow-identity"):
            pass

    def once_a_week(self, on_exceed: str = "drop") -> None:
        made = Rule(rule_id="week", window=("rolling", 7 * DAY), limit=1, on_exceed=on_exceed)
        wanted = rule_message(made, precedence=1)
        self.rig.call("CreateFrequencyRule", policy_pb2.CreateFrequencyRuleRequest(frequency_rule=wanted))

    def send(self, channel: str, *priorities: int, kind: str = "marketing", content: str = "") -> list[str]:
        request = pb.SendRequest()
        for priority in priorities:
            self._sent += 1
            expiry = self.now + 9 * DAY
            wanted = Message(
                message_id="", customer_id=1, channels=(channel,), kind=kind, caller="crm", expire_time=expiry
            )
            one = outgoing(wanted, f"k{self._sent}", None)
            one.priority = priority
            one.content_key = content or one.content_key
            request.messages.append(one)
        return [one.accepted.message_id for one in self.rig.call("Send", request).results]

    def meanwhile(self, channel: str) -> None:
        """Another worker makes a batch of one while the next one has claimed and not decided."""
        self.identity.meanwhile.append(lambda: self.rig.decide(channel, 1))

    def look(self, *message_ids: str) -> list[tuple[str, int]]:
        """State, and how often each has given way."""
        with self.rig.rows.read() as connection:
            rows = {row.message_id: row for row in connection.execute(sa.select(STATES))}
        return [(rows[one].drop_reason or rows[one].state, rows[one].given_way) for one in message_ids]


@pytest.fixture
def company(tmp_path: Path, database_url: str) -> Iterator[Company]:
    """The company, of which nobody else decides anything."""
    rig = Rig(tmp_path, database_url)
    company = Company(rig)
    yield company
    rig.end()
    rig.rows.close()


def test_of_what_two_workers_claimed_of_one_channel_the_better_goes(company: Company) -> None:
    company.once_a_week()
    [worse, better] = company.send("sms", 1, 5)
    company.meanwhile("sms")
    decided = company.rig.decide("sms", 1)
    assert [one.message.message_id for one in decided.granted] == [better]
    assert company.look(better, worse) == [("claimed", 0), ("accepted", 1)]
    company.rig.let_real_time_pass()
    company.rig.decide("sms", 1)
    assert company.look(worse) == [("frequency", 0)], "whom it waited for has gone, and nobody waits for ever"


def test_what_comes_while_a_worse_one_is_decided_goes_first(company: Company) -> None:
    company.once_a_week("defer")
    [worse] = company.send("sms", 1)
    better: list[str] = []
    company.identity.meanwhile.append(lambda: better.extend(company.send("sms", 5)))
    assert not company.rig.decide("sms", 1).granted
    assert company.look(worse, *better) == [("accepted", 1), ("accepted", 0)]
    company.rig.let_real_time_pass()
    assert [one.message.message_id for one in company.rig.decide("sms", 2).granted] == better
    assert company.look(worse) == [("deferred", 0)], "when it wakes it gives way as if it never had"


def test_of_the_same_content_the_better_goes(company: Company) -> None:
    """No rule limits anything here."""
    [worse] = company.send("email", 1, content="spring")
    [better, other] = company.send("sms", 5, 4, content="spring")
    company.meanwhile("email")
    company.meanwhile("sms")  # the third worker, whose message gives way too
    assert [one.message.message_id for one in company.rig.decide("sms", 1).granted] == [better]
    assert company.look(worse, other) == [("accepted", 1), ("accepted", 1)]


def test_others_are_asked_about_only_where_a_slot_is_taken_and_the_best_of_them_first(company: Company) -> None:
    asked: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "row_number()" in statement or "LATERAL" in statement:
            asked.append(statement)

    event.listen(company.rig._database.engine, "before_cursor_execute", note)
    company.send("sms", 1, kind="transactional")
    assert company.rig.decide("sms", 9).granted
    assert not asked
    [last] = company.send("sms", 1)
    sent = company.send("sms", *(2 + number % 7 for number in range(60)))
    with company.rig.rows.read() as connection:
        place = (1 << 30, 0, "")
        found = ranking.waiting(connection, {1: place}, token="mine", channels=["sms"], last=place, now=company.now)
        nobody = ranking.waiting(connection, {1: place}, token="mine", channels=["email"], last=place, now=company.now)
    best = sorted(sent, key=lambda one: (-(2 + sent.index(one) % 7), one))[:50]
    assert sorted(one.message.message_id for one in found) == sorted(best)
    assert not nobody
    assert company.rig.decide("sms", 99).granted
    assert len(asked) == 1
    assert company.look(last) == [("claimed", 0)]


def test_nobody_waits_for_what_the_accounts_that_send_have_refused_or_lack(company: Company) -> None:
    company.once_a_week()
    states = STATES.c
    for refused in ({"tried": "sms-1", "tried_until_real": 1 << 60}, {"left_by": "sms-0,sms-1"}):
        [worse] = company.send("email", 1)
        [better] = company.send("sms", 5)
        with company.rig.rows.write() as connection:
            connection.execute(sa.update(STATES).where(states.message_id == better).values(refused))
        assert [one.message.message_id for one in company.rig.decide("email", 1).granted] == [worse]
        company.rig.call("CancelMessages", pb.CancelMessagesRequest(message_ids=[worse, better]))
