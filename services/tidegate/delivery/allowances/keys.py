"""The key under which an address's allowances are kept: the one seam where it could become another."""

from tidegate.delivery.policy.suppressions import address_key


def holder_key(namespace: str, value: str) -> str:
    """The key of the address, the same as that of an Address of the gate."""
    return address_key(namespace, value)
