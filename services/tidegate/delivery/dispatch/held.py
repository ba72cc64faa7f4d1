"""The messages whose calls are begun: which of them the adapter has seen, known to more than one thread."""

import threading
from collections.abc import Sequence
from typing import NamedTuple

from tidegate.channels import OutboundMessage
from tidegate.delivery.dispatch.queue import Waiting


class Letter(NamedTuple):
    """A message whose call is begun; those of one call share its number."""

    waiting: Waiting
    message: OutboundMessage
    started: int
    call: int

    @property
    def message_id(self) -> str:
        """The message's id."""
        return self.waiting.granted.message.message_id


class Held:
    """The letters of one courier. Once they are given up, nothing that it does with one counts any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[str, Letter] = {}
        self._called: dict[str, Letter] = {}
        self._given_up = False

    @property
    def given_up(self) -> bool:
        """Whether give_up() was called."""
        return self._given_up

    def begin(self, letters: Sequence[Letter]) -> bool:
        """Their calls are begun, and not made yet. False: given up, nobody will make them."""
        with self._lock:
            if not self._given_up:
                self._begun.update((one.message_id, one) for one in letters)
            return not self._given_up

    def call(self, letters: Sequence[Letter]) -> bool:
        """The adapter is about to see them. False: given up, it must not."""
        with self._lock:
            if not self._given_up:
                self._called.update((one.message_id, self._begun.pop(one.message_id)) for one in letters)
            return not self._given_up

    def end(self, letters: Sequence[Letter]) -> bool:
        """Their call has ended. False: given up, somebody else has said what came of it."""
        with self._lock:
            if not self._given_up:
                for one in letters:
                    del self._called[one.message_id]
            return not self._given_up

    def give_up(self) -> tuple[list[Letter], list[Letter]]:
        """All letters, for good: those that the adapter has surely not seen, and those that it may have."""
        with self._lock:
            self._given_up = True
            unseen, seen = list(self._begun.values()), list(self._called.values())
            self._begun.clear()
            self._called.clear()
            return unseen, seen
