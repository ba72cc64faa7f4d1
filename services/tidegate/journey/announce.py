"""What journey tells the other services, as entries of its feed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tidegate.api.journey.v1 import changes_pb2, enrollments_pb2
from tidegate.journey.mover import Mover
from tidegate.journey.walk import Step
from tidegate.runtime.clock import micros
from tidegate.runtime.feed import Entry

_STATES = {
    "finished": enrollments_pb2.ENROLLMENT_STATE_FINISHED,
    "exited": enrollments_pb2.ENROLLMENT_STATE_EXITED,
    "merged": enrollments_pb2.ENROLLMENT_STATE_MERGED,
}


class Announcer:
    """Announces what happens to many walks of one version at one instant.

    What walks that go the same way have in common is put together once, and filled in for each.
    """

    def __init__(self, journey_id: str, version: int, now: datetime) -> None:
        self._journey_id = journey_id
        self._version = version
        self._now = micros(now)
        self._steps: dict[tuple[str, str, str], changes_pb2.Change] = {}
        self._ends: dict[tuple[str, str], changes_pb2.Change] = {}

    def started(self, walks: Iterable[tuple[str, int]], *, campaign_id: str) -> list[Entry]:
        """Customers came into the journey: each walk with its customer."""
        change = changes_pb2.Change(
            enrollment_started=changes_pb2.EnrollmentStarted(
                journey_id=self._journey_id, version=self._version, campaign_id=campaign_id
            )
        )
        return [
            self._entry("enrollment_started", change, change.enrollment_started, enrollment_id, customer_id)
            for enrollment_id, customer_id in walks
        ]

    def step_taken(self, walk: Mover, step: Step) -> Entry:
        """A walk left a node."""
        key = (step.node_id, step.label, step.reason)
        change = self._steps.get(key)
        if change is None:
            body = changes_pb2.StepTaken(
                journey_id=self._journey_id,
                version=self._version,
                node_id=step.node_id,
                edge_label=step.label,
                reason=step.reason,
            )
            change = self._steps[key] = changes_pb2.Change(step_taken=body)
        taken = change.step_taken
        taken.visit = step.visit
        return self._entry("step_taken", change, taken, walk.enrollment_id, walk.customer_id)

    def ended(self, enrollment_id: str, customer_id: int, *, state: str, reason: str) -> Entry:
        """A walk ended."""
        key = (state, reason)
        change = self._ends.get(key)
        if change is None:
            body = changes_pb2.EnrollmentEnded(
                journey_id=self._journey_id, version=self._version, state=_STATES[state], reason=reason
            )
            change = self._ends[key] = changes_pb2.Change(enrollment_ended=body)
        return self._entry("enrollment_ended", change, change.enrollment_ended, enrollment_id, customer_id)

    def goal_attained(self, walk: Mover, name: str) -> Entry:
        """A walk reached a goal."""
        change = changes_pb2.Change(goal_attained=changes_pb2.GoalAttained(journey_id=self._journey_id, name=name))
        return self._entry("goal_attained", change, change.goal_attained, walk.enrollment_id, walk.customer_id)

    def _entry(self, kind: str, change: changes_pb2.Change, body: Any, enrollment_id: str, customer_id: int) -> Entry:
        body.enrollment_id = enrollment_id
        return Entry(kind, customer_id, change.SerializeToString(), self._now)


def customer_erased(customer_id: int, erasure_id: str, *, rows: int, now: datetime) -> Entry:
    """What was kept of an erased customer is gone."""
    erased = changes_pb2.CustomerErased(customer_id=customer_id, erasure_id=erasure_id, rows=rows)
    change = changes_pb2.Change(customer_erased=erased)
    return Entry("customer_erased", customer_id, change.SerializeToString(), now)


def journey_state(journey_id: str, *, state: str, live_version: int, now: datetime) -> Entry:
    """A journey's state has changed."""
    change = changes_pb2.Change(
        journey_state_changed=changes_pb2.JourneyStateChanged(
            journey_id=journey_id,
            state=f"JOURNEY_STATE_{state.upper()}",
            live_version=live_version,
        )
    )
    return Entry("journey_state_changed", 0, change.SerializeToString(), now)
