import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.journey.v1 import campaigns_pb2 as _campaigns_pb2
from tidegate.api.journey.v1 import enrollments_pb2 as _enrollments_pb2
from tidegate.api.journey.v1 import journeys_pb2 as _journeys_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Change(_message.Message):
    __slots__ = ("position", "time", "customer_id", "enrollment_started", "step_taken", "enrollment_ended", "goal_attained", "journey_state_changed", "campaign_state_changed", "customer_erased")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ENROLLMENT_STARTED_FIELD_NUMBER: _ClassVar[int]
    STEP_TAKEN_FIELD_NUMBER: _ClassVar[int]
    ENROLLMENT_ENDED_FIELD_NUMBER: _ClassVar[int]
    GOAL_ATTAINED_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_STATE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_STATE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ERASED_FIELD_NUMBER: _ClassVar[int]
    position: int
    time: _timestamp_pb2.Timestamp
    customer_id: int
    enrollment_started: EnrollmentStarted
    step_taken: StepTaken
    enrollment_ended: EnrollmentEnded
    goal_attained: GoalAttained
    journey_state_changed: JourneyStateChanged
    campaign_state_changed: CampaignStateChanged
    customer_erased: CustomerErased
    def __init__(self, position: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., customer_id: _Optional[int] = ..., enrollment_started: _Optional[_Union[EnrollmentStarted, _Mapping]] = ..., step_taken: _Optional[_Union[StepTaken, _Mapping]] = ..., enrollment_ended: _Optional[_Union[EnrollmentEnded, _Mapping]] = ..., goal_attained: _Optional[_Union[GoalAttained, _Mapping]] = ..., journey_state_changed: _Optional[_Union[JourneyStateChanged, _Mapping]] = ..., campaign_state_changed: _Optional[_Union[CampaignStateChanged, _Mapping]] = ..., customer_erased: _Optional[_Union[CustomerErased, _Mapping]] = ...) -> None: ...

class EnrollmentStarted(_message.Message):
    __slots__ = ("enrollment_id", "journey_id", "version", "campaign_id")
    ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    enrollment_id: str
    journey_id: str
    version: int
    campaign_id: str
    def __init__(self, enrollment_id: _Optional[str] = ..., journey_id: _Optional[str] = ..., version: _Optional[int] = ..., campaign_id: _Optional[str] = ...) -> None: ...

class StepTaken(_message.Message):
    __slots__ = ("enrollment_id", "journey_id", "version", "node_id", "visit", "edge_label", "reason")
    ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_FIELD_NUMBER: _ClassVar[int]
    EDGE_LABEL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    enrollment_id: str
    journey_id: str
    version: int
    node_id: str
    visit: int
    edge_label: str
    reason: str
    def __init__(self, enrollment_id: _Optional[str] = ..., journey_id: _Optional[str] = ..., version: _Optional[int] = ..., node_id: _Optional[str] = ..., visit: _Optional[int] = ..., edge_label: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class EnrollmentEnded(_message.Message):
    __slots__ = ("enrollment_id", "journey_id", "version", "state", "reason")
    ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    enrollment_id: str
    journey_id: str
    version: int
    state: _enrollments_pb2.EnrollmentState
    reason: str
    def __init__(self, enrollment_id: _Optional[str] = ..., journey_id: _Optional[str] = ..., version: _Optional[int] = ..., state: _Optional[_Union[_enrollments_pb2.EnrollmentState, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class GoalAttained(_message.Message):
    __slots__ = ("enrollment_id", "journey_id", "name")
    ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    enrollment_id: str
    journey_id: str
    name: str
    def __init__(self, enrollment_id: _Optional[str] = ..., journey_id: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class JourneyStateChanged(_message.Message):
    __slots__ = ("journey_id", "state", "live_version")
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LIVE_VERSION_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    state: _journeys_pb2.JourneyState
    live_version: int
    def __init__(self, journey_id: _Optional[str] = ..., state: _Optional[_Union[_journeys_pb2.JourneyState, str]] = ..., live_version: _Optional[int] = ...) -> None: ...

class CampaignStateChanged(_message.Message):
    __slots__ = ("campaign_id", "phase_id", "state")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    PHASE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    phase_id: str
    state: _campaigns_pb2.CampaignState
    def __init__(self, campaign_id: _Optional[str] = ..., phase_id: _Optional[str] = ..., state: _Optional[_Union[_campaigns_pb2.CampaignState, str]] = ...) -> None: ...

class CustomerErased(_message.Message):
    __slots__ = ("customer_id", "erasure_id", "rows")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    ERASURE_ID_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    erasure_id: str
    rows: int
    def __init__(self, customer_id: _Optional[int] = ..., erasure_id: _Optional[str] = ..., rows: _Optional[int] = ...) -> None: ...
