"""What journey tells the other services, as entries of its feed."""

from datetime import datetime

from tidegate.api.journey.v1 import changes_pb2, enrollments_pb2
from tidegate.journey.walk import Step, Walk
from tidegate.runtime.feed import Entry

_STATES = {
    "finished": enrollments_pb2.ENROLLMENT_STATE_FINISHED,
    "exited": enrollments_pb2.ENROLLMENT_STATE_EXITED,
    "merged": enrollments_pb2.ENROLLMENT_STATE_MERGED,
}


def started(
    *, enrollment_id: str, journey_id: str, version: int, campaign_id: str, customer_id: int, now: datetime
) -> Entry:
    """A customer came into a journey."""
    change = changes_pb2.Change(
        enrollment_started=changes_pb2.EnrollmentStarted(
            enrollment_id=enrollment_id, journey_id=journey_id, version=version, campaign_id=campaign_id
        )
    )
    return Entry("enrollment_started", customer_id, change.SerializeToString(), now)


def step_taken(walk: Walk, step: Step, *, journey_id: str, version: int) -> Entry:
    """A walk left a node."""
    change = changes_pb2.Change(
        step_taken=changes_pb2.StepTaken(
            enrollment_id=walk.enrollment_id,
            journey_id=journey_id,
            version=version,
            node_id=step.node_id,
            visit=step.visit,
            edge_label=step.label,
            reason=step.reason,
        )
    )
    return Entry("step_taken", walk.customer_id, change.SerializeToString(), step.left)


def ended(
    *,
    enrollment_id: str,
    journey_id: str,
    version: int,
    customer_id: int,
    state: str,
    reason: str,
    now: datetime,
) -> Entry:
    """A walk ended."""
    change = changes_pb2.Change(
        enrollment_ended=changes_pb2.EnrollmentEnded(
            enrollment_id=enrollment_id,
            journey_id=journey_id,
            version=version,
            state=_STATES[state],
            reason=reason,
        )
    )
    return Entry("enrollment_ended", customer_id, change.SerializeToString(), now)


def goal_attained(walk: Walk, name: str, *, journey_id: str, now: datetime) -> Entry:
    """A walk reached a goal."""
    change = changes_pb2.Change(
        goal_attained=changes_pb2.GoalAttained(enrollment_id=walk.enrollment_id, journey_id=journey_id, name=name)
    )
    return Entry("goal_attained", walk.customer_id, change.SerializeToString(), now)


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
