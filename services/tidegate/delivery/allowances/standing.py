"""What the platform leaves to the addresses of one account, as the gate asks it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tidegate.delivery.allowances.model import Sent, Take, Window
from tidegate.delivery.allowances.rules import Exceeded, Platform, best, exceeded, open_windows
from tidegate.delivery.model import DropReason, Facts, MessageClass


@dataclass(slots=True)
class Standing:
    """What is known of one address: credits by template, the newest openings by trigger, what went when."""

    credits: dict[str, int] = field(default_factory=dict)
    openings: dict[str, int] = field(default_factory=dict)
    uses: list[int] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)


class Refused(NamedTuple):
    """Why the platform does not allow a message to an address."""

    reason: DropReason
    facts: Mapping[str, str]


_NOTHING = Standing()


class Allowances:
    """What the addresses of an account have left at one instant; what is granted meanwhile is taken off it."""

    __slots__ = ("_account_id", "_full", "_now", "_platform", "_standings")

    def __init__(
        self,
        account_id: str,
        platform: Platform,
        standings: dict[str, Standing],
        now: int,
        full: Sequence[Exceeded] = (),
    ) -> None:
        """``standings`` are by the addresses' keys; an address that is not among them has nothing.

        ``full`` are limits of the account itself, for who has not leased of it before.
        """
        self._full = full
        self._account_id = account_id
        self._platform = platform
        self._standings = standings
        self._now = now

    def at(self, now: int, full: Sequence[Exceeded] = ()) -> Allowances:
        """The same at a later instant: what the addresses have left is one and the same."""
        return Allowances(self._account_id, self._platform, self._standings, now, full)

    @property
    def full_until(self) -> int:
        """When the account itself has room again; 0 where it has some, or has leased it."""
        return max((one.free_at for one in self._full), default=0)

    def refused(self, message: Facts, address_key: str) -> Refused | None:
        """Why the message may not go to the address; None when it may."""
        standing = self._standings.get(address_key, _NOTHING)
        if self._needs_window(message) and best(self._windows(standing)) is None:
            return Refused(DropReason.WINDOW_CLOSED, self._closed(standing))
        if self._platform.needs_grant and not standing.credits.get(message.template_id):
            facts = {"account_id": self._account_id, "template_id": message.template_id, "credits": "0"}
            return Refused(DropReason.NO_CREDIT, facts)
        return None

    def exceeded(self, message: Facts, address_key: str) -> Sequence[Exceeded]:
        """The limits, per address or of the account, that have no room for the message."""
        if not self._platform.limits:
            return self._full
        sent = self._standings.get(address_key, _NOTHING).sent
        return [*self._full, *exceeded(self._platform.limits, message.message_class, sent, self._now)]

    def facts(self, message: Facts, address_key: str) -> Mapping[str, str]:
        """What the message goes by when it may go: the credits before it, the window's end and what is left of it."""
        standing, found = self._standings.get(address_key, _NOTHING), {}
        if self._platform.needs_grant:
            found["credits"] = str(standing.credits.get(message.template_id, 0))
        if self._needs_window(message) and (window := best(self._windows(standing))):
            found |= _window_facts(window)
        return found

    def closes(self, message: Facts, address_key: str) -> int | None:
        """When the window closes that the message needs; None when it needs none, or none is open."""
        if not self._needs_window(message):
            return None
        window = best(self._windows(self._standings.get(address_key, _NOTHING)))
        return window.lapses if window else None

    def take(self, message: Facts, address_key: str) -> Take | None:
        """What the message takes when it goes; None when nobody counts it."""
        if not self._platform.counts and message.message_class is not MessageClass.SERVICE_REPLY:
            return None
        template_id = message.template_id if self._platform.needs_grant else ""
        return Take(self._account_id, address_key, template_id)

    def use(self, take: Take, message_class: MessageClass) -> None:
        """Takes it, for those that are asked about later."""
        standing = self._standings.setdefault(take.address_key, Standing())
        standing.uses.append(self._now)
        standing.sent.append(Sent(self._now, message_class))
        if take.template_id:
            standing.credits[take.template_id] -= 1

    def _needs_window(self, message: Facts) -> bool:
        return bool(self._platform.windows) or message.message_class is MessageClass.SERVICE_REPLY

    def _windows(self, standing: Standing) -> list[Window]:
        return open_windows(self._platform.window_rules, standing.openings, standing.uses, self._now)

    def _closed(self, standing: Standing) -> Mapping[str, str]:
        used_up = self._windows(standing)
        facts = {"account_id": self._account_id}
        return facts | _window_facts(max(used_up, key=lambda one: one.lapses)) if used_up else facts


def _window_facts(window: Window) -> dict[str, str]:
    facts = {"window": window.trigger.value, "window_lapses": str(window.lapses)}
    return facts if window.left is None else facts | {"window_left": str(window.left)}
