"""A shop made of a real purchase history: its customers and purchases are the file's, the rest is synthetic.

The mapping must give `identifier.member_id` and `property.amount`; whatever the file calls a purchase is told
as `order.paid`. Addresses, consents and reactions are drawn from the seed, as for the synthetic shop.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tidegate.api.identity.v1.events_pb2 import Event
from tidegate.demo.shop import Fact, Person, Shop, make_person
from tidegate.importing import EventMapping, MappingError
from tidegate.importing.batches import gather
from tidegate.importing.events import EventMaker
from tidegate.importing.rows import Place, is_jsonl, read_rows

_MEMBER = "member_id"
_AMOUNT = "amount"


def read_purchases(path: Path, mapping: EventMapping, zone: ZoneInfo) -> list[Fact]:
    """The purchases of the file, in its order. Raises MappingError for what the demo can't use."""
    if _MEMBER not in mapping.identifiers or _AMOUNT not in mapping.properties:
        raise MappingError("the demo needs identifier.member_id and property.amount:money in the mapping")
    with path.open("rb") as file:
        rows = read_rows(file, mapping, jsonl=is_jsonl(path, mapping.file), start=Place())
        batches = gather(rows, EventMaker(mapping, zone))
        return [_fact(event) for batch in batches for event in batch.events]


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


def _fact(event: Event) -> Fact:
    member_id = next(one.value for one in event.identifiers if one.namespace == _MEMBER)
    return Fact(
        event.source,
        event.event_id,
        "order.paid",
        event.time.ToDatetime(UTC),
        ((_MEMBER, member_id),),
        amount=event.properties[_AMOUNT].int_value,
    )
