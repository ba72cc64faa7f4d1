"""The channel `sms.smpp`."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
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

from tidegate_adapters.smpp.alphabets import TooLong, parts_of
from tidegate_adapters.smpp.codes import STATUSES
from tidegate_adapters.smpp.pdus import Number, Pdu, delivery, submission
from tidegate_adapters.smpp.reports import Parts, report_of
from tidegate_adapters.smpp.session import CannotBind, NoAnswer, NotWritten, Session
from tidegate_adapters.smpp.settings import SmppSettings
from tidegate_adapters.sms.numbers import is_number

_NO_TEXT: Final = Outcome.content_rejected("the template has no part named text", scope=Scope.TEMPLATE)
_NOT_WRITTEN: Final = Outcome.retryable("the connection to the SMSC ended before the message was written")
_NO_ANSWER: Final = Outcome.uncertain("the SMSC gave no answer")
_NO_ID: Final = Outcome.uncertain("the SMSC gave no id, by which a receipt would find the message", code="0")


class SmppChannel(Channel[SmppSettings]):
    """SMS over one bound connection for each account. An `accepted` message is at the SMSC."""

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
        self._sessions: dict[str, Session] = {}
        self._opening: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Lock]] = {}
        self._references = itertools.cycle(range(256))
        self._parts = Parts()

    async def send(self, account: Account[SmppSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        try:
            session = await self._session(account)
        except CannotBind as error:
            return [self._unfit(account.settings, message) or error.outcome for message in batch]
        return await asyncio.gather(*(self._send_one(session, account.settings, message) for message in batch))

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
            return Outcome.uncertain(why, provider_id=self._parts.keep(ids), code=outcome.provider_code)
        if not ids:
            return _NO_ID
        return Outcome.accepted(self._parts.keep(ids), code="0", parts=len(parts))

    def _unfit(self, settings: SmppSettings, message: OutboundMessage) -> Outcome | None:
        """Why a message is not offered now."""
        if not is_number(message.address):
            return Outcome.invalid_recipient("not a number in E.164")
        if not message.content.text:
            return _NO_TEXT
        return settings.marketing.refusal(message, self._clock())

    async def collect(self, account: Account[SmppSettings]) -> Sequence[Report]:
        """What the SMSC has delivered. The next call, before which it was kept, tells the SMSC that it is taken."""
        try:
            session = await self._session(account)
        except CannotBind:
            return []
        session.acknowledge_collected()
        reports: list[Report] = []
        while session.arrived:
            pdu = session.arrived.popleft()
            report = self._report(account.settings, pdu)
            if report:
                reports.append(report)
                session.collected.append(pdu)
            else:
                session.acknowledge(pdu)
        return reports

    def _report(self, settings: SmppSettings, pdu: Pdu) -> Report | None:
        try:
            delivered = delivery(pdu.body)
        except ValueError:
            return None
        return report_of(delivered, self._parts, self._clock(), settings)

    async def test(self, account: Account[SmppSettings]) -> Outcome:
        """Bind, unless we are bound."""
        try:
            await self._session(account)
        except CannotBind as error:
            return error.outcome
        return Outcome.accepted(detail="the SMSC lets us in")

    async def close(self) -> None:
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await _retire(session)

    async def _session(self, account: Account[SmppSettings]) -> Session:
        async with self._lock(account.account_id):
            kept = self._sessions.get(account.account_id)
            here = asyncio.get_running_loop()
            if kept and kept.is_open and kept.loop is here and kept.settings == account.settings:
                return kept
            if kept:
                del self._sessions[account.account_id]
                await _retire(kept)
            fresh = self._sessions[account.account_id] = await Session.open(account.settings)
            return fresh

    def _lock(self, account_id: str) -> asyncio.Lock:
        here = asyncio.get_running_loop()
        loop, lock = self._opening.get(account_id, (None, None))
        if lock is None or loop is not here:
            lock = asyncio.Lock()
            self._opening[account_id] = here, lock
        return lock


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


async def _retire(session: Session) -> None:
    if session.loop is asyncio.get_running_loop():
        await session.close()
    else:
        session.abandon()


def _signed(settings: SmppSettings, text: str) -> str:
    return f"【{settings.sign_name}】{text}" if settings.sign_name and not text.startswith("【") else text
