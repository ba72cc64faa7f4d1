import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tidegate.api.segmentation.v1 import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Evaluation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVALUATION_UNSPECIFIED: _ClassVar[Evaluation]
    EVALUATION_LIVE: _ClassVar[Evaluation]
    EVALUATION_ON_REQUEST: _ClassVar[Evaluation]

class SegmentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEGMENT_STATE_UNSPECIFIED: _ClassVar[SegmentState]
    SEGMENT_STATE_COMPUTING: _ClassVar[SegmentState]
    SEGMENT_STATE_ACTIVE: _ClassVar[SegmentState]
    SEGMENT_STATE_FAILED: _ClassVar[SegmentState]
    SEGMENT_STATE_ARCHIVED: _ClassVar[SegmentState]

class Announcement(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ANNOUNCEMENT_UNSPECIFIED: _ClassVar[Announcement]
    ANNOUNCEMENT_QUIET: _ClassVar[Announcement]
    ANNOUNCEMENT_ALL: _ClassVar[Announcement]

class Cause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAUSE_UNSPECIFIED: _ClassVar[Cause]
    CAUSE_FACTS: _ClassVar[Cause]
    CAUSE_TIME: _ClassVar[Cause]
    CAUSE_FIRST_COMPUTATION: _ClassVar[Cause]
    CAUSE_DEFINITION: _ClassVar[Cause]
    CAUSE_REFRESH: _ClassVar[Cause]
    CAUSE_MERGE: _ClassVar[Cause]
    CAUSE_SPLIT: _ClassVar[Cause]
    CAUSE_LIST: _ClassVar[Cause]
    CAUSE_DERIVED: _ClassVar[Cause]
    CAUSE_ERASURE: _ClassVar[Cause]

class Transition(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSITION_UNSPECIFIED: _ClassVar[Transition]
    TRANSITION_ENTERED: _ClassVar[Transition]
    TRANSITION_LEFT: _ClassVar[Transition]
EVALUATION_UNSPECIFIED: Evaluation
EVALUATION_LIVE: Evaluation
EVALUATION_ON_REQUEST: Evaluation
SEGMENT_STATE_UNSPECIFIED: SegmentState
SEGMENT_STATE_COMPUTING: SegmentState
SEGMENT_STATE_ACTIVE: SegmentState
SEGMENT_STATE_FAILED: SegmentState
SEGMENT_STATE_ARCHIVED: SegmentState
ANNOUNCEMENT_UNSPECIFIED: Announcement
ANNOUNCEMENT_QUIET: Announcement
ANNOUNCEMENT_ALL: Announcement
CAUSE_UNSPECIFIED: Cause
CAUSE_FACTS: Cause
CAUSE_TIME: Cause
CAUSE_FIRST_COMPUTATION: Cause
CAUSE_DEFINITION: Cause
CAUSE_REFRESH: Cause
CAUSE_MERGE: Cause
CAUSE_SPLIT: Cause
CAUSE_LIST: Cause
CAUSE_DERIVED: Cause
CAUSE_ERASURE: Cause
TRANSITION_UNSPECIFIED: Transition
TRANSITION_ENTERED: Transition
TRANSITION_LEFT: Transition

class Segment(_message.Message):
    __slots__ = ("segment_id", "display_name", "description", "rule", "list", "evaluation", "minimum_stay", "state", "version", "member_count", "evaluate_time", "identity_position", "last_error", "etag", "create_time", "update_time")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_STAY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MEMBER_COUNT_FIELD_NUMBER: _ClassVar[int]
    EVALUATE_TIME_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_POSITION_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    display_name: str
    description: str
    rule: _rules_pb2.Rule
    list: CustomerList
    evaluation: Evaluation
    minimum_stay: _duration_pb2.Duration
    state: SegmentState
    version: int
    member_count: int
    evaluate_time: _timestamp_pb2.Timestamp
    identity_position: int
    last_error: str
    etag: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, segment_id: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., rule: _Optional[_Union[_rules_pb2.Rule, _Mapping]] = ..., list: _Optional[_Union[CustomerList, _Mapping]] = ..., evaluation: _Optional[_Union[Evaluation, str]] = ..., minimum_stay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., state: _Optional[_Union[SegmentState, str]] = ..., version: _Optional[int] = ..., member_count: _Optional[int] = ..., evaluate_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., identity_position: _Optional[int] = ..., last_error: _Optional[str] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CustomerList(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Membership(_message.Message):
    __slots__ = ("customer_id", "version", "seq", "enter_time", "cause")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    ENTER_TIME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    version: int
    seq: int
    enter_time: _timestamp_pb2.Timestamp
    cause: Cause
    def __init__(self, customer_id: _Optional[int] = ..., version: _Optional[int] = ..., seq: _Optional[int] = ..., enter_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cause: _Optional[_Union[Cause, str]] = ...) -> None: ...

class CreateSegmentRequest(_message.Message):
    __slots__ = ("segment", "announcement")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    segment: Segment
    announcement: Announcement
    def __init__(self, segment: _Optional[_Union[Segment, _Mapping]] = ..., announcement: _Optional[_Union[Announcement, str]] = ...) -> None: ...

class CreateSegmentResponse(_message.Message):
    __slots__ = ("segment",)
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    segment: Segment
    def __init__(self, segment: _Optional[_Union[Segment, _Mapping]] = ...) -> None: ...

class UpdateSegmentRequest(_message.Message):
    __slots__ = ("segment", "update_mask", "announcement")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    segment: Segment
    update_mask: _field_mask_pb2.FieldMask
    announcement: Announcement
    def __init__(self, segment: _Optional[_Union[Segment, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., announcement: _Optional[_Union[Announcement, str]] = ...) -> None: ...

class UpdateSegmentResponse(_message.Message):
    __slots__ = ("segment",)
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    segment: Segment
    def __init__(self, segment: _Optional[_Union[Segment, _Mapping]] = ...) -> None: ...

class GetSegmentRequest(_message.Message):
    __slots__ = ("segment_id",)
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    def __init__(self, segment_id: _Optional[str] = ...) -> None: ...

class GetSegmentResponse(_message.Message):
    __slots__ = ("segment",)
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    segment: Segment
    def __init__(self, segment: _Optional[_Union[Segment, _Mapping]] = ...) -> None: ...

class ListSegmentsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "include_archived")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    include_archived: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., include_archived: bool = ...) -> None: ...

class ListSegmentsResponse(_message.Message):
    __slots__ = ("segments", "next_page_token")
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    next_page_token: str
    def __init__(self, segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ArchiveSegmentRequest(_message.Message):
    __slots__ = ("segment_id", "etag")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    etag: str
    def __init__(self, segment_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class ArchiveSegmentResponse(_message.Message):
    __slots__ = ("segment",)
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    segment: Segment
    def __init__(self, segment: _Optional[_Union[Segment, _Mapping]] = ...) -> None: ...

class EditListRequest(_message.Message):
    __slots__ = ("segment_id", "add_customer_ids", "remove_customer_ids", "announcement")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ADD_CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    REMOVE_CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    add_customer_ids: _containers.RepeatedScalarFieldContainer[int]
    remove_customer_ids: _containers.RepeatedScalarFieldContainer[int]
    announcement: Announcement
    def __init__(self, segment_id: _Optional[str] = ..., add_customer_ids: _Optional[_Iterable[int]] = ..., remove_customer_ids: _Optional[_Iterable[int]] = ..., announcement: _Optional[_Union[Announcement, str]] = ...) -> None: ...

class EditListResponse(_message.Message):
    __slots__ = ("added", "removed")
    ADDED_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    added: int
    removed: int
    def __init__(self, added: _Optional[int] = ..., removed: _Optional[int] = ...) -> None: ...

class PreviewSegmentRequest(_message.Message):
    __slots__ = ("rule", "sample_size", "as_of")
    RULE_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_SIZE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    rule: _rules_pb2.Rule
    sample_size: int
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, rule: _Optional[_Union[_rules_pb2.Rule, _Mapping]] = ..., sample_size: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PreviewSegmentResponse(_message.Message):
    __slots__ = ("count", "population", "sample_customer_ids", "clauses", "identity_position")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    POPULATION_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    CLAUSES_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_POSITION_FIELD_NUMBER: _ClassVar[int]
    count: int
    population: int
    sample_customer_ids: _containers.RepeatedScalarFieldContainer[int]
    clauses: _containers.RepeatedCompositeFieldContainer[ClauseCount]
    identity_position: int
    def __init__(self, count: _Optional[int] = ..., population: _Optional[int] = ..., sample_customer_ids: _Optional[_Iterable[int]] = ..., clauses: _Optional[_Iterable[_Union[ClauseCount, _Mapping]]] = ..., identity_position: _Optional[int] = ...) -> None: ...

class ClauseCount(_message.Message):
    __slots__ = ("path", "count")
    PATH_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    path: str
    count: int
    def __init__(self, path: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class RefreshSegmentRequest(_message.Message):
    __slots__ = ("segment_id", "announcement", "wait", "min_identity_position")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ANNOUNCEMENT_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    MIN_IDENTITY_POSITION_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    announcement: Announcement
    wait: _duration_pb2.Duration
    min_identity_position: int
    def __init__(self, segment_id: _Optional[str] = ..., announcement: _Optional[_Union[Announcement, str]] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., min_identity_position: _Optional[int] = ...) -> None: ...

class RefreshSegmentResponse(_message.Message):
    __slots__ = ("segment",)
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    segment: Segment
    def __init__(self, segment: _Optional[_Union[Segment, _Mapping]] = ...) -> None: ...

class ListMembersRequest(_message.Message):
    __slots__ = ("segment_id", "snapshot_id", "after_customer_id")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    snapshot_id: str
    after_customer_id: int
    def __init__(self, segment_id: _Optional[str] = ..., snapshot_id: _Optional[str] = ..., after_customer_id: _Optional[int] = ...) -> None: ...

class ListMembersResponse(_message.Message):
    __slots__ = ("members",)
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    members: _containers.RepeatedCompositeFieldContainer[Membership]
    def __init__(self, members: _Optional[_Iterable[_Union[Membership, _Mapping]]] = ...) -> None: ...

class CheckMembershipRequest(_message.Message):
    __slots__ = ("customer_ids", "segment_ids", "min_identity_position")
    CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_IDS_FIELD_NUMBER: _ClassVar[int]
    MIN_IDENTITY_POSITION_FIELD_NUMBER: _ClassVar[int]
    customer_ids: _containers.RepeatedScalarFieldContainer[int]
    segment_ids: _containers.RepeatedScalarFieldContainer[str]
    min_identity_position: int
    def __init__(self, customer_ids: _Optional[_Iterable[int]] = ..., segment_ids: _Optional[_Iterable[str]] = ..., min_identity_position: _Optional[int] = ...) -> None: ...

class CheckMembershipResponse(_message.Message):
    __slots__ = ("results", "identity_position")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_POSITION_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[CustomerMemberships]
    identity_position: int
    def __init__(self, results: _Optional[_Iterable[_Union[CustomerMemberships, _Mapping]]] = ..., identity_position: _Optional[int] = ...) -> None: ...

class CustomerMemberships(_message.Message):
    __slots__ = ("customer_id", "memberships")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIPS_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    memberships: _containers.RepeatedCompositeFieldContainer[SegmentMembership]
    def __init__(self, customer_id: _Optional[int] = ..., memberships: _Optional[_Iterable[_Union[SegmentMembership, _Mapping]]] = ...) -> None: ...

class SegmentMembership(_message.Message):
    __slots__ = ("segment_id", "membership")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIP_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    membership: Membership
    def __init__(self, segment_id: _Optional[str] = ..., membership: _Optional[_Union[Membership, _Mapping]] = ...) -> None: ...

class ListMembershipChangesRequest(_message.Message):
    __slots__ = ("segment_id", "customer_id", "page_size", "page_token")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    customer_id: int
    page_size: int
    page_token: str
    def __init__(self, segment_id: _Optional[str] = ..., customer_id: _Optional[int] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListMembershipChangesResponse(_message.Message):
    __slots__ = ("changes", "next_page_token")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[MembershipRecord]
    next_page_token: str
    def __init__(self, changes: _Optional[_Iterable[_Union[MembershipRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class MembershipRecord(_message.Message):
    __slots__ = ("segment_id", "version", "customer_id", "transition", "seq", "time", "cause")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    TRANSITION_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    version: int
    customer_id: int
    transition: Transition
    seq: int
    time: _timestamp_pb2.Timestamp
    cause: Cause
    def __init__(self, segment_id: _Optional[str] = ..., version: _Optional[int] = ..., customer_id: _Optional[int] = ..., transition: _Optional[_Union[Transition, str]] = ..., seq: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cause: _Optional[_Union[Cause, str]] = ...) -> None: ...

class CompareSegmentsRequest(_message.Message):
    __slots__ = ("segment_ids",)
    SEGMENT_IDS_FIELD_NUMBER: _ClassVar[int]
    segment_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, segment_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class CompareSegmentsResponse(_message.Message):
    __slots__ = ("sizes", "overlaps")
    SIZES_FIELD_NUMBER: _ClassVar[int]
    OVERLAPS_FIELD_NUMBER: _ClassVar[int]
    sizes: _containers.RepeatedCompositeFieldContainer[SegmentSize]
    overlaps: _containers.RepeatedCompositeFieldContainer[SegmentOverlap]
    def __init__(self, sizes: _Optional[_Iterable[_Union[SegmentSize, _Mapping]]] = ..., overlaps: _Optional[_Iterable[_Union[SegmentOverlap, _Mapping]]] = ...) -> None: ...

class SegmentSize(_message.Message):
    __slots__ = ("segment_id", "members")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    members: int
    def __init__(self, segment_id: _Optional[str] = ..., members: _Optional[int] = ...) -> None: ...

class SegmentOverlap(_message.Message):
    __slots__ = ("first_segment_id", "second_segment_id", "both", "jaccard")
    FIRST_SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SECOND_SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    BOTH_FIELD_NUMBER: _ClassVar[int]
    JACCARD_FIELD_NUMBER: _ClassVar[int]
    first_segment_id: str
    second_segment_id: str
    both: int
    jaccard: float
    def __init__(self, first_segment_id: _Optional[str] = ..., second_segment_id: _Optional[str] = ..., both: _Optional[int] = ..., jaccard: _Optional[float] = ...) -> None: ...

class CreateSnapshotRequest(_message.Message):
    __slots__ = ("segment_id", "snapshot_id")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    snapshot_id: str
    def __init__(self, segment_id: _Optional[str] = ..., snapshot_id: _Optional[str] = ...) -> None: ...

class CreateSnapshotResponse(_message.Message):
    __slots__ = ("snapshot",)
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    snapshot: Snapshot
    def __init__(self, snapshot: _Optional[_Union[Snapshot, _Mapping]] = ...) -> None: ...

class Snapshot(_message.Message):
    __slots__ = ("snapshot_id", "segment_id", "version", "as_of", "member_count")
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    MEMBER_COUNT_FIELD_NUMBER: _ClassVar[int]
    snapshot_id: str
    segment_id: str
    version: int
    as_of: _timestamp_pb2.Timestamp
    member_count: int
    def __init__(self, snapshot_id: _Optional[str] = ..., segment_id: _Optional[str] = ..., version: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., member_count: _Optional[int] = ...) -> None: ...

class ListSnapshotsRequest(_message.Message):
    __slots__ = ("segment_id", "page_size", "page_token")
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    segment_id: str
    page_size: int
    page_token: str
    def __init__(self, segment_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSnapshotsResponse(_message.Message):
    __slots__ = ("snapshots", "next_page_token")
    SNAPSHOTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    snapshots: _containers.RepeatedCompositeFieldContainer[Snapshot]
    next_page_token: str
    def __init__(self, snapshots: _Optional[_Iterable[_Union[Snapshot, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
