"""Links that callers make, for themselves or for a customer."""

from dataclasses import replace

from tidegate.delivery.links import store
from tidegate.delivery.links.codes import LONG, SHORT, new_code
from tidegate.delivery.links.model import TrackedLink
from tidegate.delivery.links.room import WAYS_OUT, Room
from tidegate.delivery.vault import Vault
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import ResourceExhausted


class LinkMaking:
    """The operation behind CreateTrackedLink."""

    def __init__(
        self, database: Database, clock: Clock, *, vault: Vault, public_url: str, room: Room, short_life: int
    ) -> None:
        """Short links live for ``short_life`` microseconds."""
        self._database = database
        self._clock = clock
        self._vault = vault
        self._url = public_url
        self._room = room
        self._short_life = short_life

    def make_full(self, wanted: TrackedLink) -> TrackedLink:
        """A link with a long code; it does not lapse unless ``wanted`` says so."""
        return self._make(wanted, LONG)

    def make_short(self, wanted: TrackedLink) -> TrackedLink:
        """A link with a code of 6 characters; it lapses after a while unless ``wanted`` says when.

        Raises ResourceExhausted while so many are live that another could be guessed.
        """
        if not self._room.take(1):
            raise ResourceExhausted(f"too many short links are live; {WAYS_OUT}", reason="SHORT_LINKS_EXHAUSTED")
        expire_time = wanted.expire_time or micros(self._clock.now()) + self._short_life
        return self._make(replace(wanted, expire_time=expire_time), SHORT)

    def url(self, link: TrackedLink) -> str:
        """The link's own address."""
        return f"{self._url}/{link.code}"

    def _make(self, wanted: TrackedLink, length: int) -> TrackedLink:
        now = micros(self._clock.now())
        while True:
            link = replace(wanted, code=new_code(length), create_time=now)
            sealed = self._vault.seal_links([link])
            if self._database.run(lambda connection, new=sealed: store.add(connection, new)):  # type: ignore[misc]
                return link
