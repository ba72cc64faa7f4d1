"""A provider that misbehaves in ten ways, and remembers what it really took."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from tidegate.api.delivery.v1 import receipts_pb2 as pb
from tidegate.channels import Account, Adapter, Asked, Channel, Manifest, OutboundMessage, Outcome, Receipts, Registry

from support.delivery.adapter import KINDS, ToldSettings


class Ill(StrEnum):
    """What a call of the provider suffers from."""

    REFUSES = "refuses"
    SILENT = "silent"
    """It takes the messages, and no answer comes."""
    LATE = "late"
    """It takes them, and answers when the call has been cut off."""
    RECEIPTS_TWICE = "receipts_twice"
    RECEIPTS_OUT_OF_ORDER = "receipts_out_of_order"
    BLOCKS = "blocks"
    """It takes them, and stops the loop that the adapter lives in."""
    RAISES = "raises"
    RUBBISH = "rubbish"
    """It takes them, and answers with what are no outcomes."""
    WRONG_COUNT = "wrong_count"
    RATE_LIMITED = "rate_limited"


Choose = Callable[[str, Sequence[OutboundMessage]], Ill | Outcome | None]
_OUT_OF_ORDER = ("RECEIPT_KIND_CLICKED", "RECEIPT_KIND_DELIVERED", "RECEIPT_KIND_OPENED")


@dataclass(slots=True)
class Chaos:
    """``choose`` says, by account and batch, what a call suffers from, or what it answers; None: nothing.

    ``tell`` says what it knows of messages when it is asked. ``idempotent``: it takes a message once, however often it
    is offered, and can't be asked.
    """

    choose: Choose = field(default=lambda _account, _batch: None)
    idempotent: bool = False
    tell: Callable[[Asked], Outcome | None] = field(default=lambda _asked: None)
    queried: list[Asked] = field(default_factory=list)
    taken: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    receipts: list[pb.Receipt] = field(default_factory=list)
    suffered: Counter[Ill] = field(default_factory=Counter)
    unblocked: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def counts(self) -> Counter[str]:
        """How often the provider took each message."""
        with self.lock:
            return Counter(message_id for _, message_id in self.taken)

    def accounts_asked(self, message_id: str) -> list[str]:
        """The accounts through which a message was offered, in order."""
        with self.lock:
            return [account_id for account_id, asked in self.asked if asked == message_id]

    def take_receipts(self) -> list[pb.Receipt]:
        """What is to be reported since the last time."""
        with self.lock:
            found, self.receipts = self.receipts, []
            return found


class ChaosChannel(Channel[ToldSettings]):
    """The adapter of that provider; delivery's tests know it by the name `told`."""

    settings_type = ToldSettings
    manifest = Manifest(
        name="told", kinds=KINDS, title="Misbehaves", max_batch=3, concurrency=4, receipts=Receipts.POLL
    )

    def __init__(self, chaos: Chaos) -> None:
        self._chaos = chaos
        if chaos.idempotent:
            self.manifest = replace(self.manifest, idempotent=True, receipts=Receipts.NONE)

    async def send(self, account: Account[ToldSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        chaos = self._chaos
        with chaos.lock:
            chaos.asked += [(account.account_id, one.message_id) for one in batch]
            ill = chaos.choose(account.account_id, batch)
            if isinstance(ill, Ill):
                chaos.suffered[ill] += 1
        match ill:
            case Outcome():
                return [ill] * len(batch)
            case Ill.REFUSES:
                return [Outcome.permanent("refused", code="no")] * len(batch)
            case Ill.RATE_LIMITED:
                return [Outcome.rate_limited("slow down", retry_after=timedelta(milliseconds=50))] * len(batch)
        self._take(account.account_id, batch, ill)
        answered: Sequence[Outcome] = await self._answer(batch, ill)
        return answered

    async def query(self, account: Account[ToldSettings], asked: Sequence[Asked]) -> Sequence[Outcome | None]:
        with self._chaos.lock:
            self._chaos.queried += asked
        return [self._chaos.tell(one) for one in asked]

    def _take(self, account_id: str, batch: Sequence[OutboundMessage], ill: Ill | None) -> None:
        with self._chaos.lock:
            known = {message_id for _, message_id in self._chaos.taken} if self._chaos.idempotent else set()
            self._chaos.taken += [(account_id, one.message_id) for one in batch if one.idempotency_key not in known]
            for one in batch:
                self._chaos.receipts += _receipts(account_id, one.message_id, ill)

    async def _answer(self, batch: Sequence[OutboundMessage], ill: Ill | None) -> Any:
        accepted = [Outcome.accepted(f"p-{one.message_id}") for one in batch]
        match ill:
            case Ill.SILENT:
                await asyncio.sleep(3_600)
            case Ill.LATE:
                try:
                    await asyncio.sleep(3_600)
                except asyncio.CancelledError:
                    return accepted
            case Ill.BLOCKS:
                self._chaos.unblocked.wait(30.0)
            case Ill.RAISES:
                raise ConnectionResetError("reset by peer")
            case Ill.RUBBISH:
                return ["ok", None, 42][: len(batch)]
            case Ill.WRONG_COUNT:
                return accepted[1:]
        return accepted


def _receipts(account_id: str, message_id: str, ill: Ill | None) -> list[pb.Receipt]:
    def receipt(kind: str) -> pb.Receipt:
        return pb.Receipt(account_id=account_id, provider_message_id=f"p-{message_id}", kind=kind)

    match ill:
        case Ill.RECEIPTS_TWICE:
            return [receipt("RECEIPT_KIND_DELIVERED")] * 2
        case Ill.RECEIPTS_OUT_OF_ORDER:
            return [receipt(kind) for kind in _OUT_OF_ORDER]
    return []


def chaos_registry(chaos: Chaos) -> Registry:
    """A registry with this adapter alone."""
    return Registry([Adapter("told", "tests", "1", (ChaosChannel(chaos),))])
