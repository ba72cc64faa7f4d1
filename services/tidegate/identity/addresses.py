"""Addresses of entities, brought to the normal form of their namespaces.

An address says where messages go and names nobody, so what a namespace blocks (a shop's own number, as a customer's
identifier) is no obstacle here, and several entities may share one.
"""

from collections.abc import Mapping
from dataclasses import replace

from tidegate.identity.entity import Address
from tidegate.identity.keys import UnknownNamespace
from tidegate.identity.model import Defined, Namespace
from tidegate.identity.normalise import UnusableIdentifier, check_scope, normal_value, split_scope


def address(namespaces: Mapping[str, Defined[Namespace]], full: str, value: str) -> Address:
    """The address ``value`` in the namespace ``full``, scope included. Raises UnusableIdentifier."""
    namespace_id = split_scope(full)[0]
    if namespace_id not in namespaces:
        raise UnknownNamespace(full)
    rules = namespaces[namespace_id].definition
    if not rules.address:
        raise UnusableIdentifier(
            f"no message can be sent to `{namespace_id}`; name an address, or set the namespace's `address`",
            field="namespace",
        )
    check_scope(rules, full)
    return Address(full, normal_value(replace(rules, blocked_values=(), blocked_patterns=()), value))
