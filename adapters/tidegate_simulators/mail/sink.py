"""The mail server, in a thread of its own."""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from tidegate_simulators.mail.protocol import Manners, SinkProtocol
from tidegate_simulators.mail.script import Moment, Script, Step

_MESSAGE_ID: Final = re.compile(rb"^message-id:\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that the sink took: who said MAIL FROM and RCPT TO, and the text with CRLF."""

    sender: str
    recipients: tuple[str, ...]
    text: bytes

    @property
    def message_id(self) -> str:
        """What stands in Message-ID, "" if nothing does."""
        found = _MESSAGE_ID.search(self.text)
        return found[1].decode() if found else ""


class MailSink:
    """A mail server on loopback for as long as a `with` block lasts.

        with MailSink() as sink:
            …send to sink.host, sink.port…
            sink.wait_for(3)

    Args:
        port: Port to listen on; 0 = any free one.
        keep: Whether mails are kept in `mails`; counts are always kept.
        on_mail: Called in the sink's thread with each mail taken.
        credentials: User name and password that a client must give; None = nobody is asked.
        pipelining: Whether PIPELINING is announced.
        tls: Certificate for STARTTLS, or for TLS from the first byte with `implicit_tls`.
    """

    host: Final = "127.0.0.1"

    def __init__(
        self,
        *,
        port: int = 0,
        keep: bool = True,
        on_mail: Callable[[Mail], None] | None = None,
        credentials: tuple[str, str] | None = None,
        pipelining: bool = True,
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
    ) -> None:
        self.port = port
        self.script = Script()
        self.mails: list[Mail] = []
        self.taken_by_recipient: Counter[str] = Counter()
        self._keep_mails = keep
        self._on_mail = on_mail
        self._manners = Manners(self.script, self._keep, credentials, pipelining)
        self._starttls = None if implicit_tls else tls
        self._tls = tls if implicit_tls else None
        self._taken = 0
        self._connections: set[SinkProtocol] = set()
        self._opened = 0
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail-sink", daemon=True)
        self._server: asyncio.Server | None = None

    @property
    def taken(self) -> int:
        """How many mails were taken, those included whose answer the client never got."""
        return self._taken

    @property
    def connections(self) -> int:
        """How many connections were ever made."""
        return self._opened

    def at(self, moment: Moment, step: Step, *, address: str = "", times: int | None = None) -> None:
        """Misbehave; see `Script.at`."""
        self.script.at(moment, step, address=address, times=times)

    def duplicates(self) -> list[str]:
        """Message-IDs that were taken more than once, of the mails kept."""
        return [name for name, count in Counter(mail.message_id for mail in self.mails).items() if count > 1]

    def wait_for(self, count: int, *, timeout: float = 10.0) -> None:
        """Wait until that many mails were taken.

        Raises:
            TimeoutError: They were not.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._taken < count:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"{self._taken} mails of {count} after {timeout} s")

    def drop_connections(self) -> None:
        """Close every open connection, as a relay does with idle ones."""
        asyncio.run_coroutine_threadsafe(self._drop_all(), self._loop).result()

    def start(self) -> None:
        """Listen; `port` is known from here on."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()

    def stop(self) -> None:
        """Close everything."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _connect(self) -> SinkProtocol:
        self._opened += 1
        protocol = SinkProtocol(self._manners, tls_context=self._starttls, loop=self._loop)
        self._connections.add(protocol)
        return protocol

    def _keep(self, sender: str, recipients: list[str], text: bytes) -> None:
        mail = Mail(sender, tuple(recipients), text)
        if self._keep_mails:
            self.mails.append(mail)
        self.taken_by_recipient.update(recipients)
        if self._on_mail:
            self._on_mail(mail)
        with self._changed:
            self._taken += 1
            self._changed.notify_all()

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(self._connect, self.host, self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server:
            self._server.close()
        await self._drop_all()

    async def _drop_all(self) -> None:
        for protocol in self._connections:
            if protocol.transport is not None:
                protocol.transport.close()
        self._connections.clear()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait(others, timeout=1.0) if others else None
