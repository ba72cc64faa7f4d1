"""Real data with known answers, through identity's and segmentation's contracts."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep
from support import segmentation_words as w
from support.shared_data import known_answers, shared_data
from tidegate.api.common.v1 import common_pb2
from tidegate.api.identity.v1 import customers_pb2, events_pb2
from tidegate.api.segmentation.v1 import (
    experiments_pb2,
    reports_pb2,
    score_models_pb2,
    segments_pb2,
)

if TYPE_CHECKING:
    from segmentation.conftest import Services

SHANGHAI = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(1998, 7, 1, tzinfo=SHANGHAI)
BATCH = 1_000


def batches(items: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(items, BATCH)):
        yield batch


def purchases() -> Iterator[events_pb2.Event]:
    with shared_data("cdnow/CDNOW_master.txt").open() as file:
        next(file)
        for row, line in enumerate(file):
            customer, day, _, dollars = line.split()
            event = events_pb2.Event(
                source="cdnow",
                event_id=str(row),
                name="purchase",
                identifiers=[common_pb2.Identifier(namespace="member_id", value=customer)],
                properties={"cents": w.value(round(float(dollars) * 100))},
            )
            event.time.FromDatetime(datetime.strptime(day, "%Y%m%d").replace(tzinfo=SHANGHAI))
            yield event


def ingest(services: "Services") -> dict[str, int]:
    """The customer id of each member id."""
    members = {}
    for batch in batches(purchases()):
        answer = services.identity.IngestEvents(events_pb2.IngestEventsRequest(events=batch))
        for event, result in zip(batch, answer.results, strict=True):
            members[event.identifiers[0].value] = result.customer_id
    return members


def bought_within(days: int) -> segments_pb2.Segment:
    rule = w.event(w.events("purchase", rolling=timedelta(days=days)))
    return segments_pb2.Segment(segment_id=f"bought.{days}d", rule=rule)


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


def run(services: "Services", model: score_models_pb2.ScoreModel) -> score_models_pb2.ScoreRun:
    services.segmentation.CreateScoreModel(score_models_pb2.CreateScoreModelRequest(model=model))
    request = score_models_pb2.RunScoreModelRequest(model_id=model.model_id)
    request.as_of.FromDatetime(AS_OF)
    request.wait.FromSeconds(20)
    answer = services.segmentation.RunScoreModel(request).run
    assert answer.state == score_models_pb2.RUN_STATE_SUCCEEDED, answer.error
    return answer


def classes_of(services: "Services", model_id: str, customer_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    found = {}
    for batch in batches(iter(customer_ids)):
        request = score_models_pb2.GetScoresRequest(model_id=model_id, customer_ids=batch)
        for score in services.segmentation.GetScores(request).scores:
            found[score.customer_id] = tuple(each.class_number for each in score.components)
    return found


def test_cdnow(services: "Services") -> None:
    answers = known_answers("cdnow")
    services.clock.set(AS_OF)
    members = ingest(services)
    assert len(members) == answers["customers"]
    active = answers["active_within_days_of_as_of"]
    for days in active:
        created = segments_pb2.CreateSegmentRequest(segment=bought_within(int(days)))
        services.segmentation.CreateSegment(created)
    services.settle()
    for days, expected in active.items():
        request = segments_pb2.GetSegmentRequest(segment_id=f"bought.{days}d")
        segment = services.segmentation.GetSegment(request).segment
        assert segment.state == segments_pb2.SEGMENT_STATE_ACTIVE
        assert segment.member_count == expected, days
        listed = services.segmentation.ListMembers(segments_pb2.ListMembersRequest(segment_id=segment.segment_id))
        assert sum(len(page.members) for page in listed) == expected
    check_ntile(services, members, answers)
    check_edges(services, members, answers)


def check_ntile(services: "Services", members: dict[str, int], answers: Any) -> None:
    done = run(services, rfm("rfm.ntile", "ntile"))
    assert done.customers == answers["customers"]
    assert [list(each.class_sizes) for each in done.cuts] == [answers["rfm_ntile"]["R_sizes"]] * 3
    found = classes_of(services, "rfm.ntile", list(members.values()))
    with shared_data("cdnow/answer_rfm_ntile.csv").open() as file:
        expected = {
            members[row["customer_id"]]: (int(row["R"]), int(row["F"]), int(row["M"])) for row in csv.DictReader(file)
        }
    assert found == expected


def check_edges(services: "Services", members: dict[str, int], answers: Any) -> None:
    done = run(services, rfm("rfm.edges", "quantile_edges"))
    known = answers["rfm_quantile_cut"]
    for cuts, name, scale in zip(done.cuts, "RFM", (1, 1, 100), strict=True):
        assert list(cuts.cuts) == pytest.approx([edge * scale for edge in known[name]["edges"]])
        assert {str(at + 1): size for at, size in enumerate(cuts.class_sizes)} == known[name]["sizes"]
    cells = Counter(classes_of(services, "rfm.edges", list(members.values())).values())
    assert cells[5, 5, 5] == known["cell_555"]
    assert cells[1, 1, 1] == known["cell_111"]


ARMS = {"Mens E-Mail": "mens", "Womens E-Mail": "womens", "No E-Mail": "none"}


def shoppers() -> list[dict[str, str]]:
    with shared_data("hillstrom/hillstrom.csv").open() as file:
        return list(csv.DictReader(file))


def upsert(services: "Services", rows: Sequence[dict[str, str]]) -> list[int]:
    customers = (
        customers_pb2.CustomerUpsert(
            identifiers=[common_pb2.Identifier(namespace="member_id", value=f"h{at}")], source="hillstrom"
        )
        for at in range(len(rows))
    )
    return [
        result.customer_id
        for batch in batches(customers)
        for result in services.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=batch)).results
    ]


def outcomes(rows: Sequence[dict[str, str]], now: datetime) -> Iterator[events_pb2.Event]:
    for at, row in enumerate(rows):
        for name in ("visit", "conversion"):
            if row[name] != "1":
                continue
            event = events_pb2.Event(source="shop", event_id=f"{name}-{at}", name=name)
            event.time.FromDatetime(now)
            event.identifiers.add(namespace="member_id", value=f"h{at}")
            if name == "conversion":
                event.properties["spend"].double_value = float(row["spend"])
            yield event


def import_arms(services: "Services", rows: Sequence[dict[str, str]], customer_ids: Sequence[int]) -> None:
    control, treatment = experiments_pb2.ARM_ROLE_CONTROL, experiments_pb2.ARM_ROLE_TREATMENT
    arms = [experiments_pb2.Arm(arm_id=each, role=control if each == "none" else treatment) for each in ARMS.values()]
    experiment = experiments_pb2.Experiment(experiment_id="hillstrom", arms=arms)
    services.segmentation.CreateExperiment(experiments_pb2.CreateExperimentRequest(experiment=experiment))
    given = (
        experiments_pb2.ImportedAssignment(customer_id=customer_id, arm_id=ARMS[row["segment"]])
        for row, customer_id in zip(rows, customer_ids, strict=True)
    )
    for batch in batches(given):
        request = experiments_pb2.ImportAssignmentsRequest(experiment_id="hillstrom", assignments=batch)
        for result in services.segmentation.ImportAssignments(request).results:
            assert not result.HasField("error")


def test_hillstrom(services: "Services") -> None:
    answers = known_answers("hillstrom")
    rows = shoppers()
    customer_ids = upsert(services, rows)
    import_arms(services, rows, customer_ids)
    services.clock.advance(timedelta(days=1))
    for batch in batches(outcomes(rows, services.clock.now())):
        services.identity.IngestEvents(events_pb2.IngestEventsRequest(events=batch))
    services.settle()
    report = services.reports.GetUplift(
        reports_pb2.GetUpliftRequest(
            experiment_id="hillstrom",
            outcomes=[
                reports_pb2.Outcome(outcome_id="visit", events=w.events("visit")),
                reports_pb2.Outcome(outcome_id="conversion", events=w.events("conversion"), revenue_property="spend"),
            ],
        )
    )
    sizes = {arm.arm_id: arm.customers for arm in report.arms}
    assert sizes == {ARMS[name]: size for name, size in answers["arms"].items()}
    assert not report.sample_ratio.checked
    assert report.contaminated_customers == 0
    found = {(each.arm_id, each.outcome_id): each for each in report.uplifts}
    for name in ("Mens E-Mail", "Womens E-Mail"):
        known = answers["uplift_vs_no_email"][name]
        for outcome in ("visit", "conversion"):
            check_rates(found[ARMS[name], outcome], known[outcome])
        check_spend(found[ARMS[name], "conversion"].revenue_per_head, known["spend"])


def check_rates(uplift: reports_pb2.Uplift, known: Any) -> None:
    x1, n1, x0, n0 = (known[key] for key in ("x1", "n1", "x0", "n0"))
    assert uplift.difference.value == pytest.approx(known["diff"], abs=1e-6)
    newcombe = confint_proportions_2indep(x1, n1, x0, n0, method="newcomb", compare="diff", correction=False)
    interval = uplift.difference.interval
    assert (interval.lower, interval.upper) == pytest.approx(newcombe, abs=5e-7)
    assert interval.level == 0.95
    assert wald(x1, n1, x0, n0) == pytest.approx(known["ci95"], abs=1e-6)
    assert uplift.ratio.value - 1 == pytest.approx(known["lift_rel"], abs=1e-6)
    koopman = confint_proportions_2indep(x1, n1, x0, n0, method="score", compare="ratio", correction=False)
    assert (uplift.ratio.interval.lower, uplift.ratio.interval.upper) == pytest.approx(koopman, abs=1e-6)
    assert uplift.sufficiency == reports_pb2.SUFFICIENCY_ENOUGH


def wald(x1: int, n1: int, x0: int, n0: int) -> tuple[float, float]:
    p1, p0 = x1 / n1, x0 / n0
    half = 1.959963984540054 * (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) ** 0.5
    return p1 - p0 - half, p1 - p0 + half


def check_spend(estimate: reports_pb2.Estimate, known: Any) -> None:
    """Welch's interval goes by Student's t, the answers by the normal: with 40,000 heads 2 parts in 100,000."""
    assert estimate.value == pytest.approx(known["diff"], abs=1e-6)
    interval = (estimate.interval.lower, estimate.interval.upper)
    assert interval == pytest.approx(known["ci95"], abs=1e-4)
