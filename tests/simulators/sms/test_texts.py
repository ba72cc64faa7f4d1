"""How texts of short messages are counted and looked through."""

import json

import pytest
from support.shared_data import shared_data
from tidegate_simulators.sms import has_address, parts_of


def test_parts_are_counted_as_the_clouds_say() -> None:
    for case in json.loads(shared_data("vectors/sms_segments.json").read_text())["documented"]:
        character = "a" if case["kind"] == "intl_gsm7" else "潮"
        abroad = case["kind"] != "cn_domestic"
        assert (case, parts_of(character * case["length"], abroad=abroad)) == (case, case["segments"])
    assert parts_of("[" * 80, abroad=True) == 1
    assert parts_of("[" * 81, abroad=True) == 2
    assert parts_of("🌊" * 36, abroad=True) == 2
    assert parts_of("a" * 71) == 2


@pytest.mark.parametrize(
    ("text", "at_home", "abroad"),
    [
        ("🌊" * 35, 1, 1),
        ("🌊" * 36, 2, 2),
        ("🌊" * 67, 3, 3),  # 134 units, of which each message holds 66
        ("a" + "🌊" * 33 + "a" * 67, 2, 2),
        ("a" * 152 + "[" + "a" * 152, 5, 3),  # 306 septets, but the first message holds 152
        ("a" * 152 + "[" + "a" * 151, 5, 2),
        ("é€" * 53, 2, 1),
        ("`" * 71, 2, 2),
        ("ç" * 71, 2, 2),
    ],
)
def test_what_two_units_make_is_not_cut(text: str, at_home: int, abroad: int) -> None:
    assert (parts_of(text), parts_of(text, abroad=True)) == (at_home, abroad)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://x", True),
        ("go to www.x", True),
        ("t.example.cn/a", True),
        ("看t.cn", True),
        ("10.0.0.1", True),
        ("12.50", False),
        ("v1.2.3", False),
        ("aB3x9Q", False),
        ("2026.11.28", False),
        ("安女士", False),
    ],
)
def test_addresses_are_seen(text: str, expected: bool) -> None:
    assert has_address(text) is expected
