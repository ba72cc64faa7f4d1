"""Between the contract's resources and what is stored of them."""

from google.protobuf.message import DecodeError

from tidegate.api.journey.v1 import enrollments_pb2, journeys_pb2
from tidegate.journey import codec
from tidegate.journey.issues import Issue
from tidegate.journey.store.journeys import Journey, Version
from tidegate.journey.store.rows import Enrollment
from tidegate.journey.walk import Posture, Step, WalkState
from tidegate.runtime.clock import from_micros
from tidegate.runtime.errors import DataLoss

_WAITING = {
    Posture.READY: enrollments_pb2.WAITING_FOR_WORKER,
    Posture.TIMER: enrollments_pb2.WAITING_FOR_TIME,
    Posture.DATE: enrollments_pb2.WAITING_FOR_TIME,
    Posture.HAPPENING: enrollments_pb2.WAITING_FOR_HAPPENING,
    Posture.MESSAGE: enrollments_pb2.WAITING_FOR_MESSAGE,
    Posture.RECEIPT: enrollments_pb2.WAITING_FOR_MESSAGE,
}


def draft_of(journey: Journey) -> journeys_pb2.Definition:
    """The draft as it is stored; DataLoss when it can't be read."""
    try:
        return journeys_pb2.Definition.FromString(journey.draft)
    except DecodeError as error:
        raise DataLoss("journey draft", journey.journey_id) from error


def brief(journey: Journey) -> journeys_pb2.Journey:
    """The journey without its draft."""
    resource = journeys_pb2.Journey(
        journey_id=journey.journey_id,
        display_name=journey.display_name,
        description=journey.description,
        campaign_id=journey.campaign_id,
        brand=journey.brand,
        state=f"JOURNEY_STATE_{journey.state.upper()}",
        live_version=journey.live_version,
        etag=str(journey.revision),
        create_time=codec.timestamp(journey.created),
        update_time=codec.timestamp(journey.updated),
    )
    if journey.paused is not None:
        resource.pause_time.CopyFrom(codec.timestamp(journey.paused))
    return resource


def whole(journey: Journey) -> journeys_pb2.Journey:
    """The journey with its draft."""
    resource = brief(journey)
    resource.draft.CopyFrom(draft_of(journey))
    return resource


def version(stored: Version) -> journeys_pb2.JourneyVersion:
    """A published version; DataLoss when it can't be read."""
    try:
        definition = journeys_pb2.Definition.FromString(stored.definition)
    except DecodeError as error:
        raise DataLoss("journey version", f"{stored.journey_id}/{stored.version}") from error
    return journeys_pb2.JourneyVersion(
        journey_id=stored.journey_id,
        version=stored.version,
        definition=definition,
        publish_time=codec.timestamp(stored.published),
        publisher=stored.publisher,
        note=stored.note,
    )


def issue(found: Issue) -> journeys_pb2.ValidationIssue:
    """One thing that is wrong with a draft."""
    return journeys_pb2.ValidationIssue(
        severity=f"ISSUE_SEVERITY_{found.severity.name}",
        reason=f"ISSUE_REASON_{found.reason.name}",
        node_id=found.node_id,
        edge_label=found.edge_label,
        field=found.field,
        description=found.description,
    )


def enrollment(read: Enrollment) -> enrollments_pb2.Enrollment:
    """One walk."""
    is_open = read.state is WalkState.OPEN
    resource = enrollments_pb2.Enrollment(
        enrollment_id=read.enrollment_id,
        journey_id=read.journey_id,
        version=read.version,
        customer_id=read.customer_id,
        original_customer_id=read.original_customer_id,
        entry_key=read.entry_key,
        entry_cause=cause(read),
        entry_properties={name: codec.value(each) for name, each in read.memory.entry.items()},
        entry_time=codec.timestamp(read.entered),
        state=f"ENROLLMENT_STATE_{read.state.name}",
        node_id=read.node_id,
        waiting_for=_WAITING[read.posture] if is_open else enrollments_pb2.WAITING_FOR_NOTHING,
        end_reason=read.end_reason,
        goals=[
            enrollments_pb2.GoalReached(name=name, time=codec.timestamp(from_micros(reached)))
            for name, reached in read.memory.goals
        ],
        arms=read.memory.arms,
        held_out=read.memory.held is not None,
        merged_into_enrollment_id=read.merged_into,
        attempts=read.attempts,
        last_error=read.last_error,
    )
    if read.due is not None:
        resource.due_time.CopyFrom(codec.timestamp(read.due))
    if read.ended is not None:
        resource.end_time.CopyFrom(codec.timestamp(read.ended))
    return resource


def cause(read: Enrollment) -> enrollments_pb2.EntryCause:
    """What brought the customer in; nothing of who was erased."""
    stored = read.cause
    match stored.get("kind"):
        case None:
            return enrollments_pb2.EntryCause()
        case "event":
            return enrollments_pb2.EntryCause(
                event=enrollments_pb2.EventCause(
                    source=stored["source"], event_id=stored["event_id"], event_name=stored["name"]
                )
            )
        case "segment":
            return enrollments_pb2.EntryCause(
                segment=enrollments_pb2.SegmentCause(segment_id=stored["segment_id"], sequence=stored["sequence"])
            )
        case "schedule":
            return enrollments_pb2.EntryCause(
                schedule=enrollments_pb2.ScheduleCause(
                    segment_id=stored["segment_id"],
                    start_time=codec.timestamp(from_micros(stored["start"])),
                )
            )
    return enrollments_pb2.EntryCause(
        call=enrollments_pb2.CallCause(caller=stored["caller"], entry_id=stored["entry_id"])
    )


def step(taken: Step) -> enrollments_pb2.Step:
    """One visit that has ended."""
    return enrollments_pb2.Step(
        visit=taken.visit,
        node_id=taken.node_id,
        enter_time=codec.timestamp(taken.entered),
        leave_time=codec.timestamp(taken.left),
        edge_label=taken.label,
        reason=taken.reason,
        message_id=taken.message_id,
    )


def present_step(read: Enrollment) -> enrollments_pb2.Step:
    """The visit that an open walk is at."""
    return enrollments_pb2.Step(
        visit=read.visit,
        node_id=read.node_id,
        enter_time=codec.timestamp(read.node_entered),
        message_id=read.message_id,
    )
