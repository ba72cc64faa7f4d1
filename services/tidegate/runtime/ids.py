"""The one place identifiers of our own making come from."""

from uuid_utils import uuid7


def new_id() -> str:
    """A UUIDv7 (RFC 9562) as text: unique without coordination, sorted by the time of making."""
    return str(uuid7())
