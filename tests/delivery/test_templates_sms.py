"""How many parts an SMS is charged as, against vendors' texts and a library's answers."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from support.shared_data import shared_data
from tidegate.channels.sms import domestic_part_count, part_count


@pytest.fixture(scope="module")
def vectors() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(shared_data("vectors/sms_segments.json").read_text())
    return found


def test_parts_as_documented(vectors: Mapping[str, Any]) -> None:
    count = {
        "cn_domestic": lambda length: domestic_part_count("好" * length),
        "intl_gsm7": lambda length: part_count("a" * length),
        "intl_ucs2": lambda length: part_count("好" * length),
    }
    documented = vectors["documented"]
    assert documented
    for case in documented:
        assert count[case["kind"]](case["length"]) == case["segments"], case


def test_parts_as_a_library_counts(vectors: Mapping[str, Any]) -> None:
    cases = vectors["twilio_oracle"]
    assert len(cases) > 20
    assert {case["name"]: part_count(case["body"]) for case in cases} == {
        case["name"]: case["twilio"]["segments"] for case in cases
    }


@pytest.mark.parametrize(
    ("text", "signature", "parts"),
    [
        ("a" * 70, "", 1),
        ("a" * 71, "", 2),
        ("好" * 66, "品牌", 1),
        ("好" * 67, "品牌", 2),
        ("好" * 130, "品牌", 2),
        ("好" * 131, "品牌", 3),
        ("", "", 1),
    ],
)
def test_within_china_the_signature_counts(text: str, signature: str, parts: int) -> None:
    assert domestic_part_count(text, signature) == parts
