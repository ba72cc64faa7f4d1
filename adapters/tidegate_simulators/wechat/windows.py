"""For how long, and how often, an account may write to a user who did something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from tidegate_simulators.weixin import Refusal


class Interaction(Enum):
    """What a user did."""

    MESSAGE = "message"
    ENTER = "enter"
    """Opened the conversation with a mini-program's service."""
    CLICK = "click"
    FOLLOW = "follow"
    SCAN = "scan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an interaction allows from a day on.

    Attributes:
        mini_program: Whether it is of mini-programs; else of official accounts.
        interactions: Which.
        since: From when, in seconds since 1970.
        seconds: How long.
        messages: How many.
    """

    mini_program: bool
    interactions: frozenset[Interaction]
    since: float
    seconds: int
    messages: int


_ALWAYS: Final = 0.0
_CHANGED: Final = datetime(2023, 6, 12, tzinfo=UTC).timestamp()
_HOURS_48: Final = 48 * 3600
_MESSAGE: Final = frozenset({Interaction.MESSAGE})
_OTHERS: Final = frozenset({Interaction.CLICK, Interaction.FOLLOW, Interaction.SCAN})

RULES: Final = (
    Rule(mini_program=True, interactions=_MESSAGE, since=_ALWAYS, seconds=_HOURS_48, messages=5),
    Rule(mini_program=True, interactions=frozenset({Interaction.ENTER}), since=_ALWAYS, seconds=60, messages=2),
    Rule(mini_program=False, interactions=_MESSAGE | _OTHERS, since=_ALWAYS, seconds=_HOURS_48, messages=20),
    Rule(mini_program=False, interactions=_MESSAGE, since=_CHANGED, seconds=_HOURS_48, messages=5),
    Rule(mini_program=False, interactions=_OTHERS, since=_CHANGED, seconds=60, messages=3),
)
"""The last that fits is the one."""


@dataclass(slots=True)
class _Open:
    ends: float
    left: int


class Windows:
    """What one user's interactions allow. They don't add up: a message counts in every window that is open."""

    def __init__(self, *, mini_program: bool) -> None:
        self._mini_program = mini_program
        self._open: dict[Interaction, _Open] = {}

    def begin(self, interaction: Interaction, now: float) -> None:
        """The user did something."""
        rule = self._rule(interaction, now)
        if rule is not None:
            self._open[interaction] = _Open(now + rule.seconds, rule.messages)

    def close(self) -> None:
        """The user left."""
        self._open.clear()

    def take(self, now: float) -> None:
        """Count a message.

        Raises:
            Refusal: No window is open (45015), or none has a message left (45047).
        """
        standing = [window for window in self._open.values() if window.ends > now]
        if not standing:
            raise Refusal(45015, "response out of time limit or subscription is canceled")
        if not any(window.left > 0 for window in standing):
            raise Refusal(45047, "out of response count limit")
        for window in standing:
            window.left -= 1

    def _rule(self, interaction: Interaction, now: float) -> Rule | None:
        fitting = [
            rule
            for rule in RULES
            if rule.mini_program == self._mini_program and interaction in rule.interactions and rule.since <= now
        ]
        return fitting[-1] if fitting else None
