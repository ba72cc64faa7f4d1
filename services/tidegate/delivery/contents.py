"""What counts as the same content: the digest of a message's content key, or of its template and variables."""

import json
from collections.abc import Mapping
from hashlib import blake2b

from tidegate.delivery.model import COUNTED, RecipientKind
from tidegate.delivery.order import Order


class Contents:
    """Makes digests. They are keyed, since variables are personal and easy to guess."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def keyed(self, order: Order) -> Order:
        """The order with the digest of its content, or without: only marketing to customers is looked at."""
        if order.message_class not in COUNTED or order.recipient_kind is not RecipientKind.CUSTOMER:
            return order._replace(content_key="") if order.content_key else order
        said = f"k{order.content_key}" if order.content_key else _content(order.template_id, order.variables)
        return order._replace(content_key=blake2b(said.encode(), key=self._key, digest_size=16).hexdigest())


def _content(template_id: str, variables: Mapping[str, object]) -> str:
    return f"t{template_id} {_canonical(variables)}"


_canonical = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
