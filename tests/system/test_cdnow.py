"""A real purchase history through the command line and the contracts, held against its known answers."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from support.command import tidegate
from support.feeds import changes
from support.server import Suite, serving
from support.shared_data import known_answers, shared_data
from tidegate.api.identity.v1 import changes_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.segmentation.v1 import rules_pb2, segments_pb2
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.runtime.clock import ManualClock

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(1998, 7, 1, tzinfo=ZONE)
MAPPING = """
source = "cdnow"
event_id = "row number"
name = { constant = "purchase" }
time = { column = "date", format = "%Y%m%d" }
[identifiers]
member_id = "customer_id"
[properties]
cds = { column = "number_of_cds", type = "int" }
cents = { column = "dollar_value", type = "money" }
[file]
delimiter = "whitespace"
"""


@dataclass(frozen=True)
class Cdnow:
    """Running services, and the known answers."""

    suite: Suite
    folder: Path
    answers: Mapping[str, object]

    @property
    def identity(self) -> IdentityServiceStub:
        return self.suite.stub("identity", IdentityServiceStub)

    @property
    def segmentation(self) -> SegmentationServiceStub:
        return self.suite.stub("segmentation", SegmentationServiceStub)

    def run_import(self) -> str:
        """Runs `tidegate import` and returns what it says."""
        mapping, token = self.folder / "cdnow.toml", self.folder / "token"
        mapping.write_text(MAPPING)
        token.write_text(self.suite.token)
        files = ["--state", str(self.folder / "state"), "--rejects", str(self.folder / "rejects.csv")]
        command = [
            "import",
            *("--events", str(shared_data("cdnow/CDNOW_master.txt")), "--map", str(mapping), *files),
            *("--address", self.suite.process.addresses["identity"], "--token-file", str(token)),
        ]
        done = tidegate(*command)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def feed(self) -> Counter[str]:
        """How many changes of each kind identity has announced."""
        request = changes_pb2.ListChangesRequest(page_size=10_000)
        return Counter(str(change.WhichOneof("change")) for change in changes(self.identity, request))


@pytest.fixture
def cdnow(tmp_path: Path, database_url: str) -> Iterator[Cdnow]:
    answers = known_answers("cdnow")
    with serving(
        tmp_path,
        "identity",
        "segmentation",
        clock=ManualClock(AS_OF),
        database_url=database_url,
        zone=ZONE.key,
    ) as suite:
        yield Cdnow(suite, tmp_path, answers)


def bought_within(days: int) -> rules_pb2.Rule:
    selection = rules_pb2.EventSelection(names=["purchase"])
    selection.window.rolling.FromTimedelta(timedelta(days=days))
    return rules_pb2.Rule(event=rules_pb2.EventRule(events=selection))


def test_the_history_gives_the_known_customers_events_and_segments(cdnow: Cdnow) -> None:
    said = cdnow.run_import()
    assert "69,659  events stored" in said
    assert "23,570  customers created" in said
    feed = cdnow.feed()
    assert feed["event_recorded"] == cdnow.answers["rows"] == 69_659
    assert feed["customer_created"] == cdnow.answers["customers"] == 23_570

    again = cdnow.run_import()
    assert "0  events stored" in again
    assert "69,659  known before" in again
    assert cdnow.feed() == feed

    assert members(cdnow) == cdnow.answers["active_within_days_of_as_of"]


def members(cdnow: Cdnow) -> dict[str, int]:
    """How many members each segment "bought in the last … days" has, listed one by one."""
    windows = ("30", "60", "90", "180", "365")
    for days in windows:
        segment = segments_pb2.Segment(segment_id=f"bought-{days}", rule=bought_within(int(days)))
        cdnow.segmentation.CreateSegment(segments_pb2.CreateSegmentRequest(segment=segment))
    cdnow.suite.settle(timeout=120)
    return {days: listed(cdnow.segmentation, f"bought-{days}") for days in windows}


def listed(segmentation: SegmentationServiceStub, segment_id: str) -> int:
    pages = segmentation.ListMembers(segments_pb2.ListMembersRequest(segment_id=segment_id))
    customers = [member.customer_id for page in pages for member in page.members]
    assert len(set(customers)) == len(customers)
    return len(customers)
