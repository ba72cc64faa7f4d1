"""Pure: whether the links of a message are followed as people do, or all at once, as mail scanners do.

Gateways of companies follow every link of a mail before they deliver it, and call themselves browsers. Nobody opens
three different links within two seconds.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

SECONDS = 2.0
_LINKS = 3
_LASTS = 10.0


@dataclass(slots=True)
class Burst:
    """What was followed of one message, from a first link on."""

    first: float
    last: float
    links: set[str] = field(default_factory=set)

    @property
    def is_scanner(self) -> bool:
        """Whether no person can have done it; known two seconds after the first link."""
        return len(self.links) >= _LINKS


class Bursts:
    """The bursts of all messages of late; for one thread at a time."""

    def __init__(self, *, now: Callable[[], float]) -> None:
        """``now`` is in seconds and never goes back."""
        self._now = now
        self._bursts: OrderedDict[str, Burst] = OrderedDict()

    def seen(self, message_id: str, link: str) -> Burst:
        """A link of the message was followed. What comes while a scanner is at work is the scanner's too."""
        now = self._now()
        self._forget(now)
        burst = self._bursts.get(message_id)
        if burst is None or not _goes_on(burst, now):
            burst = self._bursts[message_id] = Burst(now, now)
        burst.links.add(link)
        burst.last = now
        self._bursts.move_to_end(message_id)
        return burst

    def _forget(self, now: float) -> None:
        while self._bursts:
            oldest = next(iter(self._bursts.values()))
            if now - oldest.last <= _LASTS:
                return
            self._bursts.popitem(last=False)


def _goes_on(burst: Burst, now: float) -> bool:
    return now - burst.first <= SECONDS or (burst.is_scanner and now - burst.last <= _LASTS)
