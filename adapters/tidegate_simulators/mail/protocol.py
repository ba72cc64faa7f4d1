"""The sink's side of SMTP: aiosmtpd's, its slow parts made quick, the script asked at each moment."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tidegate_simulators.mail.script import Moment, Script

_PATH: Final = re.compile(r"(?:FROM|TO):\s*<([^<>\s]*)>", re.IGNORECASE)
_HELD: Final = 2**20
"""Bytes the reader takes before it lets the client wait (twice that, as asyncio counts)."""

_CHUNK: Final = 2**24
"""More than the reader ever holds, so that it is empty after a read."""

Keep = Callable[[str, list[str], bytes], None]
"""Called with sender, recipients and text of every mail that is taken."""


class Closed(ConnectionResetError):
    """The script closed the connection; aiosmtpd ends the conversation on it."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How the sink behaves on every connection.

    Attributes:
        script: What it does other than accept.
        keep: Called with each mail that is taken.
        credentials: User name and password that it asks for; None = it asks nobody.
        pipelining: Whether it announces PIPELINING.
    """

    script: Script
    keep: Keep
    credentials: tuple[str, str] | None = None
    pipelining: bool = True


class SinkProtocol(SMTP):
    """One connection."""

    line_length_limit = _HELD

    def __init__(self, manners: Manners, **options: Any) -> None:
        self._manners = manners
        self._unsaid: list[bytes] = []
        super().__init__(
            self,
            authenticator=self._authenticate_login,
            auth_require_tls=False,
            data_size_limit=None,
            enable_SMTPUTF8=True,
            hostname="sink",
            ident="tidegate mail sink",
            **options,
        )

    async def handle_EHLO(  # noqa: N802 - the name that aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Announce what the sink can do."""
        session.host_name = hostname
        step = await self._step(Moment.HELLO, [])
        if step:
            return [step]
        pipelining = ["250-PIPELINING"] if self._manners.pipelining else []
        return [*responses[:-1], *pipelining, "250-8BITMIME", responses[-1]]

    async def _handle_client(self) -> None:
        """Greet, or not, and serve."""
        try:
            refusal = await self._step(Moment.CONNECT, [])
            if refusal:
                await self.push(refusal)
                self._drop()
                return
            await super()._handle_client()
        except Closed:
            return

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - as above
        """MAIL FROM:<address>."""
        if await self._needs_login():
            return
        if self._mail.mail_from is not None:
            await self.push("503 5.5.1 nested MAIL")
            return
        path = _PATH.match(arg or "")
        if not path:
            await self.push("501 5.5.4 MAIL FROM:<address>")
            return
        refusal = await self._step(Moment.MAIL, [path[1]])
        if not refusal:
            self._mail.mail_from = path[1]
        self._say_soon(refusal or "250 2.1.0 ok")

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - as above
        """RCPT TO:<address>."""
        path = _PATH.match(arg or "")
        if not path or self._mail.mail_from is None:
            await self.push("503 5.5.1 MAIL first, then RCPT TO:<address>")
            return
        refusal = await self._step(Moment.RCPT, [path[1]])
        if not refusal:
            self._mail.rcpt_tos.append(path[1])
        self._say_soon(refusal or "250 2.1.5 ok")

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - as above
        """DATA and the text."""
        if not self._mail.rcpt_tos:
            await self.push("554 5.5.1 no valid recipients")
            return
        refusal = await self._step(Moment.DATA, self._mail.rcpt_tos)
        if refusal:
            await self.push(refusal)
            return
        await self.push("354 go on")
        text = await self._read_text()
        answer = await self._take(text)
        self.envelope = self._create_envelope()
        await self.push(answer)

    async def push(self, status: str | bytes) -> None:
        """Say a reply, and before it what is still unsaid."""
        reply = status.encode() if isinstance(status, str) else status
        unsaid, self._unsaid = self._unsaid, []
        await super().push(b"\r\n".join((*unsaid, reply)))

    def _say_soon(self, reply: str) -> None:
        """Say a reply together with the next one if that comes in the same turn, as in a pipelined group."""
        self._unsaid.append(reply.encode())
        if len(self._unsaid) == 1:
            self.loop.call_soon(self._say_unsaid)

    def _say_unsaid(self) -> None:
        unsaid, self._unsaid = self._unsaid, []
        if unsaid and self.transport is not None:
            self._writer.write(b"".join(reply + b"\r\n" for reply in unsaid))

    async def _take(self, text: bytes) -> str:
        mail = self._mail
        refusal = await self._step(Moment.END, mail.rcpt_tos)
        if refusal:
            return refusal
        self._manners.keep(mail.mail_from or "", list(mail.rcpt_tos), text)
        return await self._step(Moment.KEPT, mail.rcpt_tos) or "250 2.0.0 ok: queued as sink"

    async def _read_text(self) -> bytes:
        """The text up to the lone dot, dots at the beginning of lines still doubled."""
        buffer = bytearray(b"\r\n")
        while True:
            buffer += await self._read_some()
            await self._step(Moment.TEXT, self._mail.rcpt_tos)
            end = buffer.find(b"\r\n.\r\n")
            if end >= 0:
                self._reader.feed_data(bytes(buffer[end + 5 :]))
                return bytes(buffer[2 : end + 2]).replace(b"\r\n..", b"\r\n.")

    async def _read_some(self) -> bytes:
        chunk = await self._reader.read(_CHUNK)
        if not chunk:
            raise Closed
        return chunk

    @property
    def _mail(self) -> Envelope:
        return cast("Envelope", self.envelope)

    async def _step(self, moment: Moment, addresses: list[str]) -> str:
        """Do what the script says at a moment; a reply that it wants instead of the usual one, else ""."""
        step = self._manners.script.next_step(moment, addresses)
        if step is None:
            return ""
        if step.delay:
            await asyncio.sleep(step.delay)
        if step.close:
            self._drop()
            raise Closed
        return step.reply

    def _drop(self) -> None:
        if self.transport is not None:
            self.transport.close()

    async def _needs_login(self) -> bool:
        if self._manners.credentials is None or cast("Session", self.session).authenticated:
            return False
        await self.push("530 5.7.0 authentication required")
        return True

    def _authenticate_login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: object
    ) -> AuthResult:
        given = isinstance(login, LoginPassword) and (login.login.decode(), login.password.decode())
        return AuthResult(success=given == self._manners.credentials, handled=False)
