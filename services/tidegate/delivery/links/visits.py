"""Following links: where they lead, and what is noted of who followed them."""

import re
from dataclasses import dataclass

from tidegate.delivery.links import store
from tidegate.delivery.links.model import Engagement, TrackedLink
from tidegate.delivery.links.recording import EngagementRecorder
from tidegate.delivery.links.tokens import Purpose, Tokens
from tidegate.delivery.model import ReceiptKind
from tidegate.delivery.store import reading
from tidegate.delivery.vault import Vault
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database

_SCANNERS = re.compile(
    r"bot\b|crawl|spider|scan|preview|fetch|proofpoint|mimecast|barracuda|safelinks|curl/|wget/|python-|headless",
    re.IGNORECASE,
)
_AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)
_MOST_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who follows a link: how it is asked for, and what the browser calls itself."""

    method: str
    agent: str
    purpose: str = ""
    """What a browser says that it asks for ahead of its user."""

    @property
    def is_scanner(self) -> bool:
        """Whether no person did it: a program that only looks (HEAD), one that says what it is, or looking ahead."""
        if self.method == "HEAD" or not self.agent or _AHEAD.search(self.purpose):
            return True
        return _SCANNERS.search(self.agent) is not None

    @property
    def is_prefetcher(self) -> bool:
        """Whether it fetches pictures whether or not anybody reads: Apple Mail's proxies say no more than this."""
        return self.is_scanner or self.agent == "Mozilla/5.0"


class Visits:
    """What the HTTP edge does for each visit."""

    def __init__(
        self, database: Database, clock: Clock, *, vault: Vault, tokens: Tokens, recorder: EngagementRecorder
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._tokens = tokens
        self._recorder = recorder
        self._kept: dict[str, TrackedLink] = {}

    def follow_token(self, token: str, visitor: Visitor) -> str | None:
        """Where the link of a token leads; None when it isn't ours."""
        click = self._tokens.read_click(token)
        if click is None:
            return None
        clicked = self._click(visitor, message_id=click.message_id, link_code=click.code, link_label=click.label)
        self._recorder.note_click(clicked)
        return click.target

    def follow_code(self, code: str, visitor: Visitor) -> str | None:
        """Where the link of a code leads; None when there is none, or its time is over. Asks the database.

        Who guesses learns nothing from a code that was good once.
        """
        link = self._kept.get(code) or self._find(code)
        if link is None or (link.expire_time is not None and link.expire_time <= self._now()):
            return None
        clicked = self._click(
            visitor,
            message_id=link.message_id,
            customer_id=link.customer_id,
            link_code=link.code,
            link_label=link.label,
        )
        self._recorder.note(clicked)
        return link.target_url

    def is_kept(self, code: str) -> bool:
        """Whether follow_code() answers without asking the database."""
        return code in self._kept

    def open(self, token: str, visitor: Visitor) -> None:
        """Notes that a message was opened; a token that isn't ours is nobody's opening."""
        message_id = self._tokens.read_message(Purpose.OPEN, token)
        if message_id is not None:
            opened = Engagement(
                kind=ReceiptKind.OPENED, time=self._now(), message_id=message_id, scanner=visitor.is_prefetcher
            )
            self._recorder.note(opened)

    def may_unsubscribe(self, token: str) -> bool:
        """Whether the token is one of ours. Changes nothing."""
        return self._tokens.read_unsubscribe(token) is not None

    def look_at_unsubscribing(self, token: str) -> bool:
        """The same, by somebody who followed the link."""
        read = self._tokens.read_unsubscribe(token)
        if read is not None:
            self._recorder.looked(read.message_id)
        return read is not None

    def unsubscribe(self, token: str, timeout: float) -> bool:
        """Ends messages of the kind the token's message was; True once it is committed.

        False if it isn't ours, or of a message that is not kept any more, so that nobody knows what it was. Raises
        TimeoutError when it could not be recorded within ``timeout`` seconds.
        """
        read = self._tokens.read_unsubscribe(token)
        if read is None or not self._is_stored(read.message_id):
            return False
        ended = Engagement(kind=ReceiptKind.UNSUBSCRIBED, time=self._now(), message_id=read.message_id)
        self._recorder.promise(ended).result(timeout)
        return True

    def _is_stored(self, message_id: str) -> bool:
        with self._database.read() as connection:
            return reading.facts(connection, message_id) is not None

    def _click(
        self,
        visitor: Visitor,
        *,
        message_id: str,
        link_code: str,
        link_label: str,
        customer_id: int = 0,
    ) -> Engagement:
        return Engagement(
            kind=ReceiptKind.CLICKED,
            time=self._now(),
            message_id=message_id,
            customer_id=customer_id,
            link_code=link_code,
            link_label=link_label,
            scanner=visitor.is_scanner,
        )

    def _find(self, code: str) -> TrackedLink | None:
        with self._database.read() as connection:
            kept = store.find(connection, code)
        link = kept and self._vault.link(kept)
        if link is not None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept = {}
            self._kept[code] = link
        return link

    def _now(self) -> int:
        return micros(self._clock.now())
