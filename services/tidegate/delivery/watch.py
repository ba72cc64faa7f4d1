"""The feed as readers get it: pages of it for services, and a stream of messages' changes for people."""

import threading
import time
from collections.abc import Iterator

from tidegate.api.delivery.v1 import changes_pb2, delivery_service_pb2, messages_pb2
from tidegate.delivery.announce import put_changes
from tidegate.runtime.edge.feeds import requested_page
from tidegate.runtime.feed import Feed

_PAGE = 1_000
_SIGN_OF_LIFE = 30.0
_STEP = 1.0


class Watching:
    """Reads delivery's feed."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ends the streams and the waiting, because the process is to stop."""
        self._stopping.set()
        self._feed.wake()

    def page(self, request: delivery_service_pb2.ListChangesRequest) -> delivery_service_pb2.ListChangesResponse:
        """Changes behind a position, waited for when there are none yet."""
        page = requested_page(self._feed, request)
        answer = delivery_service_pb2.ListChangesResponse(next_position=page.next_position, head_position=page.head)
        put_changes(answer.changes, page.entries)
        return answer

    def messages(
        self, chosen: messages_pb2.MessageFilter, after: int
    ) -> Iterator[delivery_service_pb2.WatchMessagesResponse]:
        """Changes of messages that meet ``chosen``, until the reader goes."""
        position = after or self._feed.head()
        silent = 0.0
        while not self._stopping.is_set():
            begun = time.monotonic()
            page = self._feed.wait(position, limit=_PAGE, timeout=_STEP, kinds=["message_changed"])
            if page.next_position == position:  # at once, where too many wait already
                self._stopping.wait(_STEP - (time.monotonic() - begun))
            position = page.next_position
            read = [changes_pb2.Change.FromString(entry.body).message_changed for entry in page.entries]
            changes = [change for change in read if _meets(change, chosen)]
            silent = 0.0 if changes else silent + _STEP
            if changes or silent >= _SIGN_OF_LIFE:
                silent = 0.0
                yield delivery_service_pb2.WatchMessagesResponse(changes=changes, next_position=position)


_NAMES = ("customer_id", "caller", "campaign_id", "journey_id", "enrollment_id", "channel")


def _meets(change: changes_pb2.MessageChanged, chosen: messages_pb2.MessageFilter) -> bool:
    given = [name for name in _NAMES if getattr(chosen, name)]
    return all(getattr(change, name) == getattr(chosen, name) for name in given) and (
        not chosen.states or change.state in chosen.states
    )
