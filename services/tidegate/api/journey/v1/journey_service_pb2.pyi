import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from tidegate.api.common.v1 import annotations_pb2 as _annotations_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.journey.v1 import changes_pb2 as _changes_pb2
from tidegate.api.journey.v1 import enrollments_pb2 as _enrollments_pb2
from tidegate.api.journey.v1 import entry_pb2 as _entry_pb2
from tidegate.api.journey.v1 import journey_templates_pb2 as _journey_templates_pb2
from tidegate.api.journey.v1 import journeys_pb2 as _journeys_pb2
from tidegate.api.journey.v1 import stats_pb2 as _stats_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EnrollmentOrder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENROLLMENT_ORDER_UNSPECIFIED: _ClassVar[EnrollmentOrder]
    ENROLLMENT_ORDER_ENTRY_TIME: _ClassVar[EnrollmentOrder]
    ENROLLMENT_ORDER_END_TIME: _ClassVar[EnrollmentOrder]
ENROLLMENT_ORDER_UNSPECIFIED: EnrollmentOrder
ENROLLMENT_ORDER_ENTRY_TIME: EnrollmentOrder
ENROLLMENT_ORDER_END_TIME: EnrollmentOrder

class CreateJourneyRequest(_message.Message):
    __slots__ = ("journey",)
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    journey: _journeys_pb2.Journey
    def __init__(self, journey: _Optional[_Union[_journeys_pb2.Journey, _Mapping]] = ...) -> None: ...

class CreateJourneyResponse(_message.Message):
    __slots__ = ("journey",)
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    journey: _journeys_pb2.Journey
    def __init__(self, journey: _Optional[_Union[_journeys_pb2.Journey, _Mapping]] = ...) -> None: ...

class UpdateDraftRequest(_message.Message):
    __slots__ = ("journey", "update_mask")
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    journey: _journeys_pb2.Journey
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, journey: _Optional[_Union[_journeys_pb2.Journey, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateDraftResponse(_message.Message):
    __slots__ = ("journey",)
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    journey: _journeys_pb2.Journey
    def __init__(self, journey: _Optional[_Union[_journeys_pb2.Journey, _Mapping]] = ...) -> None: ...

class ValidateJourneyRequest(_message.Message):
    __slots__ = ("journey_id", "definition", "skip_references")
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    SKIP_REFERENCES_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    definition: _journeys_pb2.Definition
    skip_references: bool
    def __init__(self, journey_id: _Optional[str] = ..., definition: _Optional[_Union[_journeys_pb2.Definition, _Mapping]] = ..., skip_references: bool = ...) -> None: ...

class ValidateJourneyResponse(_message.Message):
    __slots__ = ("issues", "publishable")
    ISSUES_FIELD_NUMBER: _ClassVar[int]
    PUBLISHABLE_FIELD_NUMBER: _ClassVar[int]
    issues: _containers.RepeatedCompositeFieldContainer[_journeys_pb2.ValidationIssue]
    publishable: bool
    def __init__(self, issues: _Optional[_Iterable[_Union[_journeys_pb2.ValidationIssue, _Mapping]]] = ..., publishable: bool = ...) -> None: ...

class PublishJourneyRequest(_message.Message):
    __slots__ = ("journey_id", "etag", "migration", "dry_run", "note")
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    MIGRATION_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    etag: str
    migration: _journeys_pb2.MigrationPlan
    dry_run: bool
    note: str
    def __init__(self, journey_id: _Optional[str] = ..., etag: _Optional[str] = ..., migration: _Optional[_Union[_journeys_pb2.MigrationPlan, _Mapping]] = ..., dry_run: bool = ..., note: _Optional[str] = ...) -> None: ...

class PublishJourneyResponse(_message.Message):
    __slots__ = ("version", "migration_counts", "issues")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MIGRATION_COUNTS_FIELD_NUMBER: _ClassVar[int]
    ISSUES_FIELD_NUMBER: _ClassVar[int]
    version: _journeys_pb2.JourneyVersion
    migration_counts: _containers.RepeatedCompositeFieldContainer[_journeys_pb2.NodeMigrationCount]
    issues: _containers.RepeatedCompositeFieldContainer[_journeys_pb2.ValidationIssue]
    def __init__(self, version: _Optional[_Union[_journeys_pb2.JourneyVersion, _Mapping]] = ..., migration_counts: _Optional[_Iterable[_Union[_journeys_pb2.NodeMigrationCount, _Mapping]]] = ..., issues: _Optional[_Iterable[_Union[_journeys_pb2.ValidationIssue, _Mapping]]] = ...) -> None: ...

class PauseJourneyRequest(_message.Message):
    __slots__ = ("journey_id", "reason")
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    reason: str
    def __init__(self, journey_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class PauseJourneyResponse(_message.Message):
    __slots__ = ("journey",)
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    journey: _journeys_pb2.Journey
    def __init__(self, journey: _Optional[_Union[_journeys_pb2.Journey, _Mapping]] = ...) -> None: ...

class ResumeJourneyRequest(_message.Message):
    __slots__ = ("journey_id",)
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    def __init__(self, journey_id: _Optional[str] = ...) -> None: ...

class ResumeJourneyResponse(_message.Message):
    __slots__ = ("journey",)
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    journey: _journeys_pb2.Journey
    def __init__(self, journey: _Optional[_Union[_journeys_pb2.Journey, _Mapping]] = ...) -> None: ...

class ArchiveJourneyRequest(_message.Message):
    __slots__ = ("journey_id",)
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    def __init__(self, journey_id: _Optional[str] = ...) -> None: ...

class ArchiveJourneyResponse(_message.Message):
    __slots__ = ("journey",)
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    journey: _journeys_pb2.Journey
    def __init__(self, journey: _Optional[_Union[_journeys_pb2.Journey, _Mapping]] = ...) -> None: ...

class GetJourneyRequest(_message.Message):
    __slots__ = ("journey_id",)
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    def __init__(self, journey_id: _Optional[str] = ...) -> None: ...

class GetJourneyResponse(_message.Message):
    __slots__ = ("journey",)
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    journey: _journeys_pb2.Journey
    def __init__(self, journey: _Optional[_Union[_journeys_pb2.Journey, _Mapping]] = ...) -> None: ...

class ListJourneysRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states", "campaign_id")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[_journeys_pb2.JourneyState]
    campaign_id: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_journeys_pb2.JourneyState, str]]] = ..., campaign_id: _Optional[str] = ...) -> None: ...

class ListJourneysResponse(_message.Message):
    __slots__ = ("journeys", "next_page_token")
    JOURNEYS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    journeys: _containers.RepeatedCompositeFieldContainer[_journeys_pb2.Journey]
    next_page_token: str
    def __init__(self, journeys: _Optional[_Iterable[_Union[_journeys_pb2.Journey, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListVersionsRequest(_message.Message):
    __slots__ = ("journey_id", "page_size", "page_token")
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    page_size: int
    page_token: str
    def __init__(self, journey_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListVersionsResponse(_message.Message):
    __slots__ = ("versions", "next_page_token")
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[_journeys_pb2.JourneyVersion]
    next_page_token: str
    def __init__(self, versions: _Optional[_Iterable[_Union[_journeys_pb2.JourneyVersion, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class EnrollCustomersRequest(_message.Message):
    __slots__ = ("journey_id", "items")
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    items: _containers.RepeatedCompositeFieldContainer[_entry_pb2.EnrollmentItem]
    def __init__(self, journey_id: _Optional[str] = ..., items: _Optional[_Iterable[_Union[_entry_pb2.EnrollmentItem, _Mapping]]] = ...) -> None: ...

class EnrollCustomersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[EnrollmentResult]
    def __init__(self, results: _Optional[_Iterable[_Union[EnrollmentResult, _Mapping]]] = ...) -> None: ...

class EnrollmentResult(_message.Message):
    __slots__ = ("outcome", "error")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    outcome: _enrollments_pb2.EnrollmentOutcome
    error: _common_pb2.ItemError
    def __init__(self, outcome: _Optional[_Union[_enrollments_pb2.EnrollmentOutcome, _Mapping]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class ExitCustomersRequest(_message.Message):
    __slots__ = ("journey_id", "customer_ids", "entry_key", "reason")
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    ENTRY_KEY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    customer_ids: _containers.RepeatedScalarFieldContainer[int]
    entry_key: str
    reason: str
    def __init__(self, journey_id: _Optional[str] = ..., customer_ids: _Optional[_Iterable[int]] = ..., entry_key: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ExitCustomersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ExitResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ExitResult, _Mapping]]] = ...) -> None: ...

class ExitResult(_message.Message):
    __slots__ = ("outcome", "error")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    outcome: _enrollments_pb2.ExitOutcome
    error: _common_pb2.ItemError
    def __init__(self, outcome: _Optional[_Union[_enrollments_pb2.ExitOutcome, _Mapping]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ...) -> None: ...

class ListEnrollmentsRequest(_message.Message):
    __slots__ = ("journey_id", "customer_id", "states", "node_id", "page_size", "page_token", "order", "interval", "behind")
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    BEHIND_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    customer_id: int
    states: _containers.RepeatedScalarFieldContainer[_enrollments_pb2.EnrollmentState]
    node_id: str
    page_size: int
    page_token: str
    order: EnrollmentOrder
    interval: _common_pb2.Interval
    behind: _common_pb2.Place
    def __init__(self, journey_id: _Optional[str] = ..., customer_id: _Optional[int] = ..., states: _Optional[_Iterable[_Union[_enrollments_pb2.EnrollmentState, str]]] = ..., node_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., order: _Optional[_Union[EnrollmentOrder, str]] = ..., interval: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., behind: _Optional[_Union[_common_pb2.Place, _Mapping]] = ...) -> None: ...

class ListEnrollmentsResponse(_message.Message):
    __slots__ = ("enrollments", "next_page_token")
    ENROLLMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    enrollments: _containers.RepeatedCompositeFieldContainer[_enrollments_pb2.Enrollment]
    next_page_token: str
    def __init__(self, enrollments: _Optional[_Iterable[_Union[_enrollments_pb2.Enrollment, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetEnrollmentRequest(_message.Message):
    __slots__ = ("enrollment_id",)
    ENROLLMENT_ID_FIELD_NUMBER: _ClassVar[int]
    enrollment_id: str
    def __init__(self, enrollment_id: _Optional[str] = ...) -> None: ...

class GetEnrollmentResponse(_message.Message):
    __slots__ = ("enrollment", "steps")
    ENROLLMENT_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    enrollment: _enrollments_pb2.Enrollment
    steps: _containers.RepeatedCompositeFieldContainer[_enrollments_pb2.Step]
    def __init__(self, enrollment: _Optional[_Union[_enrollments_pb2.Enrollment, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[_enrollments_pb2.Step, _Mapping]]] = ...) -> None: ...

class GetJourneyStatsRequest(_message.Message):
    __slots__ = ("journey_id", "version")
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    version: int
    def __init__(self, journey_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class GetJourneyStatsResponse(_message.Message):
    __slots__ = ("stats",)
    STATS_FIELD_NUMBER: _ClassVar[int]
    stats: _stats_pb2.JourneyStats
    def __init__(self, stats: _Optional[_Union[_stats_pb2.JourneyStats, _Mapping]] = ...) -> None: ...

class ListStuckRequest(_message.Message):
    __slots__ = ("journey_id", "overdue_after", "page_size", "page_token")
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_AFTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    overdue_after: _duration_pb2.Duration
    page_size: int
    page_token: str
    def __init__(self, journey_id: _Optional[str] = ..., overdue_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListStuckResponse(_message.Message):
    __slots__ = ("stuck", "next_page_token")
    STUCK_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    stuck: _containers.RepeatedCompositeFieldContainer[_stats_pb2.StuckEnrollment]
    next_page_token: str
    def __init__(self, stuck: _Optional[_Iterable[_Union[_stats_pb2.StuckEnrollment, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SimulateJourneyRequest(_message.Message):
    __slots__ = ("journey_id", "version", "simulation", "simulation_id")
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SIMULATION_FIELD_NUMBER: _ClassVar[int]
    SIMULATION_ID_FIELD_NUMBER: _ClassVar[int]
    journey_id: str
    version: int
    simulation: _stats_pb2.SimulationRequest
    simulation_id: str
    def __init__(self, journey_id: _Optional[str] = ..., version: _Optional[int] = ..., simulation: _Optional[_Union[_stats_pb2.SimulationRequest, _Mapping]] = ..., simulation_id: _Optional[str] = ...) -> None: ...

class SimulateJourneyResponse(_message.Message):
    __slots__ = ("simulation",)
    SIMULATION_FIELD_NUMBER: _ClassVar[int]
    simulation: _stats_pb2.Simulation
    def __init__(self, simulation: _Optional[_Union[_stats_pb2.Simulation, _Mapping]] = ...) -> None: ...

class GetSimulationRequest(_message.Message):
    __slots__ = ("simulation_id",)
    SIMULATION_ID_FIELD_NUMBER: _ClassVar[int]
    simulation_id: str
    def __init__(self, simulation_id: _Optional[str] = ...) -> None: ...

class GetSimulationResponse(_message.Message):
    __slots__ = ("simulation",)
    SIMULATION_FIELD_NUMBER: _ClassVar[int]
    simulation: _stats_pb2.Simulation
    def __init__(self, simulation: _Optional[_Union[_stats_pb2.Simulation, _Mapping]] = ...) -> None: ...

class CancelSimulationRequest(_message.Message):
    __slots__ = ("simulation_id",)
    SIMULATION_ID_FIELD_NUMBER: _ClassVar[int]
    simulation_id: str
    def __init__(self, simulation_id: _Optional[str] = ...) -> None: ...

class CancelSimulationResponse(_message.Message):
    __slots__ = ("simulation",)
    SIMULATION_FIELD_NUMBER: _ClassVar[int]
    simulation: _stats_pb2.Simulation
    def __init__(self, simulation: _Optional[_Union[_stats_pb2.Simulation, _Mapping]] = ...) -> None: ...

class CreateJourneyTemplateRequest(_message.Message):
    __slots__ = ("journey_template",)
    JOURNEY_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    journey_template: _journey_templates_pb2.JourneyTemplate
    def __init__(self, journey_template: _Optional[_Union[_journey_templates_pb2.JourneyTemplate, _Mapping]] = ...) -> None: ...

class CreateJourneyTemplateResponse(_message.Message):
    __slots__ = ("journey_template",)
    JOURNEY_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    journey_template: _journey_templates_pb2.JourneyTemplate
    def __init__(self, journey_template: _Optional[_Union[_journey_templates_pb2.JourneyTemplate, _Mapping]] = ...) -> None: ...

class UpdateJourneyTemplateRequest(_message.Message):
    __slots__ = ("journey_template", "update_mask")
    JOURNEY_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    journey_template: _journey_templates_pb2.JourneyTemplate
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, journey_template: _Optional[_Union[_journey_templates_pb2.JourneyTemplate, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateJourneyTemplateResponse(_message.Message):
    __slots__ = ("journey_template",)
    JOURNEY_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    journey_template: _journey_templates_pb2.JourneyTemplate
    def __init__(self, journey_template: _Optional[_Union[_journey_templates_pb2.JourneyTemplate, _Mapping]] = ...) -> None: ...

class GetJourneyTemplateRequest(_message.Message):
    __slots__ = ("journey_template_id",)
    JOURNEY_TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    journey_template_id: str
    def __init__(self, journey_template_id: _Optional[str] = ...) -> None: ...

class GetJourneyTemplateResponse(_message.Message):
    __slots__ = ("journey_template",)
    JOURNEY_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    journey_template: _journey_templates_pb2.JourneyTemplate
    def __init__(self, journey_template: _Optional[_Union[_journey_templates_pb2.JourneyTemplate, _Mapping]] = ...) -> None: ...

class ListJourneyTemplatesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListJourneyTemplatesResponse(_message.Message):
    __slots__ = ("journey_templates", "next_page_token")
    JOURNEY_TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    journey_templates: _containers.RepeatedCompositeFieldContainer[_journey_templates_pb2.JourneyTemplate]
    next_page_token: str
    def __init__(self, journey_templates: _Optional[_Iterable[_Union[_journey_templates_pb2.JourneyTemplate, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeleteJourneyTemplateRequest(_message.Message):
    __slots__ = ("journey_template_id", "etag")
    JOURNEY_TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    journey_template_id: str
    etag: str
    def __init__(self, journey_template_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteJourneyTemplateResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class InstantiateJourneyTemplateRequest(_message.Message):
    __slots__ = ("journey_template_id", "journey_id", "display_name", "parameters")
    class ParametersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _common_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_common_pb2.Value, _Mapping]] = ...) -> None: ...
    JOURNEY_TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    journey_template_id: str
    journey_id: str
    display_name: str
    parameters: _containers.MessageMap[str, _common_pb2.Value]
    def __init__(self, journey_template_id: _Optional[str] = ..., journey_id: _Optional[str] = ..., display_name: _Optional[str] = ..., parameters: _Optional[_Mapping[str, _common_pb2.Value]] = ...) -> None: ...

class InstantiateJourneyTemplateResponse(_message.Message):
    __slots__ = ("journey",)
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    journey: _journeys_pb2.Journey
    def __init__(self, journey: _Optional[_Union[_journeys_pb2.Journey, _Mapping]] = ...) -> None: ...

class ListChangesRequest(_message.Message):
    __slots__ = ("after_position", "page_size", "wait", "kinds")
    AFTER_POSITION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    after_position: int
    page_size: int
    wait: _duration_pb2.Duration
    kinds: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, after_position: _Optional[int] = ..., page_size: _Optional[int] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., kinds: _Optional[_Iterable[str]] = ...) -> None: ...

class ListChangesResponse(_message.Message):
    __slots__ = ("changes", "next_position", "head_position")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_POSITION_FIELD_NUMBER: _ClassVar[int]
    HEAD_POSITION_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[_changes_pb2.Change]
    next_position: int
    head_position: int
    def __init__(self, changes: _Optional[_Iterable[_Union[_changes_pb2.Change, _Mapping]]] = ..., next_position: _Optional[int] = ..., head_position: _Optional[int] = ...) -> None: ...

class ExportCustomerRequest(_message.Message):
    __slots__ = ("customer_id",)
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    customer_id: int
    def __init__(self, customer_id: _Optional[int] = ...) -> None: ...

class ExportCustomerResponse(_message.Message):
    __slots__ = ("json",)
    JSON_FIELD_NUMBER: _ClassVar[int]
    json: str
    def __init__(self, json: _Optional[str] = ...) -> None: ...
