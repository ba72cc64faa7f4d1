"""Follows the feeds of the other services: that each has erased its part of a person, and what delivery finds out.

What a service reports and the cursor of its feed are stored in one transaction. A feed that has been cut off behind
the cursor may have lost a report: what that service has not reported is announced again, and it answers again. What
delivery found out meanwhile is lost here; it keeps to it all the same (see from_delivery.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
import sqlalchemy as sa
import structlog
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from tidegate.api.delivery.v1 import delivery_service_pb2
from tidegate.api.journey.v1 import journey_service_pb2
from tidegate.api.segmentation.v1 import changes_pb2 as segmentation_pb2
from tidegate.identity import from_delivery
from tidegate.identity.erasing import Eraser
from tidegate.identity.from_delivery import FromDelivery
from tidegate.identity.store import cursors
from tidegate.runtime.absence import Absence
from tidegate.runtime.client import Peers
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Follower
from tidegate.runtime.service import Context

LOG = structlog.get_logger(__name__)
OTHERS = ("segmentation", "journey", "delivery")
_PAGE = 1_000
_SLACK = 10.0
_ERASED = "customer_erased"
_KINDS = (_ERASED,)

Fetch = Callable[[int, Duration, float], Any]


@dataclass(frozen=True, slots=True)
class Following:
    """Reads what the other services report."""

    database: Database
    peers: Peers
    eraser: Eraser
    from_delivery: FromDelivery

    def followers(self, context: Context) -> list[Follower[Any]]:
        """One follower per feed."""
        return [self._follower(context, source, fetch) for source, fetch in self._feeds().items()]

    def _feeds(self) -> Mapping[str, Fetch]:
        waiting = self.peers.waiting
        return {
            "segmentation": lambda after, wait, timeout: waiting.segmentation().ListChanges(
                segmentation_pb2.ListChangesRequest(after_position=after, page_size=_PAGE, wait=wait, kinds=_KINDS),
                timeout=timeout,
            ),
            "journey": lambda after, wait, timeout: waiting.journey().ListChanges(
                journey_service_pb2.ListChangesRequest(after_position=after, page_size=_PAGE, wait=wait, kinds=_KINDS),
                timeout=timeout,
            ),
            "delivery": lambda after, wait, timeout: waiting.delivery().ListChanges(
                delivery_service_pb2.ListChangesRequest(
                    after_position=after, page_size=_PAGE, wait=wait, kinds=(*_KINDS, *from_delivery.KINDS)
                ),
                timeout=timeout,
            ),
        }

    def _follower(self, context: Context, source: str, fetch: Fetch) -> Follower[Any]:
        absence = Absence(context.activity)

        def fetched(after: int, wait: float) -> tuple[Sequence[Any], int, int]:
            if not self.peers.knows(source):
                return absence.fetch(after, wait)
            span = Duration()
            span.FromMicroseconds(int(wait * 1_000_000))
            try:
                page = fetch(after, span, wait + _SLACK)
            except grpc.RpcError as error:
                return self._away(source, error, after)
            return page.changes, page.next_position, page.head_position

        return Follower(
            f"identity.follow-{source}",
            fetch=fetched,
            apply=lambda changes, position: self._apply(source, changes, position),
            cursor=lambda: self._cursor(source),
            activity=context.activity,
            wait=context.pace.wait,
            gather=context.pace.gather,
        )

    def _away(self, source: str, error: grpc.RpcError, after: int) -> tuple[Sequence[Any], int, int]:
        """A service that can't be reached has no news; a feed that was cut off goes on where it begins."""
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            LOG.warning("feed.unreachable", source=source)
            return (), after, after
        begins = _begins(error)
        if begins is None:
            raise error
        LOG.warning("feed.pruned", source=source, position=begins)
        self.database.run(lambda connection: self.eraser.announce_again(connection, source))
        return (), begins, begins

    def _apply(self, source: str, changes: Sequence[Any], position: int) -> None:
        def operation(connection: sa.Connection) -> None:
            applied = cursors.lock(connection, source)
            if position <= applied:
                return
            news = [change for change in changes if change.position > applied]
            for change in news:
                if change.HasField(_ERASED):
                    erased = change.customer_erased
                    self.eraser.report(connection, erased.erasure_id, source, rows=erased.rows)
            if source == from_delivery.SOURCE:
                self.from_delivery.apply(connection, news)
            cursors.save(connection, source, position)

        self.database.run(operation)

    def _cursor(self, source: str) -> int:
        with self.database.read() as connection:
            return cursors.load(connection, source)


def _begins(error: grpc.RpcError) -> int | None:
    """Behind which position a feed begins, if that is why it was not read."""
    status = rpc_status.from_call(error)
    info = ErrorInfo()
    for detail in status.details if status is not None else ():
        if detail.Unpack(info) and info.reason == "FEED_PRUNED":
            return int(info.metadata["pruned_through"])
    return None
