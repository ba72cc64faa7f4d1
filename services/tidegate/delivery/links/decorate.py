"""Gives each message its own links: what a template marked becomes an address that tells who followed it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from tidegate.channels import Content
from tidegate.delivery.links import store
from tidegate.delivery.links.codes import SHORT, new_code
from tidegate.delivery.links.marks import MarkKind, is_marked, replace_marks, replace_marks_in_html
from tidegate.delivery.links.model import TrackedLink
from tidegate.delivery.links.room import Room
from tidegate.delivery.links.tokens import Subscription, Tokens
from tidegate.delivery.vault import Vault
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database

_SHORT_CHANNELS = frozenset({"sms", "mms"})
_BODY_END = "</body>"


class Rendered(NamedTuple):
    """A message as its template gave it, and then as it goes out. ``marketing``: one click ends its kind, which is
    that of its channel, ``purpose`` and ``brand``.
    """

    message_id: str
    customer_id: int
    channel: str
    campaign_id: str
    marketing: bool
    content: Content
    unsubscribe_url: str = ""
    purpose: str = ""
    brand: str = ""


class Crowded(Exception):
    """There is no room for another short code, and nothing else will do."""


class Decorator:
    """Makes links. In SMS they are short and need a row each; everywhere else they carry all they need."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        vault: Vault,
        tokens: Tokens,
        public_url: str,
        room: Room,
        short_life: int,
    ) -> None:
        """``public_url`` is how the world reaches the HTTP edge, without a slash at the end.

        Short links live for ``short_life`` microseconds.
        """
        self._database = database
        self._clock = clock
        self._vault = vault
        self._tokens = tokens
        self._url = public_url
        self._room = room
        self._short_life = short_life

    def decorate(self, batch: Sequence[Rendered]) -> list[Rendered | Crowded]:
        """The messages with their links, in order. One statement for all short ones of the batch.

        Where there is no room for short codes, links in SMS are long; a message that needs a code is Crowded.
        """
        works = [_Work(one, self._tokens, self._url) for one in batch]
        made = [work.run() for work in works]
        count = sum(len(work.short) for work in works)
        if count and not self._room.take(count):
            return [work.run_without_codes() for work in works]
        self._keep(works, made)
        return [*made]

    def _keep(self, works: Sequence["_Work"], made: list[Rendered]) -> None:
        """Adds the short links; those whose codes are taken get others."""
        waiting = [index for index, work in enumerate(works) if work.short]
        while waiting:
            free = self._add([link for index in waiting for link in works[index].short])
            waiting = [index for index in waiting if not free.issuperset(map(_place, works[index].short))]
            for index in waiting:  # another message has the code: again, with others
                made[index] = works[index].run()

    def _add(self, links: Sequence[TrackedLink]) -> set[tuple[str, ...]]:
        """Adds those whose codes are free, and says which."""
        now = micros(self._clock.now())
        by_code: dict[str, TrackedLink] = {}
        for link in links:
            by_code.setdefault(link.code, replace(link, create_time=now, expire_time=now + self._short_life))
        sealed = self._vault.seal_links(by_code.values())
        added = self._database.run(lambda connection: store.add(connection, sealed))
        return {_place(by_code[code]) for code in added}


class _Work:
    """The links of one message. ``short`` are those that need a row."""

    def __init__(self, rendered: Rendered, tokens: Tokens, url: str) -> None:
        self._rendered = rendered
        self._tokens = tokens
        self._url = url
        self._shortens = True
        self.short: list[TrackedLink] = []

    def run(self) -> Rendered:
        """The message with links, the short ones with new codes."""
        self.short = []
        rendered = self._rendered
        unsubscribe = self._unsubscribe() if rendered.marketing else ""
        return rendered._replace(content=self._content(rendered.content), unsubscribe_url=unsubscribe)

    def run_without_codes(self) -> Rendered | Crowded:
        """The message with long links alone."""
        self._shortens = False
        try:
            return self.run()
        except Crowded as crowded:
            return crowded

    def _content(self, content: Content) -> Content:
        changed: dict[str, Any] = dict(self._changed(content))
        if content.html:
            changed["html"] = self._with_pixel(changed.get("html", content.html))
        if any(is_marked(text) for text in content.variables.values()):
            variables = {name: replace_marks(text, self._made) for name, text in content.variables.items()}
            return replace(content, **changed, variables=variables)
        return replace(content, **changed) if changed else content

    def _changed(self, content: Content) -> Iterator[tuple[str, str]]:
        for name, text in (("subject", content.subject), ("text", content.text), ("link", content.link)):
            if is_marked(text):
                yield name, replace_marks(text, self._made)
        if is_marked(content.html):
            yield "html", replace_marks_in_html(content.html, self._made)

    def _made(self, kind: MarkKind, target: str, label: str) -> str:
        if kind is MarkKind.UNSUBSCRIBE:
            return self._unsubscribe()
        if kind is MarkKind.CODE:
            return self._code(target, label)
        if self._shortens and self._rendered.channel in _SHORT_CHANNELS:
            return f"{self._url}/{self._code(target, label)}"
        return f"{self._url}/c/{self._tokens.click(self._rendered.message_id, target, label)}"

    def _code(self, target: str, label: str) -> str:
        rendered = self._rendered
        if not self._shortens:
            raise Crowded
        link = TrackedLink(
            code=new_code(SHORT),
            target_url=target,
            message_id=rendered.message_id,
            customer_id=rendered.customer_id,
            campaign_id=rendered.campaign_id,
            label=label,
        )
        self.short.append(link)
        return link.code

    def _unsubscribe(self) -> str:
        """In SMS it names the message alone: every character is paid for."""
        rendered = self._rendered
        of = None
        if rendered.customer_id and rendered.channel not in _SHORT_CHANNELS:
            of = Subscription(rendered.customer_id, rendered.channel, rendered.purpose, rendered.brand)
        return f"{self._url}/u/{self._tokens.unsubscribe(rendered.message_id, of)}"

    def _with_pixel(self, html: str) -> str:
        """The picture of one point that tells of an opening, at the end of the body."""
        address = f"{self._url}/o/{self._tokens.open(self._rendered.message_id)}"
        pixel = f'<img src="{address}" width="1" height="1" alt="">'
        before, end, after = html.rpartition(_BODY_END)
        return f"{before}{pixel}{end}{after}" if end else f"{html}{pixel}"


def _place(link: TrackedLink) -> tuple[str, ...]:
    """The link as the one of its message: two of a batch may have drawn the same code."""
    return link.code, link.message_id, link.target_url
