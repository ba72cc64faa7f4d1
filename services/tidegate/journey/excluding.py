"""Who of those that a feed brings to journeys is excluded: no journey's question keeps the feed waiting for long.

Merges, exits, and everybody else's events stand behind it in the feed, and messages go wrong where these are late. So
segmentation is given a short while to come up to the feed's position; then it is asked for what it knows by now; and
when it says nothing at all, customers come in as if nobody was excluded. None of them is sent anything by mistake:
before every send segmentation is asked again, for as long as it takes, at the position that brought the customer.
"""

from collections.abc import Collection, Mapping, Sequence

import grpc
import structlog

from tidegate.journey.asking import Asker
from tidegate.runtime.log import summary

PATIENCE_SECONDS = 2.0


class Inquiry:
    """Asks for all journeys of one page of a feed."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._ways = [_as_of, _by_now]

    def excluded(self, segment_ids: Sequence[str], customers: Mapping[int, int]) -> Collection[int]:
        """Of ``customers`` (with the feed positions that brought them) those in one of the segments.

        A way of asking that failed once is not tried again.
        """
        while self._ways:
            try:
                return self._asker.members(segment_ids, self._ways[0](customers), timeout=PATIENCE_SECONDS)
            except grpc.RpcError as error:
                structlog.get_logger().warning(
                    "exclusions.unanswered", way=self._ways.pop(0).__name__.strip("_"), reason=summary(error)
                )
        return ()


def _as_of(customers: Mapping[int, int]) -> Mapping[int, int]:
    return customers


def _by_now(customers: Mapping[int, int]) -> Mapping[int, int]:
    return dict.fromkeys(customers, 0)
