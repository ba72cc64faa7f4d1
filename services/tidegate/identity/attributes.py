"""Attributes: the types of their values and which of several values is in force.

Every policy is a rule for two values, so a value that arrives is combined with the one in force, and a merge
combines the two customers' values. The order of arrival decides between values of the same time alone, and a
merge decides by itself under MergePolicy.SURVIVOR.
"""

from collections.abc import Callable, Mapping
from datetime import date

from tidegate.identity.model import AttributeDefinition, AttributeType, Held, MergePolicy, Scalar

LONGEST_TEXT = 4096
LONGEST_LIST = 100
LONGEST_LIST_TEXT = 256
_LARGEST_INT = 2**63 - 1

BUILT_IN: Mapping[str, AttributeDefinition] = {
    definition.name: definition
    for definition in (
        AttributeDefinition(name="zone", display_name="IANA time zone", type=AttributeType.STRING),
        AttributeDefinition(name="locale", display_name="BCP 47 language tag", type=AttributeType.STRING),
        AttributeDefinition(name="gender", display_name="Gender", type=AttributeType.STRING),
        AttributeDefinition(name="city", display_name="City", type=AttributeType.STRING),
        AttributeDefinition(name="province", display_name="Province", type=AttributeType.STRING),
        AttributeDefinition(name="country", display_name="Country", type=AttributeType.STRING),
        AttributeDefinition(name="name", display_name="Name", type=AttributeType.STRING, personal=True),
        AttributeDefinition(name="given_name", display_name="Given name", type=AttributeType.STRING, personal=True),
        AttributeDefinition(name="family_name", display_name="Family name", type=AttributeType.STRING, personal=True),
        AttributeDefinition(name="birth_date", display_name="Date of birth", type=AttributeType.DATE, personal=True),
    )
}
"""The attributes that every installation has."""

CLEARABLE = frozenset((MergePolicy.LATEST, MergePolicy.SURVIVOR, MergePolicy.TRUSTED))
"""Policies under which a value may be cleared: the others compare or add values, and nothing is no value."""


LISTABLE: Mapping[AttributeType, type] = {
    AttributeType.STRING: str,
    AttributeType.INT: int,
    AttributeType.LIST: str,
}
"""Types of attributes whose values can be listed, with the type of what the list names."""

_NAMED = 5


class WrongValue(ValueError):
    """The value does not fit its attribute; the text says what would."""


def typed(definition: AttributeDefinition, value: Scalar) -> Scalar:
    """``value`` as the attribute keeps it. Raises WrongValue."""
    if value is None:
        if definition.merge_policy not in CLEARABLE:
            raise WrongValue(f"a value cannot be cleared under the policy `{definition.merge_policy}`")
        return None
    if definition.type is AttributeType.DOUBLE and type(value) is int:
        return float(value)
    if type(value) is not _TYPES[definition.type]:
        raise WrongValue(f"must be of type {definition.type}")
    if definition.type is AttributeType.DATE:
        _check_date(str(value))
    return value


def check_allowed(definition: AttributeDefinition, value: Scalar) -> None:
    """Refuses a value, of the attribute's type, that its definition does not list. Raises WrongValue."""
    if not definition.allowed_values or value is None:
        return
    given = value if isinstance(value, tuple) else (value,)
    if not set(definition.allowed_values).issuperset(given):
        raise WrongValue(f"must be {_right(definition)}")


def combine(definition: AttributeDefinition, current: Held | None, new: Held) -> Held:
    """The value in force when ``new`` arrives beside ``current``."""
    return new if current is None else _POLICIES[definition.merge_policy](definition, current, new)


def merge(definition: AttributeDefinition, survivor: Held | None, merged: Held) -> Held:
    """The value in force when a customer that has ``merged`` is merged into one that has ``survivor``."""
    if definition.merge_policy is MergePolicy.SURVIVOR:
        return survivor if survivor is not None and survivor.value is not None else merged
    return merged if survivor is None else combine(definition, merged, survivor)


def _right(definition: AttributeDefinition) -> str:
    """The values that are allowed, the first of them where they are many."""
    allowed = definition.allowed_values
    named = ", ".join(f"`{value}`" for value in allowed[:_NAMED])
    how = "made of" if definition.type is AttributeType.LIST else "one of"
    if len(allowed) <= _NAMED:
        return f"{how} {named}"
    return f"{how} {named}, and {len(allowed) - _NAMED} more that GetAttributeDefinition lists"


def _check_date(text: str) -> None:
    try:
        valid = date.fromisoformat(text).isoformat() == text
    except ValueError:
        valid = False
    if not valid:
        raise WrongValue("must be a date of the form YYYY-MM-DD")


def _order(value: Scalar) -> tuple[bool, int | float, str]:
    """Puts values of one type in order: numbers by size, others by their text, nothing before all."""
    number = value if isinstance(value, int | float) else 0
    return value is not None, number, "" if isinstance(value, int | float) else str(value)


def _latest(_definition: AttributeDefinition, current: Held, new: Held) -> Held:
    return new if new.time >= current.time else current


def _earliest(_definition: AttributeDefinition, current: Held, new: Held) -> Held:
    return new if new.time < current.time else current


def _max(_definition: AttributeDefinition, current: Held, new: Held) -> Held:
    return max(current, new, key=lambda held: (_order(held.value), -held.time, held.source))


def _min(_definition: AttributeDefinition, current: Held, new: Held) -> Held:
    return min(current, new, key=lambda held: (_order(held.value), held.time, held.source))


def _sum(definition: AttributeDefinition, current: Held, new: Held) -> Held:
    newest = _latest(definition, current, new)
    total = _number(current.value) + _number(new.value)
    if isinstance(total, int):
        total = max(-_LARGEST_INT - 1, min(_LARGEST_INT, total))
    return Held(total, newest.time, newest.source)


def _number(value: Scalar) -> int | float:
    return value if isinstance(value, int | float) else 0


def _trusted(definition: AttributeDefinition, current: Held, new: Held) -> Held:
    distrust = {source: rank for rank, source in enumerate(definition.trusted_sources)}
    was, now = (distrust.get(held.source, len(distrust)) for held in (current, new))
    if was != now:
        return new if now < was else current
    return _latest(definition, current, new)


_TYPES: Mapping[AttributeType, type] = {
    AttributeType.STRING: str,
    AttributeType.INT: int,
    AttributeType.DOUBLE: float,
    AttributeType.BOOL: bool,
    AttributeType.TIMESTAMP: int,
    AttributeType.LIST: tuple,
    AttributeType.DATE: str,
}

_POLICIES: Mapping[MergePolicy, Callable[[AttributeDefinition, Held, Held], Held]] = {
    MergePolicy.LATEST: _latest,
    MergePolicy.EARLIEST: _earliest,
    MergePolicy.MAX: _max,
    MergePolicy.MIN: _min,
    MergePolicy.SUM: _sum,
    MergePolicy.SURVIVOR: _latest,
    MergePolicy.TRUSTED: _trusted,
}
