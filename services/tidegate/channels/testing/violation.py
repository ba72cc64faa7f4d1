"""How a test of the contract fails."""

from __future__ import annotations


class ContractViolation(AssertionError):
    """The channel does not keep the contract; the text says where and what to do."""


def check(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - it is an assertion
    """Raises ContractViolation with the text `otherwise` unless the first argument is true."""
    if not holds:
        raise ContractViolation(otherwise)
