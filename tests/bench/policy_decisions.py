"""How long a decision by frequency rules and quiet hours takes: `python tests/bench/policy_decisions.py`.

10 rules (rolling, calendar, dated, per channel, per campaign, per tier) and 5 ledger rows, for messages that
pass, messages that break a rule, and messages that look for their earliest free instant.
"""

import sys
import time as timer
from collections.abc import Callable
from dataclasses import replace
from datetime import time
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.policies import DAY, HOUR, Customer, Message, Row, at
from tidegate.delivery.policy.deferral import earliest_free
from tidegate.delivery.policy.frequency import RuleSet
from tidegate.delivery.policy.model import (
    CalendarPeriod,
    CalendarUnit,
    Dated,
    FrequencyRule,
    LocalWindow,
    Measure,
    QuietRule,
    Rolling,
    Scope,
    Span,
    ZoneOf,
)
from tidegate.delivery.policy.quiet import QuietHours

ZONE = "Asia/Shanghai"
NOW = at("2026-11-10T12:00", ZONE)
ROUNDS = 20_000


def rules(limit: int) -> list[FrequencyRule]:
    """Ten rules that all apply to the benchmark's messages."""
    sms = frozenset({"sms"})
    phase = Dated(Span(NOW - 20 * DAY, NOW + 3 * DAY))
    windows = {
        "day.sms": FrequencyRule(rule_id="", window=Rolling(DAY), limit=limit, channels=sms),
        "week.all": FrequencyRule(rule_id="", window=Rolling(7 * DAY), limit=limit),
        "calendar.day": FrequencyRule(rule_id="", window=CalendarPeriod(CalendarUnit.DAY), limit=limit),
        "calendar.week": FrequencyRule(
            rule_id="", window=CalendarPeriod(CalendarUnit.WEEK, ZoneOf.CUSTOMER), limit=limit
        ),
        "month": FrequencyRule(rule_id="", window=CalendarPeriod(CalendarUnit.MONTH), limit=limit),
        "phase": FrequencyRule(rule_id="", window=phase, limit=limit, scope=Scope.CAMPAIGN),
        "phase.sms": FrequencyRule(rule_id="", window=phase, limit=limit, channels=sms, scope=Scope.PHASE),
        "tier": FrequencyRule(rule_id="", window=phase, limit=limit, tier="gold"),
        "brand": FrequencyRule(rule_id="", window=Rolling(DAY), limit=limit, scope=Scope.BRAND),
        "channels": FrequencyRule(rule_id="", window=Rolling(DAY), limit=limit, measure=Measure.DISTINCT_CHANNELS),
    }
    return [replace(rule, rule_id=name) for name, rule in windows.items()]


def microseconds(decide: Callable[[], object]) -> float:
    """The median of five runs, in CPU time per call."""
    runs = []
    for _ in range(6):
        start = timer.process_time()
        for _ in range(ROUNDS):
            decide()
        runs.append((timer.process_time() - start) / ROUNDS * 1e6)
    return median(runs[1:])


def main() -> None:
    """Prints the table."""
    message = Message(brand="b", campaign_id="double11", phase_id="parallel", tier="gold")
    customer = Customer(7, ZONE)
    like = {"brand": "b", "campaign_id": "double11", "phase_id": "parallel", "tier": "gold"}
    held = [Row(counted_at=NOW - hours * HOUR, **like) for hours in (1, 5, 30, 60, 200)]
    night = [QuietRule(rule_id="night", windows=(LocalWindow(time(22), time(8)),))]
    quiet = QuietHours.compile(night, ZONE)
    old = [Row(counted_at=NOW - hours * HOUR, **like) for hours in (30, 60, 200, 500, 900)]
    for name, limit, rows in (
        ("fewer rows than any limit", 6, held),
        ("every rule counts, all allow", 4, old),
        ("two rules broken", 3, held[1:] + old[3:]),
        ("nine rules broken", 2, held),
    ):
        ruleset = RuleSet.compile(rules(limit), ZONE)
        took = microseconds(partial(ruleset.violations, message, customer, rows, NOW))
        found = len(ruleset.violations(message, customer, rows, NOW))
        print(f"{name:32} {found:2} violations {took:7.2f} µs")
    rolling = RuleSet.compile(rules(2), ZONE)
    print(f"{'quiet hours':48} {microseconds(lambda: quiet.next_allowed(NOW, message, customer)):7.2f} µs")
    took = microseconds(lambda: earliest_free(message, customer, held, rolling, quiet, NOW))
    print(f"{'earliest free instant':48} {took:7.2f} µs")


if __name__ == "__main__":
    main()
