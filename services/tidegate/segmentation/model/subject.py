"""What models are over: customers, or entities of a kind."""

import enum
from hashlib import blake2b

NOBODY = -(2**63)
"""Below all ids of customers and numbers of entities."""


class Subject(enum.StrEnum):
    """Customers, or one of identity's kinds of entities."""

    CUSTOMERS = ""
    STAFF = "staff"
    STORE = "store"
    CHAT_GROUP = "chat_group"

    @property
    def plural(self) -> str:
        """How errors call several of them."""
        return _PLURALS[self]


_PLURALS = {
    Subject.CUSTOMERS: "customers",
    Subject.STAFF: "staff",
    Subject.STORE: "stores",
    Subject.CHAT_GROUP: "chat groups",
}


def entity_number(kind: Subject, entity_id: str) -> int:
    """The number that stands for an entity where customers have their ids; negative, so that it is no customer's.

    It is a hash: the same for ever, in whatever order entities were told of.
    """
    digest = blake2b(f"{kind}\0{entity_id}".encode(), digest_size=8).digest()
    return -1 - (int.from_bytes(digest) >> 1)
