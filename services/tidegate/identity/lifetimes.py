"""How long identifiers lead to their customers: for their namespace's lifetime after the newest fact that carried them.

The lifetime is the one in force when a fact arrives. One that is changed holds for what is linked or seen from then on;
it shortens nothing that was promised. What has expired leads nowhere from that instant on, though it may be a moment
until it is taken off (see expiring.py).
"""

from collections.abc import Iterable, Mapping, Sequence

from tidegate.identity.model import Fact

SOURCE = "identity"
REASON = "expired"


def expiries(facts: Iterable[Fact], now: int) -> dict[str, int]:
    """Until when identifiers lead anywhere by ``facts``, by lookup; what does for ever is left out."""
    found: dict[str, int] = {}
    for fact in facts:
        for key in fact.keys:
            if key.lifetime:
                until = min(fact.time, now) + key.lifetime
                found[key.lookup] = max(until, found.get(key.lookup, until))
    return found


def renewals(facts: Sequence[Fact], linked: Mapping[str, int | None], now: int) -> dict[str, int | None]:
    """Which identifiers of ``facts`` lead on for longer than noted in ``linked``, and until when; None: for ever."""
    until = expiries(facts, now)
    if not until and all(noted is None for noted in linked.values()):
        return {}
    carried = {key.lookup for fact in facts for key in fact.keys}
    renewed: dict[str, int | None] = {}
    for lookup in carried & linked.keys():
        noted, wanted = linked[lookup], until.get(lookup)
        if wanted is None:
            if noted is not None:
                renewed[lookup] = None
        elif wanted > (now if noted is None else noted):
            renewed[lookup] = wanted
    return renewed
