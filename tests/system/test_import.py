"""`tidegate import` against a running identity: what is taken, what is not, and what a kill leaves behind."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.feeds import changes
from support.importing import Importer
from support.server import serving
from tidegate.api.identity.v1 import changes_pb2

ROWS = 12_000
MAPPING = [
    "source=shop",
    "event_id=order",
    "name==order_paid",
    "time=paid_at",
    "identifier.phone=mobile",
    "identifier.member_id=member",
    "property.cents:money=total",
]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Importer]:
    with serving(tmp_path / "services", "identity") as suite:
        yield Importer(suite, tmp_path, "--events", MAPPING)


def recorded(shop: Importer) -> int:
    """How many events identity has announced."""
    found = changes(shop.identity, changes_pb2.ListChangesRequest(page_size=10_000))
    return sum(change.HasField("event_recorded") for change in found)


def orders(path: Path, rows: int) -> Path:
    lines = (f"o{n},2026-10-01 10:00,138{n % 9000:08},m{n % 9000},{n % 500}.50" for n in range(rows))
    path.write_text("\n".join(["order,paid_at,mobile,member,total", *lines]))
    return path


def test_rows_of_a_csv_file_are_taken_or_rejected_with_a_reason(shop: Importer) -> None:
    events = shop.folder / "orders.csv"
    events.write_text(
        "order,paid_at,mobile,member,total\n"
        "1,2026-10-01,13800000001,m1,11.77\n"
        "2,2026-10-01,13800000002,,11.777\n"
        "3,2026-10-01,not a phone,,1\n"
        "4,2026-10-02,13800000001,m1,0\n"
    )
    done = shop.run(events)
    assert done.returncode == 1, done.stderr
    assert "2  events stored" in done.stdout
    assert [(each["row"], each["columns"], each["original"]) for each in shop.rejected(events)] == [
        ("2", "total", "2,2026-10-01,13800000002,,11.777"),
        ("3", "mobile", "3,2026-10-01,not a phone,,1"),
    ]
    assert recorded(shop) == 2


def test_jsonl_is_imported_too(shop: Importer) -> None:
    events = shop.folder / "orders.jsonl"
    row = {
        "order": 7,
        "paid_at": "2026-10-01T10:00:00Z",
        "mobile": "13800000001",
        "member": "m1",
        "total": 3.5,
    }
    events.write_text(json.dumps(row) + "\n")
    assert shop.run(events).returncode == 0
    assert recorded(shop) == 1


def test_a_killed_import_goes_on_and_stores_every_event_once(shop: Importer) -> None:
    events = orders(shop.folder / "orders.csv", ROWS)
    state = shop.folder / "state"
    shop.run_and_kill(events, state)
    before = recorded(shop)
    assert 0 < before < ROWS
    done = shop.run(events, "--state", str(state))
    assert done.returncode == 0, done.stderr
    assert "of them before the interruption" in done.stdout
    assert recorded(shop) == ROWS
    assert not state.exists()


@pytest.mark.parametrize(
    ("options", "status", "says"),
    [
        (["--map", "identifier.phone=no_such"], 2, "the file has no column no_such"),
        (["--map", "colour=red"], 2, "--map colour=red"),
        (["--rejects", "/no/such/folder/rejects.csv"], 2, "--rejects"),
        (["--token-file", "/no/such/token"], 2, "tidegate token new"),
    ],
)
def test_a_wrong_command_says_what_is_wrong(shop: Importer, options: list[str], status: int, says: str) -> None:
    done = shop.run(orders(shop.folder / "orders.csv", 3), *options)
    assert done.returncode == status
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_token_that_is_not_known_ends_the_import(shop: Importer) -> None:
    token = shop.folder / "token"
    token.write_text("tg_wrong")
    done = shop.run(orders(shop.folder / "orders.csv", 3), "--token-file", str(token))
    assert done.returncode == 3
    assert "refuses" in done.stderr
