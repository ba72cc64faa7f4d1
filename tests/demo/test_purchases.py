"""The demo on a purchase history: the file's customers live through the campaign; what is no purchase is told."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from support.command import tidegate
from support.figures import figure

HEADER = "card,phone,paid at,total,order"
MAPS = (
    "identifier.member_id=card",
    "identifier.phone=phone",
    "time=paid at",
    "property.amount:money=total",
    "event_id=order",
    "name==bought",
    "source=till",
)


def history(path: Path, rows: Sequence[str]) -> Path:
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def demo(path: Path, *maps: str) -> tuple[int, str, str]:
    arguments = [part for each in maps or MAPS for part in ("--map", each)]
    ran = tidegate("demo", "--purchases", str(path), *arguments)
    return ran.returncode, ran.stdout, ran.stderr


def test_the_customers_of_a_file_live_through_the_campaign_after_it(tmp_path: Path) -> None:
    rows = [
        f"M{number % 150:03},,2025-{1 + number % 12:02}-11 10:00,{10 + number % 70}.50,{number}"
        for number in range(400)
    ]
    odd = ["M001,,2025-13-01 10:00,5.00,late", "M002,,2025-05-01 10:00,,free", ",13800138000,2025-05-01 10:00,5.00,x"]
    odd += [f"0,,2025-05-01 10:00,5.00,guest-{number}" for number in range(3)]
    status, shown, said = demo(history(tmp_path / "till.csv", [*odd, *rows]))
    assert status == 0, said
    assert "6 rows were left out; the first is row 1: paid at" in said
    assert figure(shown, "events told") == len(rows)
    assert figure(shown, "customers left") == 150


@pytest.mark.parametrize(
    ("rows", "maps", "said"),
    [
        (["0,,2025-05-01 10:00,5.00,1"], MAPS, "has no row that is a purchase; the first is row 1: member_id is a"),
        (["M1,,2025-05-01 10:00,,1"], MAPS, "has no row that is a purchase; the first is row 1: amount is empty"),
        ([], MAPS, "has no row that is a purchase"),
        (["M1,,2025-05-01 10:00,5.00,1"], MAPS[1:], "needs identifier.member_id and property.amount:money"),
        (
            ["M1,,2025-05-01 10:00,5.00,1"],
            tuple(each.replace(":money", "") for each in MAPS),
            "needs identifier.member_id and property.amount:money",
        ),
    ],
)
def test_a_file_without_purchases_is_refused(
    tmp_path: Path, rows: Sequence[str], maps: Sequence[str], said: str
) -> None:
    status, _, complaint = demo(history(tmp_path / "till.csv", rows), *maps)
    assert status == 2
    assert said in complaint


def test_a_purchase_that_identity_refuses_is_told_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (left := tmp_path / "left").mkdir()
    monkeypatch.setenv("TMPDIR", str(left))
    rows = ["M1,,2025-05-01 10:00,5.00,1", f"M2,,2025-05-01 11:00,5.00,{'9' * 129}"]
    status, _, complaint = demo(history(tmp_path / "till.csv", rows))
    assert status == 2, complaint
    assert f"identity refuses {'9' * 129} of till: " in complaint
    assert "event_id" in complaint
    assert "Traceback" not in complaint
    assert list(left.iterdir()) == []
