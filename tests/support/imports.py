"""Files to import, and imports of them."""

import csv
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.importing import EVENTS, EventMapping, ImportPaths, Progress, import_file, load_mapping

MAPPING = load_mapping(
    EventMapping, ["source=shop", "event_id=row number", "name==visit", "time=at", "identifier.phone=phone"]
)
ROWS = 12_500
REJECTED = [
    {
        "row": "3",
        "columns": "at",
        "reason": "at: 'soon' is not an ISO 8601 time",
        "original": "soon,13800000002",
    },
    {"row": "5", "columns": "phone", "reason": "phone: is no phone number", "original": "2026-01-01,0"},
    {"row": "11001", "columns": "phone", "reason": "phone: is no phone number", "original": "2026-01-01,00"},
]
"""What the file of rejects holds after an import of visits()."""


def visits(folder: Path) -> ImportPaths:
    """A file with a row that can't be mapped (3) and two that the service refuses (5, and one far behind)."""
    lines = [f"2026-01-01,{13800000000 + number}" for number in range(ROWS)]
    lines[2], lines[4], lines[11_000] = "soon,13800000002", "2026-01-01,0", "2026-01-01,00"
    events = folder / "visits.csv"
    events.write_text("\n".join(["at,phone", *lines]))
    return ImportPaths.beside(events)


def run(
    stub: IdentityServiceStub,
    paths: ImportPaths,
    *,
    patience: float = 10,
    mapping: EventMapping = MAPPING,
    address: str = "there",
) -> Progress:
    """Imports ``paths``; gives up after ``patience`` seconds without an answer."""
    return import_file(
        EVENTS,
        stub,
        mapping,
        paths,
        address=address,
        company_zone=ZoneInfo("Asia/Shanghai"),
        patience=timedelta(seconds=patience),
    )


def rejected(paths: ImportPaths) -> list[dict[str, str]]:
    """The rejected rows, as the file has them."""
    with paths.rejects.open(newline="") as file:
        return list(csv.DictReader(file))
