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
