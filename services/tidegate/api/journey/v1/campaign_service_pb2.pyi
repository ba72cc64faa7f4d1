from google.protobuf import field_mask_pb2 as _field_mask_pb2
from tidegate.api.common.v1 import annotations_pb2 as _annotations_pb2
from tidegate.api.common.v1 import common_pb2 as _common_pb2
from tidegate.api.journey.v1 import campaigns_pb2 as _campaigns_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateCampaignRequest(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaigns_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaigns_pb2.Campaign, _Mapping]] = ...) -> None: ...

class CreateCampaignResponse(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaigns_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaigns_pb2.Campaign, _Mapping]] = ...) -> None: ...

class UpdateCampaignRequest(_message.Message):
    __slots__ = ("campaign", "update_mask")
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaigns_pb2.Campaign
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, campaign: _Optional[_Union[_campaigns_pb2.Campaign, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateCampaignResponse(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaigns_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaigns_pb2.Campaign, _Mapping]] = ...) -> None: ...

class GetCampaignRequest(_message.Message):
    __slots__ = ("campaign_id",)
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    def __init__(self, campaign_id: _Optional[str] = ...) -> None: ...

class GetCampaignResponse(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaigns_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaigns_pb2.Campaign, _Mapping]] = ...) -> None: ...

class ListCampaignsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[_campaigns_pb2.CampaignState]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_campaigns_pb2.CampaignState, str]]] = ...) -> None: ...

class ListCampaignsResponse(_message.Message):
    __slots__ = ("campaigns", "next_page_token")
    CAMPAIGNS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    campaigns: _containers.RepeatedCompositeFieldContainer[_campaigns_pb2.Campaign]
    next_page_token: str
    def __init__(self, campaigns: _Optional[_Iterable[_Union[_campaigns_pb2.Campaign, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ActivateCampaignRequest(_message.Message):
    __slots__ = ("campaign_id", "etag")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    etag: str
    def __init__(self, campaign_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class ActivateCampaignResponse(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaigns_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaigns_pb2.Campaign, _Mapping]] = ...) -> None: ...

class PauseCampaignRequest(_message.Message):
    __slots__ = ("campaign_id",)
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    def __init__(self, campaign_id: _Optional[str] = ...) -> None: ...

class PauseCampaignResponse(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaigns_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaigns_pb2.Campaign, _Mapping]] = ...) -> None: ...

class EndCampaignRequest(_message.Message):
    __slots__ = ("campaign_id",)
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    def __init__(self, campaign_id: _Optional[str] = ...) -> None: ...

class EndCampaignResponse(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaigns_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaigns_pb2.Campaign, _Mapping]] = ...) -> None: ...

class GetCampaignCalendarRequest(_message.Message):
    __slots__ = ("campaign_id", "days")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    days: _campaigns_pb2.DateSpan
    def __init__(self, campaign_id: _Optional[str] = ..., days: _Optional[_Union[_campaigns_pb2.DateSpan, _Mapping]] = ...) -> None: ...

class GetCampaignCalendarResponse(_message.Message):
    __slots__ = ("days",)
    DAYS_FIELD_NUMBER: _ClassVar[int]
    days: _containers.RepeatedCompositeFieldContainer[_campaigns_pb2.CalendarDay]
    def __init__(self, days: _Optional[_Iterable[_Union[_campaigns_pb2.CalendarDay, _Mapping]]] = ...) -> None: ...

class ForecastCampaignRequest(_message.Message):
    __slots__ = ("campaign_id", "span", "sample_size", "forecast_id")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_SIZE_FIELD_NUMBER: _ClassVar[int]
    FORECAST_ID_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    span: _common_pb2.Interval
    sample_size: int
    forecast_id: str
    def __init__(self, campaign_id: _Optional[str] = ..., span: _Optional[_Union[_common_pb2.Interval, _Mapping]] = ..., sample_size: _Optional[int] = ..., forecast_id: _Optional[str] = ...) -> None: ...

class ForecastCampaignResponse(_message.Message):
    __slots__ = ("forecast",)
    FORECAST_FIELD_NUMBER: _ClassVar[int]
    forecast: _campaigns_pb2.Forecast
    def __init__(self, forecast: _Optional[_Union[_campaigns_pb2.Forecast, _Mapping]] = ...) -> None: ...

class GetForecastRequest(_message.Message):
    __slots__ = ("forecast_id",)
    FORECAST_ID_FIELD_NUMBER: _ClassVar[int]
    forecast_id: str
    def __init__(self, forecast_id: _Optional[str] = ...) -> None: ...

class GetForecastResponse(_message.Message):
    __slots__ = ("forecast",)
    FORECAST_FIELD_NUMBER: _ClassVar[int]
    forecast: _campaigns_pb2.Forecast
    def __init__(self, forecast: _Optional[_Union[_campaigns_pb2.Forecast, _Mapping]] = ...) -> None: ...

class CancelForecastRequest(_message.Message):
    __slots__ = ("forecast_id",)
    FORECAST_ID_FIELD_NUMBER: _ClassVar[int]
    forecast_id: str
    def __init__(self, forecast_id: _Optional[str] = ...) -> None: ...

class CancelForecastResponse(_message.Message):
    __slots__ = ("forecast",)
    FORECAST_FIELD_NUMBER: _ClassVar[int]
    forecast: _campaigns_pb2.Forecast
    def __init__(self, forecast: _Optional[_Union[_campaigns_pb2.Forecast, _Mapping]] = ...) -> None: ...
