"""Segments, rules, experiments and reports through the contract, on both databases."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from support import segmentation_words as w
from support.feeds import changes
from tidegate.api.common.v1 import common_pb2
from tidegate.api.identity.v1 import changes_pb2 as identity_changes
from tidegate.api.identity.v1 import customers_pb2, events_pb2, merges_pb2
from tidegate.api.identity.v1.references_pb2 import CustomerReference
from tidegate.api.segmentation.v1 import (
    changes_pb2,
    experiments_pb2,
    reports_pb2,
    rules_pb2,
    segments_pb2,
)

if TYPE_CHECKING:
    from segmentation.conftest import Services

DAY = timedelta(days=1)


def people(services: "Services", count: int, **attributes: Any) -> list[int]:
    upserts = [
        customers_pb2.CustomerUpsert(
            identifiers=[common_pb2.Identifier(namespace="member_id", value=f"m{at}")],
            add_tags=["vip"] if at == 0 else [],
            source="test",
        )
        for at in range(count)
    ]
    answer = services.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=upserts))
    return [result.customer_id for result in answer.results]


def happen(services: "Services", name: str, members: Sequence[int], **properties: Any) -> None:
    events = []
    for at in members:
        event = events_pb2.Event(source="test", event_id=f"{name}-{at}-{services.clock.now()}", name=name)
        event.time.FromDatetime(services.clock.now())
        event.identifiers.add(namespace="member_id", value=f"m{at}")
        for key, given in properties.items():
            event.properties[key].CopyFrom(w.value(given))
        events.append(event)
    for result in services.identity.IngestEvents(events_pb2.IngestEventsRequest(events=events)).results:
        assert not result.HasField("error"), result


def create(services: "Services", segment_id: str, rule: rules_pb2.Rule) -> segments_pb2.Segment:
    segment = segments_pb2.Segment(segment_id=segment_id, rule=rule)
    return services.segmentation.CreateSegment(segments_pb2.CreateSegmentRequest(segment=segment)).segment


def get(services: "Services", segment_id: str) -> segments_pb2.Segment:
    return services.segmentation.GetSegment(segments_pb2.GetSegmentRequest(segment_id=segment_id)).segment


def members(services: "Services", segment_id: str) -> list[int]:
    pages = services.segmentation.ListMembers(segments_pb2.ListMembersRequest(segment_id=segment_id))
    return [each.customer_id for page in pages for each in page.members]


def refusal(call: Any) -> tuple[grpc.StatusCode, str, list[str]]:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    status = rpc_status.from_call(caught.value)
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info) or detail.Unpack(bad)
    return caught.value.code(), info.reason, [each.field for each in bad.field_violations]


def test_a_segment_lives(services: "Services") -> None:
    ids = people(services, 3)
    happen(services, "buy", [0, 1])
    created = create(services, "buyers", w.event(w.events("buy", rolling=DAY)))
    assert created.state == segments_pb2.SEGMENT_STATE_COMPUTING
    services.settle()
    assert get(services, "buyers").state == segments_pb2.SEGMENT_STATE_ACTIVE
    assert members(services, "buyers") == ids[:2]
    head = services.segmentation.ListChanges(changes_pb2.ListChangesRequest()).head_position
    happen(services, "buy", [2])
    services.settle()
    services.clock.advance(DAY + timedelta(microseconds=1))
    services.settle()
    told = [
        (each.membership_changed.customer_id, each.membership_changed.transition, each.membership_changed.seq)
        for each in changes(services.segmentation, changes_pb2.ListChangesRequest(after_position=head))
        if each.HasField("membership_changed")
    ]
    assert told[0] == (ids[2], segments_pb2.TRANSITION_ENTERED, 1)
    assert sorted(told[1:]) == [(each, segments_pb2.TRANSITION_LEFT, 2) for each in ids]
    history = services.segmentation.ListMembershipChanges(
        segments_pb2.ListMembershipChangesRequest(segment_id="buyers", customer_id=ids[2], page_size=1)
    )
    assert [each.cause for each in history.changes] == [segments_pb2.CAUSE_FACTS]
    rest = services.segmentation.ListMembershipChanges(
        segments_pb2.ListMembershipChangesRequest(
            segment_id="buyers", customer_id=ids[2], page_token=history.next_page_token
        )
    )
    assert [each.cause for each in rest.changes] == [segments_pb2.CAUSE_TIME]


def test_rules_are_asked_without_a_segment(services: "Services") -> None:
    ids = people(services, 3)
    happen(services, "buy", [0, 1], amount=7)
    rule = w.all_of(w.event("buy", "SUM", w.compare("GREATER", 5), "amount"), w.negate(w.tag("vip")))
    position = services.identity.ListChanges(identity_changes.ListChangesRequest()).head_position
    answer = services.segmentation.EvaluateRule(
        rules_pb2.EvaluateRuleRequest(customer_ids=[*reversed(ids), 999], rule=rule, min_identity_position=position)
    )
    assert [each.matched for each in answer.results] == [False, True, False, False]
    assert [each.canonical_customer_id for each in answer.results] == [*reversed(ids), 0]
    assert answer.identity_position >= position
    preview = services.segmentation.PreviewSegment(segments_pb2.PreviewSegmentRequest(rule=rule))
    assert (preview.count, preview.population, list(preview.sample_customer_ids)) == (1, 3, [ids[1]])
    assert [(each.path, each.count) for each in preview.clauses] == [
        ("rule", 1), ("rule.all_of.rules[0]", 2), ("rule.all_of.rules[1]", 2),
        ("rule.all_of.rules[1].negation", 1),
    ]  # fmt: skip
    request = rules_pb2.EvaluateRuleRequest(customer_ids=ids, rule=rule, min_identity_position=10**15)
    with pytest.raises(grpc.RpcError) as late:
        services.segmentation.EvaluateRule(request, timeout=0.5)
    assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    wrong = rules_pb2.ValidateRuleRequest(rule=w.event("buy", "SUM", w.compare("EQUAL", "7"), "amount"))
    found = services.segmentation.ValidateRule(wrong)
    assert [each.field for each in found.violations] == ["rule.event.comparison.values"]
    told = services.segmentation.DescribeRule(rules_pb2.DescribeRuleRequest(rule=rule, language="zh"))
    assert [each.path for each in told.clauses] == [each.path for each in preview.clauses]
    assert told.sentence == f"符合条件的客户：{told.clauses[0].text}。"
    with pytest.raises(grpc.RpcError) as refused:
        services.segmentation.DescribeRule(rules_pb2.DescribeRuleRequest(rule=wrong.rule))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_membership_is_checked_in_batches_and_aliases_are_followed(services: "Services") -> None:
    ids = people(services, 3)
    create(services, "vips", w.tag("vip"))
    create(services, "others", w.negate(w.in_segment("vips")))
    services.settle()
    merge = customers_pb2.CustomerUpsert(
        identifiers=[common_pb2.Identifier(namespace="phone", value="+8613800138000")],
        source="test",
    )
    for customer_id in ids[1:]:
        merge.customer_id = customer_id
        services.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=[merge]))
    services.settle()
    answer = services.segmentation.CheckMembership(
        segments_pb2.CheckMembershipRequest(customer_ids=ids, segment_ids=["vips", "others"])
    )
    where = [[each.segment_id for each in result.memberships] for result in answer.results]
    assert where[0] == ["vips"]
    assert where[1] == ["others"]
    reason = refusal(
        lambda: services.segmentation.CheckMembership(
            segments_pb2.CheckMembershipRequest(customer_ids=ids, segment_ids=["nobody"])
        )
    )
    assert reason[:2] == (grpc.StatusCode.NOT_FOUND, "SEGMENT_NOT_FOUND")


def test_definitions_are_changed_and_refused(services: "Services") -> None:
    people(services, 2)
    vips = create(services, "vips", w.tag("vip"))
    create(services, "others", w.negate(w.in_segment("vips")))
    services.settle()
    segmentation = services.segmentation
    assert refusal(lambda: create(services, "vips", w.tag("vip")))[0] is grpc.StatusCode.ALREADY_EXISTS
    assert refusal(lambda: create(services, "Vips!", w.tag("vip")))[2] == ["segment.segment_id"]
    assert refusal(lambda: create(services, "wrong", w.event("")))[2] == ["segment.rule.event.events.names[0]"]
    update = segments_pb2.UpdateSegmentRequest(
        segment=segments_pb2.Segment(segment_id="vips", rule=w.in_segment("others"), etag=get(services, "vips").etag)
    )
    code, reason, _ = refusal(lambda: segmentation.UpdateSegment(update))
    assert (code, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_RULE")
    update.segment.rule.CopyFrom(w.negate(w.tag("vip")))
    update.update_mask.paths.append("rule")
    changed = segmentation.UpdateSegment(update).segment
    assert (changed.version, changed.state) == (2, segments_pb2.SEGMENT_STATE_COMPUTING)
    assert refusal(lambda: segmentation.UpdateSegment(update))[:2] == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    services.settle()
    assert members(services, "vips") != members(services, "others")
    archive = segments_pb2.ArchiveSegmentRequest(segment_id="vips")
    assert refusal(lambda: segmentation.ArchiveSegment(archive))[1] == "SEGMENT_IN_USE"
    segmentation.ArchiveSegment(segments_pb2.ArchiveSegmentRequest(segment_id="others"))
    assert segmentation.ArchiveSegment(archive).segment.state == segments_pb2.SEGMENT_STATE_ARCHIVED
    listed = segmentation.ListSegments(segments_pb2.ListSegmentsRequest(include_archived=True, page_size=1))
    assert [each.segment_id for each in listed.segments] == ["others"]
    listed = segmentation.ListSegments(
        segments_pb2.ListSegmentsRequest(include_archived=True, page_token=listed.next_page_token)
    )
    assert [each.segment_id for each in listed.segments] == ["vips"]
    assert vips.etag


def test_a_list_is_edited_and_a_refresh_waits(services: "Services") -> None:
    ids = people(services, 3)
    segment = segments_pb2.Segment(segment_id="listed", list=segments_pb2.CustomerList())
    services.segmentation.CreateSegment(segments_pb2.CreateSegmentRequest(segment=segment))
    edit = segments_pb2.EditListRequest(segment_id="listed", add_customer_ids=ids[:2])
    assert services.segmentation.EditList(edit).added == 2
    assert services.segmentation.EditList(edit).added == 0
    edit = segments_pb2.EditListRequest(segment_id="listed", remove_customer_ids=ids[1:])
    assert services.segmentation.EditList(edit).removed == 1
    assert members(services, "listed") == ids[:1]
    create(services, "rest", w.negate(w.in_segment("listed")))
    request = segments_pb2.RefreshSegmentRequest(segment_id="rest")
    request.wait.FromSeconds(20)
    assert services.segmentation.RefreshSegment(request).segment.state == segments_pb2.SEGMENT_STATE_ACTIVE
    assert members(services, "rest") == ids[1:]
    request.segment_id = "listed"
    assert refusal(lambda: services.segmentation.RefreshSegment(request))[1] == "SEGMENT_IS_A_LIST"


def trial(services: "Services", *arms: tuple[str, int]) -> None:
    control, treatment = experiments_pb2.ARM_ROLE_CONTROL, experiments_pb2.ARM_ROLE_TREATMENT
    made = [
        experiments_pb2.Arm(arm_id=name, share=share, role=control if name == "control" else treatment)
        for name, share in arms
    ]
    experiment = experiments_pb2.Experiment(experiment_id="trial", arms=made, salt="pepper")
    services.segmentation.CreateExperiment(experiments_pb2.CreateExperimentRequest(experiment=experiment))


def assign(services: "Services", ids: Sequence[int]) -> list[str]:
    request = experiments_pb2.AssignRequest(experiment_id="trial", customer_ids=ids)
    return [each.assignment.arm_id for each in services.segmentation.Assign(request).results]


def test_an_assignment_is_sticky(services: "Services") -> None:
    ids = people(services, 500)
    trial(services, ("new", 4_500), ("control", 500))
    request = experiments_pb2.AssignRequest(experiment_id="trial", customer_ids=ids[:2])
    early = services.segmentation.Assign(request).results
    assert {each.error.reason for each in early} == {"WRONG_STATE"}
    segmentation = services.segmentation
    segmentation.StartExperiment(experiments_pb2.StartExperimentRequest(experiment_id="trial"))
    first = assign(services, ids)
    assert set(first) == {"new", "control", ""}
    grown = segmentation.GetExperiment(experiments_pb2.GetExperimentRequest(experiment_id="trial")).experiment
    grown.arms[0].share = grown.arms[1].share = 0
    grown.arms[0].ranges.add(start=5_000, end=10_000)
    segmentation.UpdateExperiment(experiments_pb2.UpdateExperimentRequest(experiment=grown))
    again = assign(services, list(reversed(ids)))
    assert [arm or "new" for arm in first] == list(reversed(again))
    epoch = segmentation.StartEpoch(experiments_pb2.StartEpochRequest(experiment_id="trial", salt="salt"))
    assert epoch.experiment.epoch == 2
    assert assign(services, ids) != first
    old = segmentation.GetAssignment(
        experiments_pb2.GetAssignmentRequest(experiment_id="trial", customer_id=ids[0], epoch=1)
    )
    assert old.assignment.arm_id == (first[0] or "new")
    epochs = segmentation.ListEpochs(experiments_pb2.ListEpochsRequest(experiment_id="trial")).epochs
    assert [sum(each.customers for each in epoch.arm_counts) for epoch in epochs] == [500, 500]
    told = list(changes(segmentation, changes_pb2.ListChangesRequest()))
    assert sum(each.HasField("arm_assigned") for each in told) == 1_000


def test_assignments_made_elsewhere_are_imported_once(services: "Services") -> None:
    ids = people(services, 2)
    trial(services, ("new", 5_000), ("control", 5_000))
    given = [
        experiments_pb2.ImportedAssignment(customer_id=ids[0], arm_id="new"),
        experiments_pb2.ImportedAssignment(customer_id=ids[1], arm_id="control"),
        experiments_pb2.ImportedAssignment(customer_id=ids[0], arm_id="control"),
        experiments_pb2.ImportedAssignment(customer_id=ids[0], arm_id="none"),
    ]
    request = experiments_pb2.ImportAssignmentsRequest(experiment_id="trial", assignments=given)
    results = services.segmentation.ImportAssignments(request).results
    assert [each.WhichOneof("result") for each in results] == ["assignment", "assignment", "error", "error"]
    create(services, "treated", w.Rule(arm=rules_pb2.ArmRule(experiment_id="trial", arm_ids=["new"])))
    services.settle()
    assert members(services, "treated") == [ids[0]]


def test_who_is_merged_across_arms_is_treated_as_control_until_they_are_taken_apart(services: "Services") -> None:
    ids = people(services, 3)
    trial(services, ("new", 5_000), ("control", 5_000))
    given = [
        experiments_pb2.ImportedAssignment(customer_id=customer_id, arm_id=arm_id)
        for customer_id, arm_id in zip(ids, ("new", "control", "new"), strict=True)
    ]
    request = experiments_pb2.ImportAssignmentsRequest(experiment_id="trial", assignments=given)
    services.segmentation.ImportAssignments(request)
    create(services, "treated", w.Rule(arm=rules_pb2.ArmRule(experiment_id="trial", arm_ids=["new"])))
    services.settle()
    assert members(services, "treated") == [ids[0], ids[2]]
    services.identity.MergeCustomers(
        merges_pb2.MergeCustomersRequest(
            customers=[CustomerReference(customer_id=each) for each in ids[:2]],
            reason="one person",
            override_rules=True,
        )
    )
    services.settle()
    assert members(services, "treated") == [ids[2]]
    asked = experiments_pb2.GetAssignmentRequest(experiment_id="trial", customer_id=ids[1])
    joined = services.segmentation.GetAssignment(asked).assignment
    assert (joined.arm_id, joined.role, joined.contaminated) == ("new", experiments_pb2.ARM_ROLE_CONTROL, True)
    outcome = reports_pb2.Outcome(outcome_id="bought", events=w.events("buy"))
    uplift = reports_pb2.GetUpliftRequest(experiment_id="trial", outcomes=[outcome])
    assert services.reports.GetUplift(uplift).contaminated_customers == 1
    services.identity.SplitCustomer(
        merges_pb2.SplitCustomerRequest(customer_id=ids[0], original_customer_ids=[ids[1]], reason="two persons")
    )
    services.settle()
    assert members(services, "treated") == [ids[0], ids[2]]
    assert services.reports.GetUplift(uplift).contaminated_customers == 0


def test_a_report_says_what_arms_brought(services: "Services") -> None:
    ids = people(services, 200)
    trial(services, ("new", 5_000), ("control", 5_000))
    services.segmentation.StartExperiment(experiments_pb2.StartExperimentRequest(experiment_id="trial"))
    happen(services, "buy", range(200), cents=100)
    services.clock.advance(DAY)
    arms = assign(services, ids)
    services.clock.advance(DAY)
    treated = [at for at, arm in enumerate(arms) if arm == "new"]
    happen(services, "buy", treated[:40], cents=500)
    services.settle()
    outcome = reports_pb2.Outcome(outcome_id="bought", events=w.events("buy"), revenue_property="cents")
    request = reports_pb2.GetUpliftRequest(experiment_id="trial", outcomes=[outcome])
    report = services.reports.GetUplift(request)
    summary = {arm.arm_id: arm for arm in report.arms}
    assert summary["new"].outcomes[0].conversions == 40
    assert summary["new"].outcomes[0].revenue == 20_000
    assert summary["control"].outcomes[0].conversions == 0
    (uplift,) = report.uplifts
    assert uplift.difference.value == pytest.approx(40 / len(treated))
    assert not uplift.ratio.HasField("value")
    assert uplift.revenue_per_head.value == pytest.approx(20_000 / len(treated))
    assert report.sample_ratio.checked
    assert report.sample_ratio.p_value > 0.001
    request.outcomes[0].horizon.FromTimedelta(DAY)
    assert services.reports.GetUplift(request).arms[0].outcomes[0].conversions == 0
    request.experiment_id = "none"
    assert refusal(lambda: services.reports.GetUplift(request))[1] == "EXPERIMENT_NOT_FOUND"


def test_a_funnel_counts_persons_in_order_and_messages_apart(services: "Services") -> None:
    people(services, 5)
    happen(services, "message.sent", [0, 1, 2, 3], message_id="m1", channel="sms")
    happen(services, "buy", [4])
    services.clock.advance(timedelta(hours=1))
    happen(services, "message.sent", [0], message_id="m2", channel="email")
    happen(services, "message.opened", [0, 1, 4], message_id="m1", channel="sms")
    services.clock.advance(timedelta(hours=1))
    happen(services, "buy", [0, 3])
    services.settle()
    steps = [
        reports_pb2.FunnelStep(step_id=name.split(".")[-1], events=w.events(name))
        for name in ("message.sent", "message.opened", "buy")
    ]
    report = services.reports.GetFunnel(reports_pb2.GetFunnelRequest(steps=steps))
    (group,) = report.groups
    assert [(each.persons, each.messages, each.events) for each in group.steps] == [(4, 2, 5), (2, 1, 3), (1, 0, 3)]
    assert [each.rate_of_previous for each in group.steps] == [1, 0.5, 0.5]
    split = services.reports.GetFunnel(reports_pb2.GetFunnelRequest(steps=steps, group_by_property="channel"))
    assert {each.group: each.steps[0].persons for each in split.groups} == {"sms": 4, "email": 1}
    hurried = reports_pb2.GetFunnelRequest(steps=steps)
    hurried.within.FromTimedelta(timedelta(minutes=90))
    assert [each.persons for each in services.reports.GetFunnel(hurried).groups[0].steps] == [4, 2, 1]


def test_the_feed_gives_the_kinds_that_are_asked_for(services: "Services") -> None:
    (customer,) = people(services, 1)
    create(services, "vips", w.tag("vip"))
    services.settle()
    update = customers_pb2.CustomerUpsert(
        identifiers=[common_pb2.Identifier(namespace="member_id", value="m0")], remove_tags=["vip"], source="test"
    )
    services.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=[update]))
    services.settle()
    request = changes_pb2.ListChangesRequest(kinds=["membership_changed"])
    found = services.segmentation.ListChanges(request).changes
    assert [(each.WhichOneof("change"), each.customer_id) for each in found] == [("membership_changed", customer)]


def test_one_bad_customer_leaves_the_others_of_a_batch_their_arms(services: "Services") -> None:
    arms = [
        experiments_pb2.Arm(arm_id="on", share=5_000),
        experiments_pb2.Arm(arm_id="off", share=5_000, role=experiments_pb2.ARM_ROLE_CONTROL),
    ]
    experiment = experiments_pb2.Experiment(experiment_id="hats", arms=arms)
    services.segmentation.CreateExperiment(experiments_pb2.CreateExperimentRequest(experiment=experiment))
    services.segmentation.StartExperiment(experiments_pb2.StartExperimentRequest(experiment_id="hats"))
    for customer_ids in ([5, 0], [0]):
        request = experiments_pb2.AssignRequest(experiment_id="hats", customer_ids=customer_ids)
        results = services.segmentation.Assign(request).results
        assert [(each.customer_id, each.HasField("error")) for each in results] == [
            (each, each == 0) for each in customer_ids
        ]
    given = [experiments_pb2.ImportedAssignment(customer_id=each, arm_id="on") for each in (6, -1, 7)]
    given[2].assign_time.seconds = 10**15
    imported = services.segmentation.ImportAssignments(
        experiments_pb2.ImportAssignmentsRequest(experiment_id="hats", assignments=given)
    ).results
    assert [each.HasField("error") for each in imported] == [False, True, True]
