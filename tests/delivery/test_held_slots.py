"""The slot of an earlier call: a message that goes on keeps it, one that waits or ends gives it back."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from support.delivery.facts import AGREED, NOW, PHONE, POINTS, Known, RejectedBy, Usable, gate, message
from tidegate.delivery.contacts import Reached
from tidegate.delivery.gatekeeper import Lane, slot
from tidegate.delivery.gatekeeper.batch import Batch
from tidegate.delivery.gatekeeper.deciding import decide_in_order
from tidegate.delivery.gatekeeper.taking import TAKERS
from tidegate.delivery.instants import DAY
from tidegate.delivery.model import Decision, Facts, LedgerState, Verdict
from tidegate.delivery.policy.frequency import RuleSet
from tidegate.delivery.policy.model import FrequencyRule, OnExceed, Rolling
from tidegate.delivery.schema import METADATA
from tidegate.delivery.store import gating
from tidegate.delivery.store.gating import Claimed
from tidegate.delivery.store.tables import LEDGER
from tidegate.runtime.db import Database

ONE_A_DAY = [FrequencyRule(rule_id="day", window=Rolling(DAY), limit=1, on_exceed=OnExceed.DROP)]
GRANTED = Decision(Verdict.GRANTED, NOW, "sms", counts=True)


def test_one_that_is_left_to_another_account_is_not_overtaken_by_the_next() -> None:
    deciding = replace(
        gate(Known(rules=RuleSet.compile(ONE_A_DAY, "UTC"))),
        templates={"t": Usable(), "rejected": RejectedBy("a")},
        others=[PHONE],
    )
    first, second = message(1, attempts=1, template_id="rejected"), message(2)
    customer = replace(AGREED, rows=[slot(first, GRANTED)])
    claimed = {one.message_id: Claimed(one, 0, "", "") for one in (first, second)}
    batch = Batch(Lane("a", "sms", (), "phone"), "token", claimed, Reached({1: POINTS}, frozenset(), 0))
    pairs = decide_in_order(deciding, [first, second], {1: customer}, batch, lambda _message, _customer: False)
    decided = [decision for _, decision in pairs]
    assert [(one.verdict, one.left_to) for one in decided] == [(Verdict.DEFERRED, ("b",)), (Verdict.DROPPED, ())]


@pytest.mark.parametrize(
    ("decision", "state"),
    [
        (GRANTED._replace(verdict=Verdict.DEFERRED, counts=False, left_to=("b",)), LedgerState.RESERVED),
        (GRANTED._replace(verdict=Verdict.NEXT_CHANNEL, counts=False), LedgerState.RESERVED),
        (GRANTED._replace(verdict=Verdict.DEFERRED, counts=False), LedgerState.RELEASED),
        (GRANTED._replace(verdict=Verdict.DROPPED, counts=False), LedgerState.RELEASED),
    ],
)
def test_what_becomes_of_its_slot(
    open_database: Callable[[sa.MetaData], Database], decision: Decision, state: LedgerState
) -> None:
    held: Facts = message(1, attempts=1)
    with open_database(METADATA).write() as connection:
        gating.reserve(connection, [(held, GRANTED)])
        for take in TAKERS:
            take(connection, [(held, decision)])
        assert connection.scalars(sa.select(LEDGER.c.state)).one() == state
