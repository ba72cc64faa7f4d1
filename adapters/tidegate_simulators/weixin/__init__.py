"""What the simulators of WeChat and WeCom share: calls and their refusals, limits, sealed callbacks."""

from tidegate_simulators.weixin.endpoint import Call, Endpoint, Lane, Refusal, Route
from tidegate_simulators.weixin.inbox import Inbox, Sent
from tidegate_simulators.weixin.limits import Limits
from tidegate_simulators.weixin.pushing import Letter, Push, Pusher
from tidegate_simulators.weixin.sealing import Sealing, SealingError

__all__ = [
    "Call",
    "Endpoint",
    "Inbox",
    "Lane",
    "Letter",
    "Limits",
    "Push",
    "Pusher",
    "Refusal",
    "Route",
    "Sealing",
    "SealingError",
    "Sent",
]
