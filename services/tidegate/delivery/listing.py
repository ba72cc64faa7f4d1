"""In which order a list of messages is asked for, and from where on."""

from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.delivery.instants import given_instant
from tidegate.delivery.nul import refuse_nul
from tidegate.delivery.pages import page_place
from tidegate.runtime.errors import InvalidArgument


def is_by_time(request: pb.ListMessagesRequest) -> bool:
    """Whether the list goes by accept_time. Raises InvalidArgument where it can't."""
    if request.order not in pb.MessageOrder.values():
        raise InvalidArgument.at("order", f"{request.order} is no order of messages")
    by_time = request.order == pb.MESSAGE_ORDER_ACCEPT_TIME
    if by_time and not request.filter.customer_id:
        raise InvalidArgument.at("filter.customer_id", "is required with MESSAGE_ORDER_ACCEPT_TIME")
    if request.HasField("behind") and not by_time:
        raise InvalidArgument.at("behind", "needs the order MESSAGE_ORDER_ACCEPT_TIME")
    return by_time


def place_before(request: pb.ListMessagesRequest) -> tuple[int, str] | None:
    """The (accept_time, id) behind which the page begins; None: with the newest. Raises InvalidArgument."""
    if request.page_token or not request.HasField("behind"):
        return page_place(request.page_token)
    if not request.behind.HasField("time"):
        raise InvalidArgument.at("behind.time", "is required")
    refuse_nul(request.behind, "behind")
    return given_instant(request.behind.time, "behind.time"), request.behind.id
