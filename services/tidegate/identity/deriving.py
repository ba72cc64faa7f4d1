"""Values that travel in the place of personal ones.

An age band turns at the beginning of the month behind the birthday (of the month itself for who was born on its first
day), in UTC, for all alike: neither the feed nor what is stored for it tells the day of anybody's birth.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from tidegate.identity.model import AttributeDefinition, AttributeType, Derivation, Scalar
from tidegate.runtime.clock import from_micros, micros

_BAND = 10
_OLDEST = 130
_ADDRESS = re.compile(r"[^\s@]+@([\w-]+(?:\.[\w-]+)+)")
_LONGEST_DOMAIN = 253

FITTING: Mapping[Derivation, AttributeType] = {
    Derivation.MONTH_DAY: AttributeType.DATE,
    Derivation.AGE_BAND: AttributeType.DATE,
    Derivation.DOMAIN: AttributeType.STRING,
}
"""The type of attribute that each is derived from."""


def derive(derivation: Derivation, value: Scalar, now: int) -> str | None:
    """What is derived at an instant; None when there is nothing to derive it from."""
    return _DERIVATIONS[derivation](value, now) if isinstance(value, str) else None


def turns(definition: AttributeDefinition, value: Scalar, now: int) -> int | None:
    """The next instant at which what is derived from a value is another by itself, None when there is none."""
    bands = any(each.derivation is Derivation.AGE_BAND for each in definition.derived)
    if not bands or not isinstance(value, str):
        return None
    birth = date.fromisoformat(value)
    age = _age(birth, now)
    if age >= _OLDEST:
        return None
    year = birth.year + max(age // _BAND + 1, 0) * _BAND
    month = birth.month + (birth.day > 1)
    year, month = (year + 1, 1) if month > 12 else (year, month)
    return micros(datetime(year, month, 1, tzinfo=UTC)) if year <= date.max.year else None


def _month_day(value: str, _now: int) -> str:
    return value[len("YYYY-") :]


def _age_band(value: str, now: int) -> str | None:
    """None for dates that lie ahead, and for those that are no living person's."""
    age = _age(date.fromisoformat(value), now)
    first = age // _BAND * _BAND
    return f"{first}-{first + _BAND - 1}" if 0 <= age < _OLDEST else None


def _age(birth: date, now: int) -> int:
    """Full years at the beginning of the month; negative before birth."""
    today = from_micros(now).date()
    return today.year - birth.year - ((today.month, 1) < (birth.month, birth.day))


def _domain(value: str, _now: int) -> str | None:
    found = _ADDRESS.fullmatch(value)
    return found[1].lower() if found and len(found[1]) <= _LONGEST_DOMAIN else None


_DERIVATIONS: Mapping[Derivation, Callable[[str, int], str | None]] = {
    Derivation.MONTH_DAY: _month_day,
    Derivation.AGE_BAND: _age_band,
    Derivation.DOMAIN: _domain,
}
