import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.journey.v1 import canvas_pb2 as _canvas_pb2
from tidegate.api.journey.v1 import entry_pb2 as _entry_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class JourneyState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOURNEY_STATE_UNSPECIFIED: _ClassVar[JourneyState]
    JOURNEY_STATE_DRAFT: _ClassVar[JourneyState]
    JOURNEY_STATE_ACTIVE: _ClassVar[JourneyState]
    JOURNEY_STATE_PAUSED: _ClassVar[JourneyState]
    JOURNEY_STATE_ARCHIVED: _ClassVar[JourneyState]

class MigrationMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MIGRATION_MODE_UNSPECIFIED: _ClassVar[MigrationMode]
    MIGRATION_MODE_NEW_ONLY: _ClassVar[MigrationMode]
    MIGRATION_MODE_MIGRATE: _ClassVar[MigrationMode]

class IssueSeverity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ISSUE_SEVERITY_UNSPECIFIED: _ClassVar[IssueSeverity]
    ISSUE_SEVERITY_WARNING: _ClassVar[IssueSeverity]
    ISSUE_SEVERITY_ERROR: _ClassVar[IssueSeverity]

class IssueReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ISSUE_REASON_UNSPECIFIED: _ClassVar[IssueReason]
    ISSUE_REASON_INVALID_FIELD: _ClassVar[IssueReason]
    ISSUE_REASON_UNKNOWN_NODE: _ClassVar[IssueReason]
    ISSUE_REASON_DUPLICATE: _ClassVar[IssueReason]
    ISSUE_REASON_UNREACHABLE: _ClassVar[IssueReason]
    ISSUE_REASON_ENDLESS_LOOP: _ClassVar[IssueReason]
    ISSUE_REASON_UNWIRED: _ClassVar[IssueReason]
    ISSUE_REASON_UNKNOWN_LABEL: _ClassVar[IssueReason]
    ISSUE_REASON_UNKNOWN_REFERENCE: _ClassVar[IssueReason]
    ISSUE_REASON_NOT_AVAILABLE: _ClassVar[IssueReason]
JOURNEY_STATE_UNSPECIFIED: JourneyState
JOURNEY_STATE_DRAFT: JourneyState
JOURNEY_STATE_ACTIVE: JourneyState
JOURNEY_STATE_PAUSED: JourneyState
JOURNEY_STATE_ARCHIVED: JourneyState
MIGRATION_MODE_UNSPECIFIED: MigrationMode
MIGRATION_MODE_NEW_ONLY: MigrationMode
MIGRATION_MODE_MIGRATE: MigrationMode
ISSUE_SEVERITY_UNSPECIFIED: IssueSeverity
ISSUE_SEVERITY_WARNING: IssueSeverity
ISSUE_SEVERITY_ERROR: IssueSeverity
ISSUE_REASON_UNSPECIFIED: IssueReason
ISSUE_REASON_INVALID_FIELD: IssueReason
ISSUE_REASON_UNKNOWN_NODE: IssueReason
ISSUE_REASON_DUPLICATE: IssueReason
ISSUE_REASON_UNREACHABLE: IssueReason
ISSUE_REASON_ENDLESS_LOOP: IssueReason
ISSUE_REASON_UNWIRED: IssueReason
ISSUE_REASON_UNKNOWN_LABEL: IssueReason
ISSUE_REASON_UNKNOWN_REFERENCE: IssueReason
ISSUE_REASON_NOT_AVAILABLE: IssueReason

class Journey(_message.Message):
    __slots__ = ("journey_id", "display_name", "description", "campaign_id", "brand", "state", "draft", "live_version", "etag", "create_time", "update_time", "pause_time")
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    LIVE_VERSION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PAUSE_TIME_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    display_name: str
    description: str
    campaign_id: str
    brand: str
    state: JourneyState
    draft: Definition
    live_version: int
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    pause_time: _timestamp_pb2.Timestamp
    def __init__(self, journey_id: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., campaign_id: _Optional[str] = ..., brand: _Optional[str] = ..., state: _Optional[_Union[JourneyState, str]] = ..., draft: _Optional[_Union[Definition, _Mapping]] = ..., live_version: _Optional[int] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., pause_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Definition(_message.Message):
    __slots__ = ("canvas", "entry", "exits", "goals", "pause_policy")
    CANVAS_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    EXITS_FIELD_NUMBER: _ClassVar[int]
    GOALS_FIELD_NUMBER: _ClassVar[int]
    PAUSE_POLICY_FIELD_NUMBER: _ClassVar[int]
    canvas: _canvas_pb2.Canvas
    entry: _entry_pb2.Entry
    exits: _entry_pb2.ExitConditions
    goals: _containers.RepeatedCompositeFieldContainer[_entry_pb2.Goal]
    pause_policy: _entry_pb2.PausePolicy
    def __init__(self, canvas: _Optional[_Union[_canvas_pb2.Canvas, _Mapping]] = ..., entry: _Optional[_Union[_entry_pb2.Entry, _Mapping]] = ..., exits: _Optional[_Union[_entry_pb2.ExitConditions, _Mapping]] = ..., goals: _Optional[_Iterable[_Union[_entry_pb2.Goal, _Mapping]]] = ..., pause_policy: _Optional[_Union[_entry_pb2.PausePolicy, _Mapping]] = ...) -> None: ...

class JourneyVersion(_message.Message):
    __slots__ = ("journey_id", "version", "definition", "publish_time", "publisher", "note")
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    version: int
    definition: Definition
    publish_time: _timestamp_pb2.Timestamp
    publisher: str
    note: str
    def __init__(self, journey_id: _Optional[str] = ..., version: _Optional[int] = ..., definition: _Optional[_Union[Definition, _Mapping]] = ..., publish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., publisher: _Optional[str] = ..., note: _Optional[str] = ...) -> None: ...

class MigrationPlan(_message.Message):
    __slots__ = ("mode", "nodes")
    MODE_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    mode: MigrationMode
    nodes: _containers.RepeatedCompositeFieldContainer[NodeMigration]
    def __init__(self, mode: _Optional[_Union[MigrationMode, str]] = ..., nodes: _Optional[_Iterable[_Union[NodeMigration, _Mapping]]] = ...) -> None: ...

class NodeMigration(_message.Message):
    __slots__ = ("from_node_id", "to_node_id", "exit_reason", "finish")
    FROM_NODE_ID_FIELD_NUMBER: _ClassVar[int]
    TO_NODE_ID_FIELD_NUMBER: _ClassVar[int]
    EXIT_REASON_FIELD_NUMBER: _ClassVar[int]
    FINISH_FIELD_NUMBER: _ClassVar[int]
    from_node_id: str
    to_node_id: str
    exit_reason: str
    finish: FinishOnVersion
    def __init__(self, from_node_id: _Optional[str] = ..., to_node_id: _Optional[str] = ..., exit_reason: _Optional[str] = ..., finish: _Optional[_Union[FinishOnVersion, _Mapping]] = ...) -> None: ...

class FinishOnVersion(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class NodeMigrationCount(_message.Message):
    __slots__ = ("from_version", "from_node_id", "enrollments", "migration")
    FROM_VERSION_FIELD_NUMBER: _ClassVar[int]
    FROM_NODE_ID_FIELD_NUMBER: _ClassVar[int]
    ENROLLMENTS_FIELD_NUMBER: _ClassVar[int]
    MIGRATION_FIELD_NUMBER: _ClassVar[int]
    from_version: int
    from_node_id: str
    enrollments: int
    migration: NodeMigration
    def __init__(self, from_version: _Optional[int] = ..., from_node_id: _Optional[str] = ..., enrollments: _Optional[int] = ..., migration: _Optional[_Union[NodeMigration, _Mapping]] = ...) -> None: ...

class ValidationIssue(_message.Message):
    __slots__ = ("severity", "reason", "node_id", "edge_label", "field", "description")
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    EDGE_LABEL_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    severity: IssueSeverity
    reason: IssueReason
    node_id: str
    edge_label: str
    field: str
    description: str
    def __init__(self, severity: _Optional[_Union[IssueSeverity, str]] = ..., reason: _Optional[_Union[IssueReason, str]] = ..., node_id: _Optional[str] = ..., edge_label: _Optional[str] = ..., field: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...
