"""A provider's call to delivery's HTTP edge, and what an adapter answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """What a provider sent to the address of one account.

    Attributes:
        method: `GET` or `POST`.
        query: The parameters of the address, the last of each name.
        headers: The headers, by lower-cased names.
        body: The body as it came. Not shown by repr(): it is personal.
        time: When it arrived, aware.
    """

    method: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the provider is answered.

    Attributes:
        status: The HTTP status.
        body: The body in the form that the provider expects.
        content_type: Its media type.
        key: By what the same callback is known when it comes again, at most 200 characters; "" = there is
            nothing in it to be kept, such as in the echo of a new address or in a refusal.
    """

    status: int = 200
    body: str = field(default="", repr=False)
    content_type: str = "text/plain"
    key: str = ""
