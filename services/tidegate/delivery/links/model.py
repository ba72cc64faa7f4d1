"""Links that are kept, and what customers choose by those of messages."""

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.delivery.model import ReceiptKind

ONE_CLICK = "one_click"
"""Where a consent was withdrawn by one click, as the feed says it."""

PREFERENCES = "preferences"
"""Where a consent was withdrawn on the page of preferences, as the feed says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedLink:
    """A link that leads to ``target_url`` until ``expire_time``; None is for ever. Instants are microseconds.

    ``message_id`` and ``customer_id`` are empty for a link of nobody's own; ``label`` names it in reports.
    """

    code: str
    target_url: str
    message_id: str = ""
    customer_id: int = 0
    campaign_id: str = ""
    label: str = ""
    expire_time: int | None = None
    create_time: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """Messages for a purpose on a channel, and whether the customer gets them as things stand."""

    purpose: str
    channel: str
    is_on: bool

    @property
    def way(self) -> tuple[str, str]:
        """What is chosen."""
        return self.purpose, self.channel


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to choose, and the (purpose, channel) of the message whose link it is.

    Both are empty where the message is not kept.
    """

    choices: Sequence[Choice] = ()
    way: tuple[str, str] = ("", "")

    @property
    def is_kept(self) -> bool:
        """Whether the message whose link it is, is kept."""
        return self.way != ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """Something a customer did with a message or a link: opened, clicked or unsubscribed.

    ``customer_id`` is that of a link without a message, 0 for nobody's.
    """

    kind: ReceiptKind
    time: int
    message_id: str = ""
    customer_id: int = 0
    link_code: str = ""
    link_label: str = ""
    scanner: bool = False
