"""Change feeds read to their end."""

from collections.abc import Iterator
from typing import Any


def changes(stub: Any, request: Any) -> Iterator[Any]:
    """Every change behind ``stub`` after the position that ``request``, a ListChangesRequest, names."""
    while True:
        page = stub.ListChanges(request)
        yield from page.changes
        if page.next_position >= page.head_position:  # else there is more, if behind an older transaction
            return
        request.after_position = page.next_position
