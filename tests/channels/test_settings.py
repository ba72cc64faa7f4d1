"""Settings of accounts are declared as dataclasses and checked by name."""

from dataclasses import dataclass
from enum import StrEnum

import pytest
from tidegate.channels import (
    Problem,
    Secret,
    SettingsError,
    SettingType,
    describe_settings,
    read_settings,
    secret,
    setting,
)


class Speed(StrEnum):
    FAST = "fast"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class PigeonSettings:
    loft: str = setting("Where the pigeons live", minimum=1)
    key: Secret = secret("Key of the loft")
    pigeons: int = setting("How many", default=3, minimum=1, maximum=9)
    wind: float = setting("Metres a second at most", default=12.5)
    speed: Speed = setting("How they fly", default=Speed.FAST)
    at_night: bool = setting("Whether they fly at night", default=False)
    routes: tuple[str, ...] = setting("Where they may fly", default=(), maximum=2)

    def __post_init__(self) -> None:
        if self.at_night and self.speed is Speed.SLOW:
            raise SettingsError([Problem("at_night", "slow pigeons sleep at night")])


SECRETS = {"loft_key": "open sesame"}
GOOD = {"loft": "roof", "key": "loft_key"}


def read(values: dict[str, object]) -> PigeonSettings:
    return read_settings(PigeonSettings, values, secrets=SECRETS.__getitem__)


def problems(values: dict[str, object]) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        read(values)
    return {problem.field: problem.description for problem in caught.value.problems}


def test_defaults_fill_what_is_not_given() -> None:
    assert read({**GOOD}) == PigeonSettings("roof", Secret("open sesame"), 3, 12.5, Speed.FAST, at_night=False)


def test_values_as_json_gives_them() -> None:
    values = {**GOOD, "pigeons": 4.0, "wind": 3, "speed": "slow", "routes": ["north", "south"]}
    settings = read(values)
    assert (settings.pigeons, settings.wind, settings.speed) == (4, 3.0, Speed.SLOW)
    assert settings.routes == ("north", "south")
    assert type(settings.pigeons) is int


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("loft", "", "length must be at least 1, not 0"),
        ("loft", 7, "must be a text, not int"),
        ("pigeons", 0, "must be at least 1, not 0"),
        ("pigeons", 10, "must be at most 9, not 10"),
        ("pigeons", 1.5, "must be a whole number, not 1.5"),
        ("pigeons", True, "must be a whole number, not True"),
        ("pigeons", "3", "must be a whole number, not '3'"),
        ("pigeons", float("inf"), "must be a whole number, not inf"),
        ("pigeons", float("nan"), "must be a whole number, not nan"),
        ("wind", float("nan"), "must be a number, not nan"),
        ("wind", "strong", "must be a number, not 'strong'"),
        ("speed", "warp", "must be one of fast, slow, not 'warp'"),
        ("at_night", 1, "must be true or false, not 1"),
        ("routes", "north", "must be a list of texts, not str"),
        ("routes", ["north", 2], "must be a text, not int"),
        ("routes", ["a", "b", "c"], "length must be at most 2, not 3"),
        ("key", "master", "names no secret that is known; give the name of one, not its text"),
    ],
)
def test_a_wrong_value_is_named(field: str, value: object, says: str) -> None:
    assert problems({**GOOD, field: value}) == {field: says}


def test_every_problem_is_told_at_once() -> None:
    found = problems({"pigeons": 0, "feathers": 1})
    assert set(found) == {"loft", "key", "pigeons", "feathers"}
    assert found["loft"] == "is required: Where the pigeons live"
    assert found["feathers"].startswith("there is no setting 'feathers'; known are loft, key,")


def test_what_two_fields_mean_together_is_named_too() -> None:
    found = problems({**GOOD, "at_night": True, "speed": "slow"})
    assert found == {"at_night": "slow pigeons sleep at night"}


def test_a_secret_is_shown_to_nobody() -> None:
    settings = PigeonSettings("roof", Secret("open sesame"))
    assert "open sesame" not in repr(settings)
    assert settings.key.reveal() == "open sesame"


def test_secrets_compare_by_their_text() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert not Secret("")
    assert Secret("a") != "a"


def test_fields_are_described() -> None:
    fields = {field.name: field for field in describe_settings(PigeonSettings)}
    assert [field.type for field in fields.values()] == [
        SettingType.STRING,
        SettingType.SECRET,
        SettingType.INTEGER,
        SettingType.NUMBER,
        SettingType.CHOICE,
        SettingType.BOOLEAN,
        SettingType.STRINGS,
    ]
    assert (fields["loft"].required, fields["pigeons"].required) == (True, False)
    assert fields["speed"].choices == ("fast", "slow")
    assert fields["pigeons"].default == 3
    assert fields["key"].default is None


def test_a_type_that_settings_cannot_have_is_refused() -> None:
    @dataclass(frozen=True)
    class Odd:
        moon: complex = setting("Phase")

    with pytest.raises(TypeError, match="moon: settings cannot be of type"):
        describe_settings(Odd)
    with pytest.raises(TypeError, match="str: settings are declared as a dataclass"):
        describe_settings(str)
