"""Rows gathered into batches that a message can carry."""

import io
from pathlib import Path
from zoneinfo import ZoneInfo

from tidegate.importing import CustomerMapping, load_mapping
from tidegate.importing.batches import MOST_ITEMS, read_batches
from tidegate.importing.customers import CustomerMaker
from tidegate.importing.rows import Position

MESSAGE = 5 * 1024 * 1024


def sizes(rows: int, *options: str) -> list[tuple[int, int]]:
    """Items and bytes of each batch."""
    base = ["source=crm", "time==2026-11-01", "identifier.member_id=member"]
    mapping = load_mapping(CustomerMapping, [*base, *options])
    file = io.BytesIO("\n".join(["member,ok", *(f"m{number},1" for number in range(rows))]).encode())
    maker = CustomerMaker(mapping, ZoneInfo("Asia/Shanghai"))
    batches = read_batches(Path("crm.csv"), file, mapping, maker=maker, start=Position())
    return [(len(batch.items), sum(item.ByteSize() for item in batch.items)) for batch in batches]


def test_a_batch_has_at_most_a_thousand_items() -> None:
    assert [items for items, _ in sizes(2_500)] == [MOST_ITEMS, MOST_ITEMS, 500]


def test_short_rows_that_say_much_are_sent_in_smaller_batches() -> None:
    found = sizes(MOST_ITEMS, *(f"consent.{'p' * 60}{number}.{'c' * 60}.{'b' * 60}=ok" for number in range(50)))
    assert sum(items for items, _ in found) == MOST_ITEMS
    assert len(found) > 1
    assert max(size for _, size in found) < MESSAGE
