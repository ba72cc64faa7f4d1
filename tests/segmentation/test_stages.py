"""Stage models through the contract, on both databases: run, asked, followed by segments, refused."""

import json
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from segmentation.test_contract import create, happen, members, people, refusal
from support import segmentation_words as w
from support.feeds import changes
from support.stages import create_stages, entity_stages, flow, in_stage, run_stages, sizes, stage_model, stages_of
from tidegate.api.identity.v1 import merges_pb2, privacy_pb2
from tidegate.api.identity.v1.references_pb2 import CustomerReference
from tidegate.api.segmentation.v1 import changes_pb2, rules_pb2, score_models_pb2, segments_pb2
from tidegate.api.segmentation.v1 import stage_models_pb2 as pb

if TYPE_CHECKING:
    from segmentation.conftest import Services

DAY = timedelta(days=1)
LIFE = {
    "loyal": w.event(w.events("buy", rolling=30 * DAY), "COUNT", w.compare("GREATER_OR_EQUAL", 2)),
    "buyer": w.event(w.events("buy", rolling=30 * DAY)),
    "known": None,
}


def merge(services: "Services", *ids: int) -> None:
    people_ = [CustomerReference(customer_id=each) for each in ids]
    request = merges_pb2.MergeCustomersRequest(customers=people_, reason="one person", override_rules=True)
    services.identity.MergeCustomers(request)
    services.settle()


def told(services: "Services", after: int = 0) -> list[tuple[int, str, str]]:
    request = changes_pb2.ListChangesRequest(after_position=after, kinds=["stage_changed"])
    found = (each.stage_changed for each in changes(services.segmentation, request))
    return [(each.customer_id, each.previous_stage, each.stage) for each in found]


def test_the_first_rule_that_is_true_wins_and_the_default_has_the_rest(services: "Services") -> None:
    ids = people(services, 4)
    happen(services, "buy", [0, 1])
    services.clock.advance(DAY)
    happen(services, "buy", [0])
    services.settle()
    made = create_stages(services.segmentation, "life", LIFE)
    assert (made.version, made.latest_run_id) == (1, "")
    assert [each.since_time.seconds for each in stages_of(services.segmentation, "life", ids)] == [0] * 4
    run = run_stages(services.segmentation, "life")
    assert run.state == score_models_pb2.RUN_STATE_SUCCEEDED, run.error
    assert [(each.stage, each.customers) for each in run.stage_counts] == [
        ("loyal", 1), ("buyer", 1), ("known", 2), ("", 0),
    ]  # fmt: skip
    assert run.as_of.ToDatetime(UTC) == services.clock.now()
    found = stages_of(services.segmentation, "life", [ids[2], ids[0], ids[1], 999])
    assert [each.stage for each in found] == ["known", "loyal", "buyer", ""]
    assert {each.run_id for each in found[:3]} == {run.run_id}
    asked = pb.GetStageRunRequest(stage_model_id="life")
    assert services.segmentation.GetStageRun(asked).run == run
    model = services.segmentation.GetStageModel(pb.GetStageModelRequest(stage_model_id="life")).model
    assert model.latest_run_id == run.run_id
    assert told(services) == []


def test_history_is_kept_and_gives_the_flow_between_two_dates(services: "Services") -> None:
    ids = people(services, 3)
    first = services.clock.now()
    stages = {"loyal": LIFE["loyal"], "buyer": LIFE["buyer"]}
    create_stages(services.segmentation, "life", stages)
    happen(services, "buy", [0, 1])
    services.settle()
    assert sizes(run_stages(services.segmentation, "life")) == {"buyer": 2, "": 1}
    services.clock.advance(20 * DAY)
    happen(services, "buy", [0, 2])
    services.settle()
    second = services.clock.now()
    run_stages(services.segmentation, "life")
    services.clock.advance(20 * DAY)
    services.settle()
    third = services.clock.now()
    run_stages(services.segmentation, "life")
    assert flow(services.segmentation, "life", first, second) == [("buyer", "loyal", 1), ("buyer", "buyer", 1), ("", "buyer", 1)]  # fmt: skip  # noqa: E501
    assert flow(services.segmentation, "life", second, third) == [("loyal", "buyer", 1), ("buyer", "buyer", 1), ("buyer", "", 1)]  # fmt: skip  # noqa: E501
    early = first - timedelta(microseconds=1)
    assert flow(services.segmentation, "life", early, third) == [("", "buyer", 2), ("", "", 1)]
    assert flow(services.segmentation, "life", early - DAY, early) == []
    then = stages_of(services.segmentation, "life", ids, second)
    assert [each.stage for each in then] == ["loyal", "buyer", "buyer"]
    assert [each.since_time.ToDatetime(UTC) for each in then] == [second, first, second]
    now = stages_of(services.segmentation, "life", ids)
    assert [(each.stage, each.since_time.ToDatetime(UTC)) for each in now] == [
        ("buyer", third), ("", third), ("buyer", second),
    ]  # fmt: skip
    assert told(services) == [
        (ids[0], "buyer", "loyal"), (ids[2], "", "buyer"), (ids[0], "loyal", "buyer"), (ids[1], "buyer", ""),
    ]  # fmt: skip


def test_runs_of_one_instant_follow_each_other(services: "Services") -> None:
    ids = people(services, 1)
    services.settle()
    create_stages(services.segmentation, "life", LIFE)
    everything = segments_pb2.ANNOUNCEMENT_ALL
    run_stages(services.segmentation, "life", everything)
    happen(services, "buy", [0])
    services.settle()
    quiet = segments_pb2.ANNOUNCEMENT_QUIET
    run = run_stages(services.segmentation, "life", quiet)
    assert sizes(run) == {"buyer": 1}
    assert stages_of(services.segmentation, "life", ids)[0].run_id == run.run_id
    assert told(services) == [(ids[0], "", "known")]
    again = run_stages(services.segmentation, "life")
    assert sizes(again) == {"buyer": 1}
    assert stages_of(services.segmentation, "life", ids)[0].run_id == run.run_id


def test_segments_over_stages_are_derived_and_stages_over_segments_and_tiers_are_in_order(
    services: "Services",
) -> None:
    ids = people(services, 3)
    happen(services, "buy", [0, 1])
    services.settle()
    model = score_models_pb2.ScoreModel(
        model_id="orders",
        components=[
            score_models_pb2.ScoreComponent(
                component_id="frequency",
                measure=score_models_pb2.MEASURE_FREQUENCY,
                events=w.events("buy"),
                fixed_cuts=score_models_pb2.FixedCuts(cuts=[2.0]),
            )
        ],
        tiers=[score_models_pb2.Tier(tier="high", minimum_score=2), score_models_pb2.Tier(tier="low")],
    )
    services.segmentation.CreateScoreModel(score_models_pb2.CreateScoreModelRequest(model=model))
    create(services, "recent", w.event(w.events("buy", rolling=7 * DAY)))
    create(services, "recent.not.vip", w.all_of(w.in_segment("recent"), w.negate(w.tag("vip"))))
    rules = {
        "best": w.Rule(tier={"model_id": "orders", "tiers": ["high"]}),
        "new": w.in_segment("recent.not.vip"),
        "old": None,
    }
    create_stages(services.segmentation, "life", rules)
    create_stages(services.segmentation, "plan", {"warm": in_stage("life", "best", "new"), "cold": None})
    create(services, "best", in_stage("life", "best"))
    create(services, "others", w.negate(w.in_segment("best")))
    services.settle()
    services.segmentation.RunScoreModel(score_models_pb2.RunScoreModelRequest(model_id="orders"))
    services.segmentation.RunStageModel(pb.RunStageModelRequest(stage_model_id="life"))
    assert sizes(run_stages(services.segmentation, "plan")) == {"warm": 1, "cold": 2}
    assert [each.stage for each in stages_of(services.segmentation, "life", ids)] == ["old", "new", "old"]
    services.settle()
    assert members(services, "others") == ids
    services.clock.advance(DAY)
    happen(services, "buy", [0])
    services.settle()
    services.clock.advance(8 * DAY)
    services.segmentation.RunScoreModel(score_models_pb2.RunScoreModelRequest(model_id="orders"))
    services.settle()
    assert sizes(run_stages(services.segmentation, "life")) == {"best": 1, "old": 2}
    services.settle()
    assert (members(services, "best"), members(services, "others")) == ([ids[0]], ids[1:])
    request = segments_pb2.ListMembershipChangesRequest(segment_id="best")
    history = services.segmentation.ListMembershipChanges(request).changes
    assert [(each.customer_id, each.cause) for each in history] == [(ids[0], segments_pb2.CAUSE_DERIVED)]


def test_who_is_merged_counts_once_and_who_is_split_has_their_own_stage_again(services: "Services") -> None:
    ids = people(services, 3)
    happen(services, "buy", [0, 1])
    services.settle()
    first = services.clock.now()
    create_stages(services.segmentation, "life", LIFE)
    create(services, "loyal", in_stage("life", "loyal"))
    create(services, "buyers", in_stage("life", "buyer"))
    run_stages(services.segmentation, "life")
    services.settle()
    assert members(services, "buyers") == ids[:2]
    merge(services, ids[0], ids[1])
    assert members(services, "buyers") == ids[:1]
    services.clock.advance(DAY)
    assert sizes(run_stages(services.segmentation, "life")) == {"loyal": 1, "known": 1}
    services.settle()
    assert members(services, "loyal") == ids[:1]
    joined = services.clock.now()
    assert [each.stage for each in stages_of(services.segmentation, "life", ids)] == ["loyal", "loyal", "known"]
    matrix = [("buyer", "loyal", 1), ("known", "known", 1)]
    assert flow(services.segmentation, "life", first, joined) == matrix
    assert told(services) == [(ids[0], "buyer", "loyal")]
    services.identity.SplitCustomer(
        merges_pb2.SplitCustomerRequest(customer_id=ids[0], original_customer_ids=[ids[1]], reason="two persons")
    )
    services.settle()
    apart = [each.stage for each in stages_of(services.segmentation, "life", ids)]
    assert apart == ["loyal", "buyer", "known"]
    assert members(services, "buyers") == [ids[1]]
    services.clock.advance(DAY)
    assert sizes(run_stages(services.segmentation, "life")) == {"buyer": 2, "known": 1}
    now = services.clock.now()
    assert flow(services.segmentation, "life", first, now) == [("buyer", "buyer", 2), ("known", "known", 1)]


def test_who_is_erased_leaves_nothing_in_the_history(services: "Services") -> None:
    ids = people(services, 2)
    services.settle()
    first = services.clock.now()
    create_stages(services.segmentation, "life", LIFE)
    run_stages(services.segmentation, "life")
    asked = changes_pb2.ExportCustomerRequest(customer_id=ids[0])
    [kept] = json.loads(services.segmentation.ExportCustomer(asked).json)["stage_changes"]
    assert (kept["model_id"], kept["stage"]) == ("life", "known")
    reference = CustomerReference(customer_id=ids[0])
    services.identity.EraseCustomer(privacy_pb2.EraseCustomerRequest(customer=reference, reason="asked for it"))
    services.settle()
    assert json.loads(services.segmentation.ExportCustomer(asked).json)["stage_changes"] == []
    services.clock.advance(DAY)
    assert sizes(run_stages(services.segmentation, "life")) == {"known": 1}
    assert flow(services.segmentation, "life", first, services.clock.now()) == [("known", "known", 1)]
    assert [each.stage for each in stages_of(services.segmentation, "life", ids)] == ["", "known"]


def test_models_are_changed_and_listed(services: "Services") -> None:
    ids = people(services, 1)
    services.settle()
    made = create_stages(services.segmentation, "life", LIFE)
    create_stages(services.segmentation, "mood", {"vip": w.tag("vip")})
    run_stages(services.segmentation, "life")
    changed = stage_model("life", {"vip": w.tag("vip"), "known": None})
    changed.etag = made.etag
    update = pb.UpdateStageModelRequest(model=changed)
    model = services.segmentation.UpdateStageModel(update).model
    assert (model.version, [each.stage for each in model.stages]) == (2, ["vip", "known"])
    assert refusal(lambda: services.segmentation.UpdateStageModel(update))[0] is grpc.StatusCode.ABORTED
    assert stages_of(services.segmentation, "life", ids)[0].stage == "known"
    run = run_stages(services.segmentation, "life")
    assert (run.version, sizes(run)) == (2, {"vip": 1})
    listed = services.segmentation.ListStageModels(pb.ListStageModelsRequest(page_size=1))
    assert [each.stage_model_id for each in listed.models] == ["life"]
    rest = pb.ListStageModelsRequest(page_token=listed.next_page_token)
    assert [each.stage_model_id for each in services.segmentation.ListStageModels(rest).models] == ["mood"]


def test_what_is_wrong_with_a_model_is_named(services: "Services") -> None:
    people(services, 1)
    segmentation = services.segmentation
    create(services, "vips", w.tag("vip"))

    def refused(stages: dict[str, Any], model_id: str = "wrong") -> list[str]:
        code, _, fields = refusal(lambda: create_stages(segmentation, model_id, stages))
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        return fields

    assert refused({}) == ["model.stages"]
    assert refused({f"s{at}": w.tag("vip") for at in range(51)}) == ["model.stages"]
    assert refused({"a": w.tag("vip")}, "Wrong!") == ["model.stage_model_id"]
    assert refused({"a": None, "b": w.tag("vip")}) == ["model.stages[0].rule"]
    assert refused({"a": w.tag("vip"), "B": w.Rule()}) == ["model.stages[1].stage", "model.stages[1].rule"]
    assert refused({"a": w.in_segment("nobody")}) == ["model.stages[0].rule.segment.segment_id"]
    assert refused({"a": in_stage("none", "x")}) == ["model.stages[0].rule.stage.stage_model_id"]
    twice = pb.StageModel(stage_model_id="wrong", stages=[pb.Stage(stage="a", rule=w.tag("vip"))] * 2)
    request = pb.CreateStageModelRequest(model=twice)
    assert refusal(lambda: segmentation.CreateStageModel(request))[2] == ["model.stages[1].stage"]
    create_stages(segmentation, "life", LIFE)
    assert refused({"a": in_stage("life", "buyer", "dead")}) == ["model.stages[0].rule.stage.stages[1]"]
    assert refusal(lambda: create_stages(segmentation, "life", LIFE))[1] == "STAGE_MODEL_ALREADY_EXISTS"
    assert refusal(lambda: run_stages(segmentation, "none"))[1] == "STAGE_MODEL_NOT_FOUND"
    assert refusal(lambda: stages_of(segmentation, "life", []))[2] == ["customer_ids"]
    assert refusal(lambda: segmentation.GetStageFlow(pb.GetStageFlowRequest(stage_model_id="life")))[2] == ["from_time"]
    now = services.clock.now()
    assert refusal(lambda: flow(segmentation, "life", now, now))[2] == ["to_time"]
    asked = pb.GetStageRunRequest(stage_model_id="life")
    assert refusal(lambda: segmentation.GetStageRun(asked))[1] == "STAGE_RUN_NOT_FOUND"


def test_circles_through_stage_models_are_refused(services: "Services") -> None:
    segmentation = services.segmentation
    create(services, "vips", w.tag("vip"))
    create_stages(segmentation, "life", {"vip": w.in_segment("vips"), "known": None})
    create_stages(segmentation, "plan", {"good": in_stage("life", "vip")})
    create(services, "good", in_stage("plan", "good"))
    segment = segments_pb2.Segment(segment_id="vips", rule=w.any_of(w.tag("vip"), w.in_segment("good")))
    update = segments_pb2.UpdateSegmentRequest(segment=segment)
    code, _, fields = refusal(lambda: segmentation.UpdateSegment(update))
    assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["segment.rule"])
    for rule in (in_stage("life", "vip"), in_stage("plan", "good"), w.in_segment("good")):
        changed = pb.UpdateStageModelRequest(model=stage_model("life", {"vip": w.tag("vip"), "known": rule}))
        assert refusal(lambda changed=changed: segmentation.UpdateStageModel(changed))[2] == ["model.stages[1].rule"]
    archive = segments_pb2.ArchiveSegmentRequest(segment_id="vips")
    with pytest.raises(grpc.RpcError, match="stage model life"):
        segmentation.ArchiveSegment(archive)


def test_a_model_over_entities_asks_what_entities_have(services: "Services") -> None:
    segmentation = services.segmentation
    create(services, "vips", w.tag("vip"))
    create_stages(segmentation, "life", LIFE)
    busy = w.event(w.events("lead_given", rolling=7 * DAY))
    create_stages(segmentation, "stores", {"busy": busy, "idle": None}, "STORE")

    def refused(rule: rules_pb2.Rule) -> list[str]:
        code, _, fields = refusal(lambda: create_stages(segmentation, "wrong", {"a": rule}, "STAFF"))
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        return fields

    tier = w.Rule(tier={"model_id": "orders", "tiers": ["high"]})
    for rule in (w.tag("vip"), w.in_segment("vips"), in_stage("life", "known"), w.identifier("phone"), tier):
        assert refused(w.all_of(busy, rule)) == ["model.stages[0].rule.all_of.rules[1]"]
    assert refused(w.event("")) == ["model.stages[0].rule.event.events.names[0]"]
    assert refusal(lambda: create(services, "busy", in_stage("stores", "busy")))[2] == [
        "segment.rule.stage.stage_model_id"
    ]
    changed = pb.UpdateStageModelRequest(model=stage_model("stores", {"idle": None}))
    assert refusal(lambda: segmentation.UpdateStageModel(changed))[2] == ["model.subject"]
    assert refusal(lambda: stages_of(segmentation, "stores", [1]))[2] == ["customer_ids"]
    assert refusal(lambda: entity_stages(segmentation, "life", ["wuhan"]))[2] == ["entity_ids"]
    both = pb.GetStageRequest(stage_model_id="stores", customer_ids=[1], entity_ids=["wuhan"])
    assert refusal(lambda: segmentation.GetStage(both))[2] == ["entity_ids"]
    unknown = stage_model("new", {"idle": None})
    unknown.subject = 9  # type: ignore[assignment]
    request = pb.CreateStageModelRequest(model=unknown)
    assert refusal(lambda: segmentation.CreateStageModel(request))[2] == ["model.subject"]
