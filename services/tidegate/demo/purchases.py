"""A shop made of a real purchase history: its customers and purchases are the file's, the rest is synthetic.

The mapping must give `identifier.member_id` and `property.amount`; whatever the file calls a purchase is told
as `order.paid`. Addresses, consents and reactions are drawn from the seed, as for the synthetic shop.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tidegate.api.identity.v1.events_pb2 import Event
from tidegate.demo.shop import Fact, Person, Shop, make_person
from tidegate.identity.normalise import BUILT_IN, UnusableIdentifier, normal_value
from tidegate.importing import EventMapping, MappingError
from tidegate.importing.batches import read_batches
from tidegate.importing.cells import Problem
from tidegate.importing.events import EventMaker
from tidegate.importing.mapping import Kind
from tidegate.importing.rejects import Reject
from tidegate.importing.rows import Position, Row

_MEMBER = "member_id"
_AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class History:
    """The purchases of a file, in its order, and the rows that are none."""

    purchases: list[Fact] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def add(self, row: Row, event: Event) -> None:
        """Takes in what a row says, if it says who bought for how much."""
        if problems := tuple(_problems(event)):
            self.rejects.append(Reject(row, problems))
        else:
            self.purchases.append(_fact(event))


def read_purchases(path: Path, mapping: EventMapping, zone: ZoneInfo) -> History:
    """The purchases of the file. Raises MappingError for a mapping or a file that the demo can't use."""
    amount = mapping.properties.get(_AMOUNT)
    if _MEMBER not in mapping.identifiers or amount is None or amount.type is not Kind.MONEY:
        raise MappingError("the demo needs identifier.member_id and property.amount:money in the mapping")
    history = History()
    with path.open("rb") as file:
        for batch in read_batches(path, file, mapping, maker=EventMaker(mapping, zone), start=Position()):
            history.rejects.extend(batch.rejects)
            for row, event in zip(batch.rows, batch.items, strict=True):
                history.add(row, event)
    if not history.purchases:
        raise MappingError(f"{path} has no row that is a purchase{_first_of(history.rejects)}")
    return history


def left_out(history: History) -> str:
    """A sentence about rows that were no purchases; empty where all were."""
    count = len(history.rejects)
    return f"{count:,} rows were left out{_first_of(history.rejects)}" if count else ""


def _first_of(rejects: Sequence[Reject]) -> str:
    if not rejects:
        return ""
    first = rejects[0]
    reasons = "; ".join(f"{problem.column} {problem.reason}".strip() for problem in first.problems)
    return f"; the first is row {first.row.number}: {reasons}"


def open_imported_shop(purchases: Sequence[Fact], *, seed: int, opening: datetime) -> Shop:
    """The shop whose customers made ``purchases``."""
    by_member: Mapping[str, list[Fact]] = defaultdict(list)
    for fact in purchases:
        by_member[fact.identifiers[0][1]].append(fact)
    return Shop(tuple(_people(by_member, seed)), opening, seed, past=tuple(purchases))


def _people(by_member: Mapping[str, Sequence[Fact]], seed: int) -> Iterator[Person]:
    chance = random.Random(seed)  # noqa: S311
    for number, (member_id, facts) in enumerate(by_member.items()):
        spend = sum(fact.amount for fact in facts) // len(facts)
        drawn = make_person(number, chance)
        email = f"customer{number}@shop.example"
        known = replace(drawn, member_id=member_id, email=email, openid="", unionid="", linked=True)
        yield replace(known, purchases=len(facts), spend=spend)


def _problems(event: Event) -> Iterator[Problem]:
    """Why an event is no purchase of a customer; guests often share an id such as 0, which names nobody."""
    try:
        _member_id(event)
    except UnusableIdentifier as error:
        yield Problem(_MEMBER, str(error))
    if _AMOUNT not in event.properties:
        yield Problem(_AMOUNT, "is empty; a purchase needs it")


def _member_id(event: Event) -> str:
    """Who bought, in identity's normal form. Raises UnusableIdentifier."""
    given = next((one.value for one in event.identifiers if one.namespace == _MEMBER), "")
    return normal_value(BUILT_IN[_MEMBER], given)


def _fact(event: Event) -> Fact:
    return Fact(
        event.source,
        event.event_id,
        "order.paid",
        event.time.ToDatetime(UTC),
        ((_MEMBER, _member_id(event)),),
        amount=event.properties[_AMOUNT].int_value,
    )
