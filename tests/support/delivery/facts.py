"""Messages, customers, templates and gates as facts, for what is pure of the gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.delivery.gate import Fellow, Gate
from tidegate.delivery.instants import DAY
from tidegate.delivery.model import (
    Address,
    Consent,
    ContactPoints,
    CustomerFacts,
    Facts,
    MessageClass,
    MessageState,
    RecipientKind,
    Suppressed,
)
from tidegate.delivery.policy.frequency import RuleSet
from tidegate.delivery.policy.model import Suppression
from tidegate.delivery.policy.quiet import QuietHours

NOW = 1_790_000_000_000_000
ADDRESS = Address("phone", "+8613900000000", "key")
POINTS = ContactPoints(1, [ADDRESS], "Asia/Shanghai", "zh-CN")
AGREED = CustomerFacts(1, consents=[Consent("marketing", "", "", True, 1)])


@dataclass(frozen=True)
class Known:
    """Policies of one version."""

    rules: RuleSet = field(default_factory=lambda: RuleSet.compile([], "Asia/Shanghai"))
    quiet: QuietHours = field(default_factory=lambda: QuietHours.compile([], "Asia/Shanghai"))
    ownership: Mapping[str, frozenset[str]] = field(default_factory=dict)
    exclusions: Mapping[str, Sequence[Suppression]] = field(default_factory=dict)
    paused: Mapping[str, str] = field(default_factory=dict)
    version: int = 1

    def segments(self) -> frozenset[str]:
        return frozenset()


class Usable:
    """A template that may be sent anywhere but on `fax`."""

    def usable(self, channel: str, account_id: str = "") -> bool:
        return channel != "fax"


def gate(policies: Known | None = None, *, now: int = NOW) -> Gate:
    return Gate(now, "a", "phone", policies or Known(), {"t": Usable()})


def message(number: int = 1, **changes: object) -> Facts:
    values: dict[str, object] = dict.fromkeys(Facts._fields, "") | {
        "message_id": f"m{number}",
        "caller": "shop",
        "customer_id": 1,
        "original_customer_id": 1,
        "recipient_kind": RecipientKind.CUSTOMER,
        "channels": ("sms",),
        "template_id": "t",
        "message_class": MessageClass.MARKETING,
        "purpose": "marketing",
        "priority": 0,
        "override_end": 0,
        "accept_time": NOW,
        "expire_time": NOW + 7 * DAY,
        "state": MessageState.ACCEPTED,
        "channel": "sms",
        "channel_index": 0,
        "attempts": 0,
    }
    return Facts(**values | changes)  # type: ignore[arg-type]


def suppressed(**changes: object) -> Suppressed:
    values: dict[str, object] = {
        "suppression_id": "s", "customer_id": 1, "address_key": "", "channels": frozenset(), "purpose": "",
        "brand": "", "cause": "manual",
    }  # fmt: skip
    return Suppressed(**values | changes)  # type: ignore[arg-type]


class RejectedBy:
    """A template that the providers of some accounts have refused."""

    def __init__(self, *account_ids: str) -> None:
        self.account_ids = account_ids

    def usable(self, channel: str, account_id: str = "") -> bool:
        return account_id not in self.account_ids


PHONE, OPENID = Fellow("b", (), "phone"), Fellow("b", (), "openid")
