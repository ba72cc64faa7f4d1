"""Reaction to what calls cost: the sums of their accounts."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from tidegate.delivery.announce import Announcer
from tidegate.delivery.model import NO_CHARGE, CallResult
from tidegate.delivery.steps import Step
from tidegate.delivery.store import costs
from tidegate.delivery.store.costs import Amount, Place


def react(connection: sa.Connection, _announcer: Announcer, steps: Sequence[Step]) -> None:
    """Adds what the calls of a batch cost; what an earlier answer to the same call was charged is taken back."""
    sums: dict[Place, Amount] = {}
    for step in steps:
        for place, amount in _amounts(step.answered.result):
            known = sums.get(place, Amount(0, 0, 0))
            sums[place] = Amount(*(old + new for old, new in zip(known, amount, strict=True)))
    if sums:
        costs.add(connection, sums)


def _amounts(result: CallResult) -> Iterator[tuple[Place, Amount]]:
    for charge, sign in ((result.charge, 1), (result.charged, -1)):
        if charge is not NO_CHARGE:
            place = Place(charge.day, result.account_id, charge.currency)
            yield place, Amount(sign * charge.micros, sign, sign * charge.parts)
