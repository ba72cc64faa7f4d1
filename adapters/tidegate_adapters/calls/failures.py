"""Calls that brought no answer."""

from __future__ import annotations

from tidegate.channels import Outcome


class NoAnswer(Exception):
    """No answer came, or none that tells what became of the messages; `outcome` says what that means for each."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.detail)


class NotSent(NoAnswer):
    """The call was surely not made: nothing has been said of any message, and each may be offered again."""


class InHalves(Exception):
    """A call was refused as a whole, and for one message's sake: the others are to go without it, in smaller calls."""
