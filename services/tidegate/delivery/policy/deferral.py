"""When a message that is held back may go: the earliest instant that all rules and quiet hours allow."""

from collections.abc import Collection

from tidegate.delivery.policy.facts import Candidate, Customer, Slot
from tidegate.delivery.policy.frequency import RuleSet
from tidegate.delivery.policy.quiet import QuietHours

_STEPS = 10_000


def earliest_free(
    message: Candidate,
    customer: Customer,
    rows: Collection[Slot],
    ruleset: RuleSet,
    quiet: QuietHours,
    now: int,
    inactive: Collection[tuple[str, str]] = (),
) -> int | None:
    """The first instant, at ``now`` or later, at which ``message`` breaks no rule and no hour is quiet.

    Goes from what the rules allow to what quiet hours allow and back until both agree; every step is to an
    instant before which something certainly forbids the message, so that none earlier is missed. None when
    the rules in force never allow it. Taking slots in the meantime only makes it later.
    """
    instant = now
    for _ in range(_STEPS):
        loud = quiet.next_allowed(instant, message, customer)
        if loud is None:
            return None
        after = _step(message, customer, rows, ruleset, loud, inactive)
        if after is None or after == loud:
            return after
        instant = after
    return None


def _step(
    message: Candidate,
    customer: Customer,
    rows: Collection[Slot],
    ruleset: RuleSet,
    instant: int,
    inactive: Collection[tuple[str, str]],
) -> int | None:
    """``instant`` itself if no rule is broken then, else an instant before which one is; None for never.

    A rule that is broken now may stop applying before it has room, when a phase that replaces it begins.
    """
    broken = ruleset.violations(message, customer, rows, instant, inactive)
    if not broken:
        return instant
    turn = ruleset.next_turn(instant)
    room = [violation.free_at for violation in broken]
    known = [free_at for free_at in room if free_at is not None]
    if len(known) < len(room):
        return turn
    return max(known) if turn is None else min(max(known), turn)
