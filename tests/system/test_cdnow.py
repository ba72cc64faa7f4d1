"""A real purchase history through the command line and the contracts, held against its known answers."""

import csv
import os
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from support import segmentation_words as w
from support.command import tidegate
from support.described import span
from support.feeds import changes
from support.server import Suite, serving
from support.shared_data import known_answers, shared_data
from tidegate.api.common.v1 import common_pb2
from tidegate.api.identity.v1 import changes_pb2, customers_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.segmentation.v1 import reports_pb2, rules_pb2, score_models_pb2, segments_pb2
from tidegate.api.segmentation.v1.report_service_pb2_grpc import ReportServiceStub
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.runtime.clock import ManualClock

T = TypeVar("T")
ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(1998, 7, 1, tzinfo=ZONE)
WINDOWS = ("30", "60", "90", "180", "365")
PART = 7_000
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

    @property
    def reports(self) -> ReportServiceStub:
        return self.suite.stub("segmentation", ReportServiceStub)

    def run_import(self, file: Path) -> str:
        """Runs `tidegate import` and returns what it says."""
        mapping, token = self.folder / "cdnow.toml", self.folder / "token"
        mapping.write_text(MAPPING)
        token.write_text(self.suite.token)
        files = ["--state", str(self.folder / "state"), "--rejects", str(self.folder / "rejects.csv")]
        command = [
            "import",
            *("--events", str(file), "--map", str(mapping), *files),
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


@pytest.mark.parametrize("database_kind", ["sqlite", *(["postgresql"] if "TIDEGATE_FULL" in os.environ else [])])
def test_the_history_gives_the_known_customers_events_segments_and_scores(cdnow: Cdnow) -> None:
    """Usually on the database that is told all of it sooner; the other one is told a part, and counted by hand."""
    said = cdnow.run_import(shared_data("cdnow/CDNOW_master.txt"))
    assert "69,659  events stored" in said
    assert "23,570  customers created" in said
    feed = cdnow.feed()
    assert feed["event_recorded"] == cdnow.answers["rows"] == 69_659
    assert feed["customer_created"] == cdnow.answers["customers"] == 23_570

    assert members(cdnow) == cdnow.answers["active_within_days_of_as_of"]
    customers = known_customers(cdnow.identity)
    assert len(customers) == 23_570
    check_ntile(cdnow.segmentation, customers, cdnow.answers)
    check_edges(cdnow.segmentation, customers, cdnow.answers)
    check_months(cdnow.reports, cdnow.answers)
    check_intervals(cdnow.reports, cdnow.answers)


def test_a_part_of_it_gives_what_can_be_counted_by_hand_and_again_nothing_new(cdnow: Cdnow) -> None:
    header, *rows = shared_data("cdnow/CDNOW_master.txt").read_text().splitlines()[: PART + 1]
    part = cdnow.folder / "part.txt"
    part.write_text("\n".join([header, *rows]) + "\n")
    last_bought: dict[str, date] = {}
    for number, day, *_ in map(str.split, rows):
        last_bought[number] = max(last_bought.get(number, date.min), date.fromisoformat(day))
    said = cdnow.run_import(part)
    assert f"{PART:,}  events stored" in said
    assert f"{len(last_bought):,}  customers created" in said
    feed = cdnow.feed()
    assert (feed["event_recorded"], feed["customer_created"]) == (PART, len(last_bought))

    again = cdnow.run_import(part)
    assert "0  events stored" in again
    assert f"{PART:,}  known before" in again
    assert cdnow.feed() == feed

    ages = [(AS_OF.date() - day).days for day in last_bought.values()]
    assert members(cdnow) == {days: sum(age <= int(days) for age in ages) for days in WINDOWS}


def members(cdnow: Cdnow) -> dict[str, int]:
    """How many members each segment "bought in the last … days" has, listed one by one."""
    for days in WINDOWS:
        segment = segments_pb2.Segment(segment_id=f"bought-{days}", rule=bought_within(int(days)))
        cdnow.segmentation.CreateSegment(segments_pb2.CreateSegmentRequest(segment=segment))
    cdnow.suite.settle(timeout=120)
    return {days: listed(cdnow.segmentation, f"bought-{days}") for days in WINDOWS}


def listed(segmentation: SegmentationServiceStub, segment_id: str) -> int:
    pages = segmentation.ListMembers(segments_pb2.ListMembersRequest(segment_id=segment_id))
    customers = [member.customer_id for page in pages for member in page.members]
    assert len(set(customers)) == len(customers)
    return len(customers)


def known_customers(identity: IdentityServiceStub) -> dict[str, int]:
    """The customer id of each customer's number in the history."""
    with shared_data("cdnow/answer_rfm_ntile.csv").open() as file:
        numbers = [row["customer_id"] for row in csv.DictReader(file)]
    found: dict[str, int] = {}
    for batch in batches(numbers):
        identifiers = [common_pb2.Identifier(namespace="member_id", value=number) for number in batch]
        request = customers_pb2.ResolveIdentifiersRequest(identifiers=identifiers)
        results = identity.ResolveIdentifiers(request).results
        found.update((number, each.customer_id) for number, each in zip(batch, results, strict=True))
    return found


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many at a time as a call takes."""
    return (items[start : start + 1_000] for start in range(0, len(items), 1_000))


def component(name: str, measure: str, classes: str, **fields: Any) -> score_models_pb2.ScoreComponent:
    made = score_models_pb2.ScoreComponent(
        component_id=name,
        measure=f"MEASURE_{measure}",
        events=w.events("purchase"),
        **fields,
    )
    getattr(made, classes).classes = 5
    return made


def rfm(model_id: str, classes: str) -> score_models_pb2.ScoreModel:
    return score_models_pb2.ScoreModel(
        model_id=model_id,
        components=[
            component("recency", "RECENCY", classes),
            component("frequency", "FREQUENCY", classes),
            component("monetary", "MONETARY", classes, property="cents"),
        ],
        tiers=[
            score_models_pb2.Tier(tier="high", minimum_score=4),
            score_models_pb2.Tier(tier="low", minimum_score=0),
        ],
    )


def run(segmentation: SegmentationServiceStub, model: score_models_pb2.ScoreModel) -> score_models_pb2.ScoreRun:
    segmentation.CreateScoreModel(score_models_pb2.CreateScoreModelRequest(model=model))
    request = score_models_pb2.RunScoreModelRequest(model_id=model.model_id)
    request.as_of.FromDatetime(AS_OF)
    request.wait.FromSeconds(20)
    answer = segmentation.RunScoreModel(request).run
    assert answer.state == score_models_pb2.RUN_STATE_SUCCEEDED, answer.error
    return answer


def classes_of(
    segmentation: SegmentationServiceStub, model_id: str, customer_ids: Sequence[int]
) -> dict[int, tuple[int, ...]]:
    found = {}
    for batch in batches(customer_ids):
        request = score_models_pb2.GetScoresRequest(model_id=model_id, customer_ids=batch)
        for score in segmentation.GetScores(request).scores:
            found[score.customer_id] = tuple(each.class_number for each in score.components)
    return found


def check_ntile(segmentation: SegmentationServiceStub, members: dict[str, int], answers: Any) -> None:
    done = run(segmentation, rfm("rfm.ntile", "ntile"))
    assert done.customers == answers["customers"]
    assert [list(each.class_sizes) for each in done.cuts] == [answers["rfm_ntile"]["R_sizes"]] * 3
    found = classes_of(segmentation, "rfm.ntile", list(members.values()))
    with shared_data("cdnow/answer_rfm_ntile.csv").open() as file:
        expected = {
            members[row["customer_id"]]: (int(row["R"]), int(row["F"]), int(row["M"])) for row in csv.DictReader(file)
        }
    assert found == expected


def check_edges(segmentation: SegmentationServiceStub, members: dict[str, int], answers: Any) -> None:
    done = run(segmentation, rfm("rfm.edges", "quantile_edges"))
    known = answers["rfm_quantile_cut"]
    for cuts, name, scale in zip(done.cuts, "RFM", (1, 1, 100), strict=True):
        assert list(cuts.cuts) == pytest.approx([edge * scale for edge in known[name]["edges"]])
        assert {str(at + 1): size for at, size in enumerate(cuts.class_sizes)} == known[name]["sizes"]
    cells = Counter(classes_of(segmentation, "rfm.edges", list(members.values())).values())
    assert cells[5, 5, 5] == known["cell_555"]
    assert cells[1, 1, 1] == known["cell_111"]


def check_months(reports: ReportServiceStub, answers: Any) -> None:
    """Purchases and buyers month by month, and what was spent in all."""
    request = reports_pb2.GetTimeSeriesRequest(
        events=w.events("purchase"),
        span=span(datetime(1997, 1, 1, tzinfo=ZONE), AS_OF),
        step=reports_pb2.TIME_STEP_MONTH,
    )
    [series] = reports.GetTimeSeries(request).series
    months = [each.start_time.ToDatetime(UTC).astimezone(ZONE).strftime("%Y-%m") for each in series.points]
    assert dict(zip(months, [each.value for each in series.points], strict=True)) == answers["monthly_rows"]
    buyers = dict(zip(months, [each.customers for each in series.points], strict=True))
    assert buyers == answers["monthly_active_customers"]
    request.aggregate, request.property = rules_pb2.AGGREGATE_SUM, "cents"
    [series] = reports.GetTimeSeries(request).series
    assert sum(each.value for each in series.points) == answers["value_total_cents"]


def check_intervals(reports: ReportServiceStub, answers: Any) -> None:
    """From the first purchase to the second one, which may be on the same day."""
    days: dict[str, list[date]] = {}
    for number, day, *_ in map(str.split, shared_data("cdnow/CDNOW_master.txt").read_text().splitlines()[1:]):
        days.setdefault(number, []).append(date.fromisoformat(day))
    first_two = [sorted(each)[:2] for each in days.values() if len(each) > 1]
    gaps = Counter((second - first).days for first, second in first_two)
    request = reports_pb2.GetIntervalDistributionRequest(first=w.events("purchase"), second=w.events("purchase"))
    found = reports.GetIntervalDistribution(request)
    assert found.started == answers["customers"]
    assert found.finished == answers["customers"] - answers["customers_with_one_row"] == gaps.total()
    assert [each.customers for each in found.bars] == [gaps[at] for at in range(max(gaps) + 1)]
    median = next(each for each in found.quantiles if each.probability == 0.5)
    assert median.duration.ToTimedelta() == timedelta(days=statistics.median(gaps.elements()))
