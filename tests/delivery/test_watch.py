"""Watching the feed where there is no place to wait."""

import threading
import time
from typing import cast

from tidegate.api.delivery.v1 import messages_pb2
from tidegate.delivery.watch import Watching
from tidegate.runtime.feed import Feed, Page


class Crowded:
    """A feed that answers at once, as when too many wait already."""

    def __init__(self) -> None:
        self.asked = 0

    def wait(self, after: int, **_: object) -> Page:
        self.asked += 1
        return Page(entries=(), next_position=after, head=after)

    def wake(self) -> None:
        """Nobody waits."""


def test_a_watcher_without_a_place_to_wait_looks_once_a_second() -> None:
    feed = Crowded()
    watching = Watching(cast("Feed", feed))
    reader = threading.Thread(target=lambda: list(watching.messages(messages_pb2.MessageFilter(), 1)))
    began = time.monotonic()
    reader.start()
    time.sleep(0.2)
    watching.stop()
    reader.join(60)
    assert not reader.is_alive()
    assert feed.asked <= 2 + (time.monotonic() - began)
