"""Reads pages of the feeds of identity and delivery."""

from collections.abc import Sequence
from datetime import timedelta

import grpc
import structlog
from google.protobuf.duration_pb2 import Duration

from tidegate.api.delivery.v1 import changes_pb2 as delivery
from tidegate.api.delivery.v1 import delivery_service_pb2
from tidegate.api.identity.v1 import changes_pb2 as identity
from tidegate.runtime.client import Peers
from tidegate.runtime.feed import Follower
from tidegate.runtime.loops import Loop
from tidegate.runtime.service import Context
from tidegate.segmentation.following import DELIVERY, IDENTITY, Facts
from tidegate.segmentation.telling import Tellings

LOG = structlog.get_logger(__name__)

PAGE = 5_000
_SLACK = 10.0


class Fetching:
    """Fetches pages. A delivery service that does not answer is left for later: nothing here waits for it."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    def identity(self, after: int, wait: float) -> tuple[Sequence[identity.Change], int, int]:
        """A page of identity's feed."""
        request = identity.ListChangesRequest(after_position=after, page_size=PAGE, wait=_span(wait))
        answer = self._peers.waiting.identity().ListChanges(request, timeout=wait + _SLACK)
        return answer.changes, answer.next_position, answer.head_position

    def identity_head(self, after: int) -> int:
        """The newest position of identity's feed, where ``after`` has been read; ``after`` if nobody answers."""
        request = identity.ListChangesRequest(after_position=after, page_size=1)
        try:
            answer = self._peers.identity().ListChanges(request)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            LOG.warning("feed.unreachable", source=IDENTITY)
            return after
        return max(answer.head_position, answer.next_position)

    def delivery(self, after: int, wait: float) -> tuple[Sequence[delivery.Change], int, int]:
        """A page of delivery's feed; an empty one while delivery can't be reached."""
        request = delivery_service_pb2.ListChangesRequest(after_position=after, page_size=PAGE, wait=_span(wait))
        try:
            answer = self._peers.waiting.delivery().ListChanges(request, timeout=wait + _SLACK)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            LOG.warning("feed.unreachable", source=DELIVERY)
            return (), after, after
        return answer.changes, answer.next_position, answer.head_position


def followers(context: Context, fetching: Fetching, facts: Facts, told: Tellings) -> list[Loop]:
    """The loops that follow both feeds."""
    activity, wait = context.activity, context.pace.wait

    def apply_delivery(changes: Sequence[delivery.Change], position: int) -> None:
        told.follow(changes)  # first: what is read twice does no harm there, and here would not be seen again
        facts.apply_delivery(changes, position)

    return [
        Follower(
            "segmentation.follow.identity",
            fetch=fetching.identity,
            apply=facts.apply_identity,
            cursor=lambda: facts.position(IDENTITY),
            activity=activity,
            wait=wait,
        ).loop,
        Follower(
            "segmentation.follow.delivery",
            fetch=fetching.delivery,
            apply=apply_delivery,
            cursor=lambda: facts.position(DELIVERY),
            activity=activity,
            wait=wait,
        ).loop,
    ]


def _span(seconds: float) -> Duration:
    span = Duration()
    span.FromTimedelta(timedelta(seconds=seconds))
    return span
