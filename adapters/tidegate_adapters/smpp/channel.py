"""The channel `sms.smpp`."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from tidegate.channels import (
    SMS,
    Account,
    Channel,
    Manifest,
    OutboundMessage,
    Outcome,
    OutcomeKind,
    Receipts,
    Report,
    Scope,
)

from tidegate_adapters.calls import Kept
from tidegate_adapters.smpp.alphabets import TooLong, parts_of
from tidegate_adapters.smpp.binds import Binds
from tidegate_adapters.smpp.codes import STATUSES
from tidegate_adapters.smpp.pdus import Number, Pdu, delivery, submission
from tidegate_adapters.smpp.reports import report_of
from tidegate_adapters.smpp.session import CannotBind, NoAnswer, NotWritten, Session
from tidegate_adapters.smpp.settings import SmppSettings
from tidegate_adapters.sms.numbers import is_number

_NO_TEXT: Final = Outcome.content_rejected("the template has no part named text", scope=Scope.TEMPLATE)
_NOT_WRITTEN: Final = Outcome.retryable("the connection to the SMSC ended before the message was written")
_NO_ANSWER: Final = Outcome.uncertain("the SMSC gave no answer")
_NO_ID: Final = Outcome.uncertain("the SMSC gave no id, by which a receipt would find the message", code="0")


class SmppChannel(Channel[SmppSettings]):
    """SMS over bound connections, of which each process has its own. An `accepted` message is at the SMSC."""

    manifest = Manifest(
        name="sms.smpp",
        kinds=(SMS,),
        title="SMS through an SMSC (SMPP 3.4)",
        max_batch=100,
        receipts=Receipts.COLLECT,
        concurrency=4,
        call_timeout=timedelta(minutes=5),
    )
    settings_type = SmppSettings

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`clock` says the real time."""
        self._clock = clock
        self._kept = Kept[SmppSettings, Binds](Binds)
        self._references = itertools.cycle(range(256))

    async def send(self, account: Account[SmppSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        settings = account.settings
        async with self._kept.use(account) as binds:
            try:
                turns = itertools.cycle(await binds.bound())
            except CannotBind as error:
                return [self._unfit(settings, message) or error.outcome for message in batch]
            return await asyncio.gather(*(self._send_one(next(turns), settings, message) for message in batch))

    async def _send_one(self, session: Session, settings: SmppSettings, message: OutboundMessage) -> Outcome:
        unfit = self._unfit(settings, message)
        if unfit:
            return unfit
        try:
            coding, parts = parts_of(_signed(settings, message.content.text), next(self._references), gsm=settings.gsm)
        except TooLong as error:
            return Outcome.content_rejected(str(error))
        taken = 0
        ids: list[str] = []
        for part in parts:
            body = submission(
                Number.of(settings.sender), Number.of(message.address), coding, part, is_part=len(parts) > 1
            )
            outcome = await _submit(session, body)
            if outcome.kind is OutcomeKind.ACCEPTED:
                taken += 1
                ids += [settings.receipt_ids.of_response(outcome.provider_id)] if outcome.provider_id else []
                continue
            if not taken:
                return outcome
            why = f"{taken} of {len(parts)} parts were taken: {outcome.detail}"
            *others, last = ids or [""]
            return Outcome.uncertain(why, provider_id=last, code=outcome.provider_code, part_ids=tuple(others))
        if not ids:
            return _NO_ID
        *others, last = ids
        return Outcome.accepted(last, code="0", parts=len(parts), part_ids=tuple(others))

    def _unfit(self, settings: SmppSettings, message: OutboundMessage) -> Outcome | None:
        """Why a message is not offered now."""
        if not is_number(message.address):
            return Outcome.invalid_recipient("not a number in E.164")
        if not message.content.text:
            return _NO_TEXT
        return settings.marketing.refusal(message, self._clock())

    async def collect(self, account: Account[SmppSettings]) -> Sequence[Report]:
        """What the SMSC has delivered. The next call, before which it was kept, tells the SMSC that it is taken."""
        async with self._kept.use(account) as binds:
            try:
                sessions = await binds.bound()
            except CannotBind:
                return []
            return [report for session in sessions for report in self._collected(session, account.settings)]

    def _collected(self, session: Session, settings: SmppSettings) -> Iterator[Report]:
        session.acknowledge_collected()
        while session.arrived:
            pdu = session.arrived.popleft()
            report = self._report(settings, pdu)
            if report:
                session.collected.append(pdu)
                yield report
            else:
                session.acknowledge(pdu)

    def _report(self, settings: SmppSettings, pdu: Pdu) -> Report | None:
        try:
            delivered = delivery(pdu.body)
        except ValueError:
            return None
        return report_of(delivered, self._clock(), settings)

    async def test(self, account: Account[SmppSettings]) -> Outcome:
        """Bind, unless we are bound."""
        async with self._kept.use(account) as binds:
            try:
                await binds.bound()
            except CannotBind as error:
                return error.outcome
        return Outcome.accepted(detail="the SMSC lets us in")

    async def close(self) -> None:
        await self._kept.close()


async def _submit(session: Session, body: bytes) -> Outcome:
    try:
        answer = await session.submit(body)
    except NotWritten:
        return _NOT_WRITTEN
    except NoAnswer:
        return _NO_ANSWER
    if answer.status:
        return STATUSES.outcome(str(answer.status), "refused by the SMSC")
    return Outcome.accepted(answer.message_id, code="0")


def _signed(settings: SmppSettings, text: str) -> str:
    return f"【{settings.sign_name}】{text}" if settings.sign_name and not text.startswith("【") else text
