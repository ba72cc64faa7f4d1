"""Pure: moves one walk as far as it can go.

    READY ──▶ leaves its node, or asks a question, or waits (TIMER, DATE, HAPPENING, MESSAGE)
    waiting ──the time is over, or what was waited for has happened──▶ leaves its node
    any ──exit condition, exclusion, goal that ends the walk──▶ EXITED or FINISHED

A walk never rests without a worker, a timer, a wait, or a message: whatever it rests at, ``timer`` says when it
is looked at again at the latest. A message is asked for only at a visit that was found stored
(``committed_visit``): a step repeated after a crash asks for the same message again and for no other. One call
visits at most as many nodes as there are; a walk that goes round without time passing goes on in the next one.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from tidegate.journey.canvas import (
    NEXT,
    NOT_ELIGIBLE,
    OTHERWISE,
    TIMEOUT,
    AttributeWait,
    BranchNode,
    DurationWait,
    ExitNode,
    GoalNode,
    InstantWait,
    LocalTimeWait,
    Overdue,
    ResolveOn,
    SendNode,
    SplitNode,
    WaitForNode,
)
from tidegate.journey.conditions import Signal, matches
from tidegate.journey.mover import Mover
from tidegate.journey.times import next_local_time, shifted
from tidegate.journey.walk import (
    Accepted,
    Arm,
    Excluded,
    News,
    Posture,
    Question,
    QuestionKind,
    Refused,
    WalkState,
)
from tidegate.runtime.clock import from_micros

GRACE = timedelta(hours=1)
"""How long after a message's expiry its outcome may still come in before the walk goes on without."""


class UnknownNode(Exception):
    """The walk stands at a node that its version does not have."""


def advance(mover: Mover) -> Question | None:
    """Moves a walk until it rests, ends, or must know something: then returns what."""
    return None if _stopped(mover) else _move(mover)


def _move(mover: Mover) -> Question | None:
    """Visits node after node until one rests, asks, or ends the walk."""
    nodes = mover.definition.canvas.nodes
    last = mover.visit + len(nodes)
    while mover.state is WalkState.OPEN and mover.visit <= last:
        visit = mover.visit
        node = nodes.get(mover.node_id)
        if node is None:
            raise UnknownNode(mover.node_id)
        kind = _VISITS[type(node)](mover, node)
        if kind is not None:
            return Question(kind, mover.node_id)
        if mover.visit == visit:
            return None
    return None


def _stopped(mover: Mover) -> bool:
    """Looks at goals and exit conditions over all that has happened since the entry."""
    if not mover.signals:
        return False
    began = mover.began
    since = [signal for signal in mover.signals if signal.time >= began]
    for goal in mover.definition.goals:
        if _first(goal.happening, goal.matching, since, mover):
            mover.attain(goal.name)
            if goal.ends_walk:
                mover.end(WalkState.FINISHED, f"goal:{goal.name}")
                return True
    for condition in mover.definition.exits:
        if _first(condition.happening, condition.matching, since, mover):
            mover.end(WalkState.EXITED, condition.reason)
            return True
    return False


def _first(happening: Any, matching: str, signals: list[Signal], mover: Mover) -> Signal | None:
    found = (each for each in signals if matches(happening, each, matching=matching, entry=mover.entry))
    return min(found, key=lambda signal: signal.mark, default=None)


def _at_send(mover: Mover, node: SendNode) -> QuestionKind | None:
    if mover.is_fresh:
        return _before_send(mover, node)
    if mover.news is not None:
        _resolve(mover, node, mover.news)
    elif mover.is_over:
        _unheard(mover, node)
    return None


def _before_send(mover: Mover, node: SendNode) -> QuestionKind | None:
    if _overdue(mover, node):
        return None
    if mover.visit != mover.committed_visit:
        return None
    answer = mover.answer()
    if answer is None:
        return QuestionKind.SEND
    _after_send(mover, node, answer.value)
    return None


def _overdue(mover: Mover, node: SendNode) -> bool:
    """Leaves out a send that has expired, or is later than the pause policy allows; whether it did."""
    if mover.now >= mover.node_entered + node.expires_after:
        mover.leave("expired", "overdue")
        return True
    pause = mover.definition.pause
    late = mover.now - mover.timer
    if pause.overdue is Overdue.SEND or late <= pause.max_lateness:
        return False
    if pause.overdue is Overdue.SKIP:
        mover.leave("expired", "overdue")
    else:
        mover.end(WalkState.EXITED, "overdue")
    return True


def _after_send(mover: Mover, node: SendNode, answer: Accepted | Refused | Excluded) -> None:
    if isinstance(answer, Excluded):
        mover.end(WalkState.EXITED, f"excluded:{answer.segment_id}")
        return
    if isinstance(answer, Refused):
        mover.leave("failed", answer.reason)
        return
    mover.message_id = answer.message_id
    if node.resolve_on is ResolveOn.ACCEPTED:
        mover.leave("sent", "accepted")
        return
    limit = node.expires_after + GRACE
    if node.confirm_timeout is not None:
        limit = min(limit, node.confirm_timeout)
    mover.wait(Posture.MESSAGE, mover.node_entered + limit)
    if mover.news is not None:
        _resolve(mover, node, mover.news)


def _resolve(mover: Mover, node: SendNode, news: News) -> None:
    """Leaves by the outcome; where a receipt is asked for, a message that was sent only waits for it."""
    if node.resolve_on is not ResolveOn.DELIVERED:
        mover.leave("sent" if news.label == "delivered" else news.label, news.reason)
    elif news.label != "sent":
        mover.leave(news.label, news.reason)
    elif mover.posture is not Posture.RECEIPT:
        mover.wait(Posture.RECEIPT, mover.now + node.receipt_timeout)
    elif mover.is_over:
        mover.leave("sent", "no_receipt")


def _unheard(mover: Mover, node: SendNode) -> None:
    if node.confirm_timeout is not None:
        mover.leave("confirm_timeout", "no_outcome")
    else:
        mover.leave("expired", "no_outcome")


def _at_duration(mover: Mover, node: DurationWait) -> None:
    _pass(mover, Posture.TIMER, mover.node_entered + node.duration)


def _at_instant(mover: Mover, node: InstantWait) -> None:
    _pass(mover, Posture.DATE, node.instant)


def _pass(mover: Mover, posture: Posture, until: datetime) -> None:
    """Waits until ``until`` or, once waiting, until the timer that was set then."""
    if mover.is_fresh:
        mover.wait(posture, until)
    if mover.is_over:
        mover.leave(NEXT)


def _at_local_time(mover: Mover, node: LocalTimeWait) -> QuestionKind | None:
    if not mover.is_fresh:
        _pass(mover, Posture.DATE, mover.timer)
        return None
    answer = mover.answer()
    if answer is None:
        return QuestionKind.ZONE
    _pass(mover, Posture.DATE, next_local_time(node, mover.node_entered, answer.value))
    return None


def _at_attribute(mover: Mover, node: AttributeWait) -> QuestionKind | None:
    if not mover.is_fresh:
        _pass(mover, Posture.DATE, mover.timer)
        return None
    answer = mover.answer()
    if answer is None:
        return QuestionKind.ATTRIBUTE
    if answer.value is None:
        mover.leave(NEXT, "no_date")
    else:
        _pass(mover, Posture.DATE, shifted(answer.value, node.offset))
    return None


def _at_wait_for(mover: Mover, node: WaitForNode) -> None:
    if mover.is_fresh:
        mover.wait(Posture.HAPPENING, mover.node_entered + node.timeout)
    found = _awaited(mover, node)
    if found is not None:
        label, signal = found
        mover.use(signal)
        mover.leave(label, signal.key)
    elif mover.is_over:
        mover.leave(TIMEOUT)


def _awaited(mover: Mover, node: WaitForNode) -> tuple[str, Signal] | None:
    """The earliest thing that happened since the wait counts; one after the time-out comes too late."""
    if not mover.signals:
        return None
    since = mover.node_entered
    if node.since in mover.memory.entered:
        since = from_micros(mover.memory.entered[node.since])
    ended = mover.memory.waits.get(mover.node_id)
    within = [
        signal
        for signal in mover.signals
        if since <= signal.time <= mover.timer and (ended is None or signal.mark > ended.mark)
    ]
    found = []
    for case in node.cases:
        signal = _first(case.happening, case.matching, within, mover)
        if signal is not None:
            found.append((case.label, signal))
    return min(found, key=lambda pair: pair[1].mark, default=None)


def _at_branch(mover: Mover, _node: BranchNode) -> QuestionKind | None:
    answer = mover.answer()
    if answer is None:
        return QuestionKind.BRANCH
    label = OTHERWISE if answer.value is None else cast("str", answer.value)
    mover.leave(label, "" if answer.value is None else f"case:{label}")
    return None


def _at_split(mover: Mover, node: SplitNode) -> QuestionKind | None:
    answer = mover.answer()
    if answer is None:
        return QuestionKind.ARM
    arm = cast("Arm | None", answer.value)
    if arm is None:
        mover.leave(NOT_ELIGIBLE, "not_eligible")
        return None
    arms = {**mover.memory.arms, node.experiment_id: arm.name}
    if arm.control and node.hold_out:
        mover.remember(arms=arms, held=(node.experiment_id, arm.name))
    else:
        mover.remember(arms=arms)
    mover.leave(arm.name or NEXT, f"arm:{arm.name}" if arm.name else "no_arm")
    return None


def _at_goal(mover: Mover, node: GoalNode) -> None:
    mover.attain(node.name)
    mover.leave(NEXT)


def _at_exit(mover: Mover, node: ExitNode) -> None:
    mover.end(WalkState.FINISHED, node.reason or "exit")


_VISITS: Mapping[type, Callable[[Mover, Any], QuestionKind | None]] = {
    SendNode: _at_send,
    DurationWait: _at_duration,
    InstantWait: _at_instant,
    LocalTimeWait: _at_local_time,
    AttributeWait: _at_attribute,
    WaitForNode: _at_wait_for,
    BranchNode: _at_branch,
    SplitNode: _at_split,
    GoalNode: _at_goal,
    ExitNode: _at_exit,
}
