"""A batch of messages on its way through the gate."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tidegate.delivery.allowances.rules import ANY, Platform
from tidegate.delivery.contacts import Reached
from tidegate.delivery.gate import Fellow
from tidegate.delivery.gate.ranking import place
from tidegate.delivery.model import Decision, Facts, Granted
from tidegate.delivery.store.gating import Claimed

Pairs = Sequence[tuple[Facts, Decision]]
"""Messages with what was decided about them, in the order of the decisions."""


@dataclass(frozen=True, slots=True)
class Lane:
    """What the gate has to know of the account that it decides for.

    ``deadline`` is how long after it was accepted a message may be called for, in µs; 0: as long as it has not expired.
    """

    account_id: str
    channel: str
    brands: tuple[str, ...]
    namespace: str
    platform: Platform = ANY
    deadline: int = 0

    def serves(self, channel: str, brand: str) -> bool:
        """Whether such messages go by it."""
        return channel == self.channel and (not self.brands or brand in self.brands)


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of one batch. ``granted`` hold their slots and wait for their calls; ``contents``, what they
    say, are sealed. Fewer than ``claimed`` are ``decided`` where some can't be yet.
    """

    claimed: int
    granted: Sequence[Granted]
    contents: Mapping[str, str]
    decided: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """What was claimed for a lane under one lease, by message id, and how its customers are reached.

    ``others`` are the other accounts of the lane's channel, which stand as ``among`` says; ``lanes`` all that send now.
    """

    lane: Lane
    token: str
    claimed: Mapping[str, Claimed]
    reached: Reached
    others: Sequence[Fellow] = ()
    lanes: Sequence[Lane] = ()
    among: str = ""

    def halves(self) -> Iterator["Batch"]:
        """The same messages in two batches, the better ones first."""
        messages = sorted(self.claimed.items(), key=lambda item: place(item[1].message, item[1].rank))
        middle = len(messages) // 2
        for half in (messages[:middle], messages[middle:]):
            yield replace(self, claimed=dict(half))
