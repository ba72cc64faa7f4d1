"""An imaginary provider and a right channel to it, for tests of the contract itself."""

import asyncio
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tidegate.channels import (
    SMS,
    Account,
    AnyChannel,
    Asked,
    Channel,
    Manifest,
    OutboundMessage,
    Outcome,
    Receipts,
    Secret,
    secret,
    setting,
)
from tidegate.channels.testing import ChannelContract, Fault


@dataclass(slots=True)
class Provider:
    """An imaginary provider within the process."""

    key: str = "open sesame"
    fault: Fault | None = None
    unknown: str = ""
    taken: list[str] = field(default_factory=list)
    connections: list[tuple[asyncio.Transport, socket.socket]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImaginarySettings:
    region: str = setting("Where the provider is")
    key: Secret = secret("Key of the account")


REFUSALS: Mapping[Fault, Outcome] = {
    Fault.UNREACHABLE: Outcome.retryable("nobody listens"),
    Fault.CLOSED_BEFORE_TAKING: Outcome.retryable("closed"),
    Fault.THROTTLING: Outcome.rate_limited("too fast", code="42"),
    Fault.REFUSED_CONTENT: Outcome.content_rejected("a bad word", code="7"),
    Fault.UNKNOWN_REFUSAL: Outcome.permanent("never heard of", code="99"),
}


class RightChannel(Channel[ImaginarySettings]):
    manifest = Manifest(
        name="imaginary", kinds=(SMS,), title="Imaginary", max_batch=3, concurrency=2, receipts=Receipts.POLL
    )
    settings_type = ImaginarySettings

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    async def send(self, account: Account[ImaginarySettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        await asyncio.sleep(0.2 if self.provider.fault is Fault.SLOW else 0)
        return [self.offer(account, message) for message in batch]

    async def query(self, account: Account[ImaginarySettings], asked: Sequence[Asked]) -> Sequence[Outcome | None]:
        return [Outcome.accepted() if one.message_id in self.provider.taken else None for one in asked]

    async def test(self, account: Account[ImaginarySettings]) -> Outcome:
        return self.refusal(account) or Outcome.accepted()

    def offer(self, account: Account[ImaginarySettings], message: OutboundMessage) -> Outcome:
        refused = self.refusal(account)
        if refused:
            return refused
        if self.provider.fault is Fault.UNKNOWN_RECIPIENT and message.address == self.provider.unknown:
            return Outcome.invalid_recipient("unknown", code="1")
        self.provider.taken.append(message.message_id)
        if self.provider.fault in (Fault.CLOSED_AFTER_TAKING, Fault.SILENT_AFTER_TAKING):
            return Outcome.uncertain("no answer")
        return Outcome.accepted(f"p-{message.message_id}")

    def refusal(self, account: Account[ImaginarySettings]) -> Outcome | None:
        if account.settings.key.reveal() != self.provider.key:
            return Outcome.auth_error("who are you", code="3")
        return REFUSALS.get(self.provider.fault) if self.provider.fault else None


class ImaginaryContract(ChannelContract):
    secrets = {"key": "open sesame", "old": "open barley"}  # noqa: RUF012 - as the contract declares it

    channel_type: type[RightChannel] = RightChannel

    def setup_method(self) -> None:
        self.provider = Provider()
        self.key = "key"

    def make_channel(self) -> AnyChannel:
        return self.channel_type(self.provider)

    def settings(self) -> Mapping[str, object]:
        return {"region": "here", "key": self.key}

    def address(self, number: int) -> str:
        return f"+86139{number:08}"

    def received(self) -> Sequence[str]:
        return self.provider.taken

    @contextmanager
    def provoke(self, fault: Fault) -> Iterator[None]:
        self.provider.fault, self.provider.unknown = fault, self.address(1)
        if fault is Fault.BAD_CREDENTIALS:
            self.key = "old"
        yield
        self.provider.fault, self.key = None, "key"
