"""What the checks of the gate decide by."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tidegate.delivery.allowances.standing import Allowances
from tidegate.delivery.policy.frequency import RuleSet
from tidegate.delivery.policy.model import Suppression
from tidegate.delivery.policy.quiet import QuietHours


class Policies(Protocol):
    """The policies of one version."""

    @property
    def version(self) -> int: ...
    @property
    def rules(self) -> RuleSet: ...
    @property
    def quiet(self) -> QuietHours: ...
    def segments(self) -> frozenset[str]:
        """The segments that any of them names."""
        ...

    @property
    def ownership(self) -> Mapping[str, frozenset[str]]:
        """By sender unit, the segments to whose members it may market."""
        ...

    @property
    def paused(self) -> Mapping[str, str]:
        """By campaign that a guardrail has paused, the guardrail."""
        ...

    @property
    def exclusions(self) -> Mapping[str, Sequence[Suppression]]:
        """By segment, the suppressions of its members."""
        ...


class Template(Protocol):
    """What the gate asks of a template."""

    def usable(self, channel: str, account_id: str = "") -> bool:
        """Whether it is active, has content for ``channel``, and the account's provider has not refused it."""
        ...


class Fellow(NamedTuple):
    """An account of the channel, with the brands that it is for (none: all) and where its addresses are."""

    account_id: str
    brands: tuple[str, ...]
    namespace: str


DENIED_PURPOSES = frozenset({"marketing"})
"""What nobody is sent who has not agreed to it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What decisions for one account at one instant go by.

    ``namespace`` is where the account's addresses are. ``inactive`` names journeys, campaigns and phases that
    are not active, as (kind, id). ``unknown`` are the segments that policies name and whose members are not told yet.
    ``repeat_window`` is for how long the same content is not sent again, 0 for no time. ``denied_purposes`` need a
    consent; others are allowed until it is denied.
    ``allowances`` are what the account's platform allows; None where it asks for nothing. ``others`` are the channel's
    other accounts. ``deadline`` is how long after it was accepted a message may go by the account; 0: no such rule.
    """

    now: int
    account_id: str
    namespace: str
    policies: Policies
    templates: Mapping[str, Template]
    inactive: Collection[tuple[str, str]] = ()
    repeat_window: int = 0
    unknown: frozenset[str] = frozenset()
    denied_purposes: frozenset[str] = DENIED_PURPOSES
    allowances: Allowances | None = None
    others: Sequence[Fellow] = ()
    deadline: int = 0
