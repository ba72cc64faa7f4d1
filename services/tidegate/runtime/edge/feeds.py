"""What every service does alike when its feed is read (`ListChanges`)."""

from collections.abc import Sequence
from typing import Protocol

from google.protobuf.duration_pb2 import Duration

from tidegate.runtime.edge.call import remaining
from tidegate.runtime.errors import Violations
from tidegate.runtime.feed import Feed, Page

_DEFAULT_SIZE = 1_000
_LARGEST_SIZE = 10_000
_LONGEST_WAIT = 20.0
_MARGIN = 0.5


class ListChangesRequest(Protocol):
    """The fields that the services' own requests have in common."""

    @property
    def after_position(self) -> int: ...
    @property
    def page_size(self) -> int: ...
    @property
    def wait(self) -> Duration: ...
    @property
    def kinds(self) -> Sequence[str]: ...


def requested_page(feed: Feed, request: ListChangesRequest) -> Page:
    """The page that ``request`` asks for, waited for as long as it says and its deadline and the service allow."""
    violations = Violations()
    if request.after_position < 0:
        violations.add("after_position", "must not be negative; 0 begins at the oldest change")
    if request.page_size < 0:
        violations.add("page_size", "must not be negative; 0 means 1,000")
    violations.raise_if_any()
    return feed.wait(
        request.after_position,
        limit=min(request.page_size or _DEFAULT_SIZE, _LARGEST_SIZE),
        timeout=_seconds(request.wait),
        kinds=request.kinds,
    )


def _seconds(asked: Duration) -> float:
    """As long as was asked for, as is allowed, and so that the answer meets its deadline."""
    left = remaining()
    longest = _LONGEST_WAIT if left is None else min(_LONGEST_WAIT, left - _MARGIN)
    return max(0.0, min(asked.ToTimedelta().total_seconds(), longest))
