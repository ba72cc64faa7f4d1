"""Which column of a file of events means what, beside what all mappings share.

    event_id = "order_id"                # a column, or "row number" for the number of the row
    name = { constant = "order_paid" }   # or a column; "=order_paid" is short for it

    [properties]                         # property = column, typed or not
    cents = { column = "total", type = "money" }
    coupon = "coupon"

Event ids are unique within the mapping's source, and attributes are those of the customer that are set along. As
options: `--map event_id="row number"`, `--map name==order_paid`, `--map property.cents:money=total`.
"""

from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from tidegate.importing.grammar import Grammar, place_of, plain, typed
from tidegate.importing.mapping import FileMapping, Place, ValuePlace

ROW_NUMBER = "row number"


class EventIdPlace(Place):
    """Where an event's id comes from: a column, or the row's number."""

    row_number: bool = False

    @model_validator(mode="before")
    @classmethod
    def _written_short(cls, value: Any) -> Any:
        if value == ROW_NUMBER:
            return {"row_number": True}
        return place_of(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.column is None) != self.row_number or self.constant is not None:
            raise ValueError(f'name a column whose values are unique, or "{ROW_NUMBER}"')
        return self


class EventMapping(FileMapping):
    """Which column of a file of events means what."""

    grammar: ClassVar[Grammar] = Grammar(
        fields=("event_id", "name", "time"),
        tables={
            "identifier": ("identifiers", plain),
            "property": ("properties", typed),
            "attribute": ("attributes", typed),
        },
        says=(
            "event_id=, name=, time=, time:FORMAT=, source=, zone=, identifier.NAMESPACE=, property.NAME=, "
            "property.NAME:TYPE=, or attribute.NAME= and a column"
        ),
        examples={
            "source": "--map source=shop",
            "event_id": f'--map event_id=order_id, or --map event_id="{ROW_NUMBER}"',
            "name": "--map name==order_paid for one name, or --map name=column",
            "time": "--map time=paid_at",
            "identifiers": "--map identifier.member_id=customer",
        },
    )

    event_id: EventIdPlace
    name: Place
    identifiers: Annotated[dict[str, Place], Field(min_length=1, max_length=20)]
    properties: dict[str, ValuePlace] = Field(default_factory=dict, max_length=64)
