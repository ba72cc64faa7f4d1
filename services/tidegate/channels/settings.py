"""Settings of an account: declared by an adapter as a dataclass, checked here, errors naming fields.

    @dataclass(frozen=True, slots=True)
    class RelaySettings:
        host: str = setting("Name of the relay")
        port: int = setting("Port of the relay", default=587, minimum=1, maximum=65535)
        password: Secret = secret("Password at the relay", default=Secret(""))

Fields are `str`, `int`, `float`, `bool`, `Secret`, `tuple[str, ...]` or a `StrEnum`. What one field
alone cannot tell, `__post_init__` checks and raises `SettingsError`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass
from enum import StrEnum
from math import isfinite
from typing import Any, Final, get_type_hints

from tidegate.channels.message import SettingsT

_KEY: Final = "tidegate.setting"
_STRINGS: Final = tuple[str, ...]


class Secret:
    """A text that no log, answer or repr() shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, to be handed to the provider and nowhere else."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)" if self._text else "Secret('')"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one setting: `field` names it, `description` says what to do."""

    field: str
    description: str


class SettingsError(ValueError):
    """Settings that an account cannot have; `problems` names every field that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.field}: {problem.description}" for problem in problems))


@dataclass(frozen=True, slots=True)
class _Rule:
    description: str
    minimum: float | None = None
    maximum: float | None = None


def setting(
    description: str, *, default: Any = MISSING, minimum: float | None = None, maximum: float | None = None
) -> Any:
    """Declare a field of an account's settings; without a default it is required.

    `minimum` and `maximum` bound a number's value, a text's length and a list's size.
    """
    return _field(default, _Rule(description, minimum, maximum))


def secret(description: str, *, default: Any = MISSING) -> Any:
    """Declare a `Secret`. The account's stored settings hold its name, never its text."""
    return _field(default, _Rule(description))


def _field(default: Any, rule: _Rule) -> Any:
    return dataclasses.field(default=default, metadata={_KEY: rule})


class SettingType(StrEnum):
    """What a setting holds, for forms and command lines."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    STRINGS = "strings"
    CHOICE = "choice"
    SECRET = "secret"  # noqa: S105 - the name of a type


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting as others see it. `default` is None where there is none, and for secrets."""

    name: str
    type: SettingType
    description: str
    required: bool
    default: object = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


_TYPES: Final[Mapping[object, SettingType]] = {
    str: SettingType.STRING,
    int: SettingType.INTEGER,
    float: SettingType.NUMBER,
    bool: SettingType.BOOLEAN,
    Secret: SettingType.SECRET,
    _STRINGS: SettingType.STRINGS,
}


def describe_settings(settings_type: type[Any]) -> tuple[SettingField, ...]:
    """The fields of a settings dataclass, in order.

    Raises:
        TypeError: It is no dataclass, or a field is of a type that settings cannot have.
    """
    if not dataclasses.is_dataclass(settings_type):
        raise TypeError(f"{settings_type.__name__}: settings are declared as a dataclass")
    hints = get_type_hints(settings_type)
    return tuple(_describe(field, hints[field.name]) for field in dataclasses.fields(settings_type))


def _describe(field: dataclasses.Field[Any], hint: object) -> SettingField:
    rule: _Rule = field.metadata.get(_KEY, _Rule(""))
    kind = _type_of(field.name, hint)
    required = field.default is MISSING and field.default_factory is MISSING
    shown = None if required or kind is SettingType.SECRET else field.default
    return SettingField(field.name, kind, rule.description, required, shown, _choices(hint), rule.minimum, rule.maximum)


def _type_of(name: str, hint: object) -> SettingType:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return SettingType.CHOICE
    try:
        return _TYPES[hint]
    except KeyError:
        raise TypeError(f"{name}: settings cannot be of type {hint}") from None


def _choices(hint: object) -> tuple[str, ...]:
    return tuple(hint) if isinstance(hint, type) and issubclass(hint, StrEnum) else ()


def read_settings(
    settings_type: type[SettingsT], values: Mapping[str, object], *, secrets: Callable[[str], str]
) -> SettingsT:
    """Check an account's stored settings and make the adapter's settings of them.

    Args:
        settings_type: The channel's `settings_type`.
        values: Stored settings by name, as JSON gives them; a secret's value is the secret's name.
        secrets: Gives a secret's text by its name; raises `LookupError` for an unknown one.

    Raises:
        SettingsError: With a problem for every field that is unknown, missing or wrong.
    """
    fields = {field.name: field for field in describe_settings(settings_type)}
    hints = get_type_hints(settings_type)
    problems = [Problem(name, _unknown(name, fields)) for name in values if name not in fields]
    known: dict[str, Any] = {}
    for name, field in fields.items():
        if name in values:
            try:
                known[name] = _read(field, hints[name], values[name], secrets)
            except ValueError as error:
                problems.append(Problem(name, str(error)))
        elif field.required:
            problems.append(Problem(name, f"is required: {field.description}"))
    if problems:
        raise SettingsError(problems)
    return settings_type(**known)


def _unknown(name: str, fields: Mapping[str, SettingField]) -> str:
    return f"there is no setting {name!r}; known are {', '.join(fields) or 'none'}"


def _read(field: SettingField, hint: Any, value: object, secrets: Callable[[str], str]) -> object:
    if field.type is SettingType.SECRET:
        return _read_secret(value, secrets)
    read = _READERS[field.type](value)
    _check_bounds(field, read)
    if field.type is SettingType.CHOICE:
        return _read_choice(field, hint, read)
    return read


def _read_secret(value: object, secrets: Callable[[str], str]) -> Secret:
    try:
        return Secret(secrets(_read_string(value)))
    except LookupError:
        # What was given is not repeated: it may be the secret itself.
        raise ValueError("names no secret that is known; give the name of one, not its text") from None


def _read_choice(field: SettingField, hint: type[StrEnum], read: str) -> StrEnum:
    if read not in field.choices:
        raise ValueError(f"must be one of {', '.join(field.choices)}, not {read!r}")
    return hint(read)


def _read_string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a text, not {type(value).__name__}")
    return value


def _read_integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
        raise ValueError(f"must be a whole number, not {value!r}")
    return int(value)


def _read_number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"must be a number, not {value!r}")
    return float(value)


def _read_boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def _read_strings(value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError(f"must be a list of texts, not {type(value).__name__}")
    return tuple(_read_string(item) for item in value)


_READERS: Final[Mapping[SettingType, Callable[[object], Any]]] = {
    SettingType.STRING: _read_string,
    SettingType.CHOICE: _read_string,
    SettingType.INTEGER: _read_integer,
    SettingType.NUMBER: _read_number,
    SettingType.BOOLEAN: _read_boolean,
    SettingType.STRINGS: _read_strings,
}


def _check_bounds(field: SettingField, read: Any) -> None:
    size = read if isinstance(read, int | float) else len(read)
    what = "" if isinstance(read, int | float) else "length "
    if field.minimum is not None and size < field.minimum:
        raise ValueError(f"{what}must be at least {field.minimum:g}, not {size:g}")
    if field.maximum is not None and size > field.maximum:
        raise ValueError(f"{what}must be at most {field.maximum:g}, not {size:g}")
