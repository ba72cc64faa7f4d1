"""An adapter for tests: accepts everything and remembers it, unless it is told to do something else."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tidegate.channels import Account, Adapter, Channel, Kind, Manifest, OutboundMessage, Outcome, Registry

WECHAT = "wechat.openid:wx1"
_NAMESPACES = {"sms": "phone", "email": "email", "push": "device", "wechat": "wechat.openid:{appid}"}
KINDS = tuple(Kind(name, namespace) for name, namespace in _NAMESPACES.items())
Answer = Callable[[OutboundMessage], Outcome]


@dataclass(frozen=True, slots=True)
class ToldSettings:
    """By which app an account sends, where its channel's addresses are those of an app."""

    appid: str = "wx1"


@dataclass(slots=True)
class Told:
    """What the adapter does and what it has seen. ``delay`` seconds pass in each call."""

    answer: Answer | None = None
    delay: float = 0.0
    max_batch: int = 10
    sent: list[OutboundMessage] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ids(self) -> list[str]:
        """The messages seen, in order, each as often as it was seen."""
        with self.lock:
            return [message.message_id for message in self.sent]

    @property
    def counts(self) -> Counter[str]:
        """How often each message was seen."""
        return Counter(self.ids)


class ToldChannel(Channel[ToldSettings]):
    """Does as ``told`` says."""

    settings_type = ToldSettings

    def __init__(self, told: Told, manifest: Manifest | None = None) -> None:
        self._told = told
        self.manifest = manifest or Manifest(name="told", kinds=KINDS, title="Tests", max_batch=told.max_batch)

    async def send(self, account: Account[ToldSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        if self._told.delay:
            await asyncio.sleep(self._told.delay)
        with self._told.lock:
            self._told.sent += batch
        answer = self._told.answer
        return [answer(one) if answer else Outcome.accepted(f"p-{one.message_id}") for one in batch]


def told_registry(told: Told) -> Registry:
    """A registry with this adapter alone."""
    return Registry([Adapter("told", "tests", "1", (ToldChannel(told),))])
