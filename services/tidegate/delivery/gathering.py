"""When a message is first asked about: what campaigns send gathers, so that the best of it goes first."""

from tidegate.delivery.model import MessageClass
from tidegate.delivery.order import Order


def wake_time(order: Order, now: int, tick: int) -> int | None:
    """The instant at which the gate first looks at the message; None: at once.

    What a campaign sends to customers waits for the next of the instants that are ``tick`` µs apart, the same for all
    of them; unless it would expire by then, or somebody's own walk through a journey has come to it. 0 gathers nothing.
    """
    first = now if order.send_after is None else max(order.send_after, now)
    sent_to_many = order.campaign_id and not order.enrollment_id
    if tick and sent_to_many and order.message_class is MessageClass.MARKETING:
        gathered = -(-(first + (first == now)) // tick) * tick
        first = gathered if gathered < order.expire_time else first
    return first if first > now else None
