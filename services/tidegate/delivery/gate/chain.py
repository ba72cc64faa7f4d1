"""The gate asked along a message's chain of channels, as it is when nothing is written in between."""

from collections.abc import Callable, Sequence

from tidegate.delivery.gate.order import Gate
from tidegate.delivery.model import ContactPoints, CustomerFacts, Decision, Facts, GateCheck, Verdict

GatesOf = Callable[[str], Sequence[Gate]]
"""The gates of the accounts that send on a channel."""


def decide_along(
    message: Facts,
    gates_of: GatesOf,
    customer: CustomerFacts,
    points: ContactPoints | None,
    preferred: str,
    now: int,
) -> tuple[Decision, Gate | None]:
    """What is said on the first channel, from the message's own on, on which it is not to try the next one.

    With it the gate that said it: None where the message waits before the gate, for an account. Where an account leaves
    the message to others, it is what the first of them says; one that has sent all it may claims nothing, so it is
    asked behind those that have room.
    """
    for place in range(message.channel_index, len(message.channels)):
        channel = message.channels[place]
        several = gates_of(channel)
        if not several:
            return _awaiting_account(channel, now), None
        tried = message._replace(channel=channel, channel_index=place) if place != message.channel_index else message
        for gate in sorted(several, key=_full_until):
            decision = gate.decide(tried, customer, points, preferred)
            if not decision.left_to:
                break
        if decision.verdict is not Verdict.NEXT_CHANNEL:
            break
    return decision, gate


def _full_until(gate: Gate) -> int:
    return gate.allowances.full_until if gate.allowances else 0


def _awaiting_account(channel: str, now: int) -> Decision:
    """Such a message waits for an account to be resumed or made."""
    facts = {"account": "no account sends on this channel for this brand now"}
    return Decision(Verdict.DEFERRED, now, channel, GateCheck.ADDRESS, facts=facts)
