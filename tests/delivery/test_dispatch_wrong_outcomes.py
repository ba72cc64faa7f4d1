"""An adapter that answers wrongly harms its own message at most: all others are recorded."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from support.delivery.shop import Shop, state_name
from tidegate.channels import Outcome, OutcomeKind, Scope
from tidegate.delivery.dispatch.recorder import Recorder
from tidegate.delivery.dispatch.sound import sound
from tidegate.delivery.model import CallResult
from tidegate.delivery.outcomes import Outcomes
from tidegate.delivery.steps import Answered
from tidegate.runtime.loops import Activity

K = OutcomeKind
WRONG: dict[str, tuple[Any, str]] = {
    "a wait of ages": (
        Outcome.rate_limited("x", scope=Scope.MESSAGE, retry_after=timedelta(seconds=9_300_000_000_000)),
        "deferred",
    ),
    "a kind that is a text": (Outcome("accepted", detail="x"), "sent"),  # type: ignore[arg-type]
    "a kind that is unknown": (Outcome("perhaps"), "uncertain"),  # type: ignore[arg-type]
    "half a character": (Outcome.accepted("4F\ud800"), "sent"),
    "a NUL": (Outcome.accepted("4F\0A"), "sent"),
    "no detail": (Outcome(K.ACCEPTED, detail=None), "sent"),  # type: ignore[arg-type]
    "a wait in seconds": (Outcome.retryable("x", retry_after=30), "deferred"),  # type: ignore[arg-type]
    "a very long id": (Outcome.accepted("".join(chr(33 + n * n % 89) for n in range(100_000))), "sent"),
    "no outcome": (None, "uncertain"),
}


def _is_in(states: set[str], message: Any) -> bool:
    return state_name(message) in states


def _say(outcome: Any, _message: object) -> Any:
    return outcome


def test_a_wrong_outcome_neither_stops_the_others_nor_leaves_its_message_lying(shop: Shop) -> None:
    customers = shop.customers(len(WRONG) + 1)
    for customer_id, (outcome, state) in zip(customers, WRONG.values(), strict=False):
        shop.told.answer = partial(_say, outcome)
        message_id = shop.send(shop.message(customer_id))[0]
        settled = {state, "sent"} if state == "uncertain" else {state}
        shop.when(partial(_is_in, settled), message_id)
    shop.told.answer = None
    assert shop.state_of(shop.send(shop.message(customers[-1], "email"))[0]) == "sent"


@pytest.mark.parametrize(("given", "kind"), [(Outcome("accepted"), K.ACCEPTED), ("accepted", K.UNCERTAIN)])  # type: ignore[arg-type]
def test_what_became_of_the_message_is_kept_where_it_was_said(given: object, kind: OutcomeKind) -> None:
    assert sound(given).kind is kind


def test_a_wait_is_at_most_thirty_days_and_never_negative() -> None:
    waits = [sound(Outcome.retryable("x", retry_after=given)).retry_after for given in (timedelta.max, timedelta.min)]
    assert waits == [timedelta(days=30), timedelta()]


@pytest.mark.parametrize(
    ("given", "kept"), [(("1", "", None, 2, "3\0"), ("1", "2", "3")), (["1"], ("1",)), ("12", ()), (None, ())]
)
def test_ids_of_parts_are_texts(given: Any, kept: tuple[str, ...]) -> None:
    assert sound(Outcome.accepted("x", part_ids=given)) == Outcome.accepted("x", part_ids=kept)


class _Picky(Outcomes):
    """Takes no result whose detail says so."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, OutcomeKind]] = []
        self.away = False

    def record(self, answered: Any) -> None:
        if self.away:
            raise OperationalError("insert", {}, OSError("gone"))
        if any(one.result.detail == "bad" for one in answered):
            raise OverflowError("too large")
        self.taken += [(one.result.message_id, one.result.kind) for one in answered]


def _answered(number: int, detail: str = "") -> Answered:

    result = CallResult(f"m{number}", "token", "sms-1", "sms", started=0, ended=0, kind=K.ACCEPTED, detail=detail)
    return Answered(None, result, None)  # type: ignore[arg-type]


def test_a_result_that_can_not_be_recorded_is_set_aside_by_itself() -> None:
    outcomes = _Picky()
    recorder = Recorder(outcomes, Activity())
    recorder.calls.hold(5)
    recorder.put([_answered(number, "bad" if number == 2 else "") for number in range(5)])
    recorder.flush()
    expected = {f"m{number}": K.UNCERTAIN if number == 2 else K.ACCEPTED for number in range(5)}
    assert (dict(outcomes.taken), len(outcomes.taken)) == (expected, 5)
    assert not recorder.calls.status().busy


def test_nothing_is_set_aside_while_the_database_is_away() -> None:
    outcomes = _Picky()
    recorder = Recorder(outcomes, Activity())
    outcomes.away = True
    recorder.put([_answered(number) for number in range(3)])
    with pytest.raises(OperationalError):
        recorder.flush()
    outcomes.away = False
    recorder.flush()
    assert outcomes.taken == [(f"m{number}", K.ACCEPTED) for number in range(3)]
