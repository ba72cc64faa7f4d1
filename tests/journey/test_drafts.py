"""What can be wrong with a draft, and what becomes of one that is right."""

from datetime import timedelta
from typing import Any

import grpc
import pytest
from journey.canvases import branch, case, definition, end, event, send, span, split, tagged, wait, wait_for
from journey.conftest import World
from support.patience import wait_until
from support.status import failure
from tidegate.api.delivery.v1 import messages_pb2
from tidegate.api.journey.v1 import campaign_service_pb2, canvas_pb2, enrollments_pb2, entry_pb2, journeys_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.api.journey.v1.campaign_service_pb2_grpc import CampaignServiceStub
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.journey import checks
from tidegate.journey.issues import Severity

SIMPLE = definition([send(), end()], ["hello end"])


def found(given: journeys_pb2.Definition) -> list[tuple[str, str, str]]:
    """The reasons, nodes, and fields of a definition's errors."""
    issues = [each for each in checks.check(given) if each.severity is Severity.ERROR]
    return [(each.reason.name, each.node_id, each.field) for each in issues]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (definition([end()], ["end gone"]), ("UNKNOWN_NODE", "end", "canvas.edges[0].to_node_id")),
        (
            definition([send(), end()], ["hello end"], start="gone"),
            ("UNKNOWN_NODE", "gone", "canvas.start_node_id"),
        ),
        (
            definition([send(), end(), end("lost")], ["hello end"]),
            ("UNREACHABLE", "lost", "canvas.nodes[2]"),
        ),
        (definition([send(), send()], []), ("DUPLICATE", "hello", "canvas.nodes[1].node_id")),
        (
            definition([send(), end()], ["hello end", "hello end"]),
            ("DUPLICATE", "hello", "canvas.edges[1].label"),
        ),
        (
            definition([send(), end()], ["hello nonsense end", "hello end"]),
            ("UNKNOWN_LABEL", "hello", "canvas.edges[0].label"),
        ),
        (
            definition([send(), branch("b", tagged("yes", "x")), end()], ["hello b", "b yes hello", "b end"]),
            ("ENDLESS_LOOP", "hello", "canvas.nodes[0]"),
        ),
        (
            definition([canvas_pb2.Node(node_id="a")], []),
            ("INVALID_FIELD", "a", "canvas.nodes[0]"),
        ),
        (
            definition([send(channels=[])], []),
            ("INVALID_FIELD", "hello", "canvas.nodes[0].send.channels"),
        ),
        (
            definition([send(message_class=messages_pb2.MESSAGE_CLASS_VERIFICATION)], []),
            ("INVALID_FIELD", "hello", "canvas.nodes[0].send.message_class"),
        ),
        (
            definition([wait_for("w", case("timeout", event("x")), hours=1)], []),
            ("INVALID_FIELD", "w", "canvas.nodes[0].wait_for.cases[0].label"),
        ),
        (
            definition([wait_for("w", case("x", event("x")), since="gone", hours=1)], []),
            ("UNKNOWN_NODE", "w", "canvas.nodes[0].wait_for.since_node_id"),
        ),
        (
            definition([canvas_pb2.Node(node_id="a", call_out=canvas_pb2.CallOutNode(endpoint="x"))], []),
            ("NOT_AVAILABLE", "a", "canvas.nodes[0].call_out"),
        ),
        (
            definition([end()], [], entry=entry_pb2.Entry(triggers=[entry_pb2.Trigger()])),
            ("INVALID_FIELD", "", "entry.triggers[0]"),
        ),
        (
            definition(
                [end()],
                [],
                entry=entry_pb2.Entry(
                    policy=entry_pb2.EntryPolicy(frequency=entry_pb2.ENTRY_FREQUENCY_ONCE_PER_DURATION)
                ),
            ),
            ("INVALID_FIELD", "", "entry.policy.duration"),
        ),
    ],
)
def test_what_is_wrong_is_named(given: Any, expected: tuple[str, str, str]) -> None:
    assert expected in found(given)


def test_a_loop_with_a_wait_in_it_is_in_order() -> None:
    loop = definition([send(), wait(days=1)], ["hello pause", "pause hello"])
    assert found(loop) == []
    no_time = definition([send(), wait(days=0)], ["hello pause", "pause hello"])
    assert {each[0] for each in found(no_time)} == {"ENDLESS_LOOP"}


def test_an_edge_that_leads_nowhere_is_a_warning() -> None:
    (issue,) = checks.check(definition([branch("b", tagged("yes", "x")), end()], ["b yes end"]))
    assert (issue.severity, issue.reason.name, issue.node_id, issue.edge_label) == (
        Severity.WARNING,
        "UNWIRED",
        "b",
        "otherwise",
    )


def test_a_draft_is_made_changed_validated_and_published(world: World) -> None:
    stub = world.stub
    made = stub.CreateJourney(
        api.CreateJourneyRequest(journey=journeys_pb2.Journey(journey_id="welcome", display_name="Hi"))
    ).journey
    assert made.state == journeys_pb2.JOURNEY_STATE_DRAFT
    changed = stub.UpdateDraft(
        api.UpdateDraftRequest(journey=journeys_pb2.Journey(journey_id="welcome", etag=made.etag, draft=SIMPLE))
    ).journey
    assert (changed.display_name, changed.draft) == ("Hi", SIMPLE)
    answer = stub.ValidateJourney(api.ValidateJourneyRequest(journey_id="welcome"))
    assert answer.publishable
    published = stub.PublishJourney(
        api.PublishJourneyRequest(journey_id="welcome", etag=changed.etag, note="first")
    ).version
    assert (published.version, published.note, published.definition) == (1, "first", SIMPLE)
    again = stub.PublishJourney(api.PublishJourneyRequest(journey_id="welcome")).version
    assert again.version == 1
    stub.UpdateDraft(
        api.UpdateDraftRequest(journey=journeys_pb2.Journey(journey_id="welcome", draft=definition([end("over")], [])))
    )
    rehearsed = stub.PublishJourney(api.PublishJourneyRequest(journey_id="welcome", dry_run=True)).version
    assert rehearsed.version == 2
    stub.PublishJourney(api.PublishJourneyRequest(journey_id="welcome"))
    versions = stub.ListVersions(api.ListVersionsRequest(journey_id="welcome", page_size=1))
    assert [each.version for each in versions.versions] == [2]
    older = stub.ListVersions(api.ListVersionsRequest(journey_id="welcome", page_token=versions.next_page_token))
    assert [(each.version, each.definition) for each in older.versions] == [(1, SIMPLE)]
    assert not older.next_page_token


def test_walks_stay_on_their_version(world: World) -> None:
    world.publish(definition([wait(hours=1), end("first")], ["pause first"]))
    world.enroll(1)
    world.stub.UpdateDraft(
        api.UpdateDraftRequest(
            journey=journeys_pb2.Journey(
                journey_id="welcome", draft=definition([wait(hours=1), end("second")], ["pause second"])
            )
        )
    )
    counts = world.stub.PublishJourney(api.PublishJourneyRequest(journey_id="welcome")).migration_counts
    assert [(each.from_version, each.from_node_id, each.enrollments) for each in counts] == [(1, "pause", 1)]
    world.enroll(2)
    world.pass_time(hours=1)
    assert {walk.customer_id: (walk.version, walk.node_id) for walk in world.walks()} == {
        1: (1, "first"),
        2: (2, "second"),
    }


def test_errors_of_drafts(world: World) -> None:
    stub = world.stub
    create = api.CreateJourneyRequest(journey=journeys_pb2.Journey(journey_id="Bad Id", display_name="x" * 300))
    refused = failure(lambda: stub.CreateJourney(create))
    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
    assert set(refused.violations) == {"journey.journey_id", "journey.display_name"}
    good = api.CreateJourneyRequest(journey=journeys_pb2.Journey(journey_id="welcome"))
    stub.CreateJourney(good)
    assert failure(lambda: stub.CreateJourney(good)).code == grpc.StatusCode.ALREADY_EXISTS
    unknown = failure(lambda: stub.GetJourney(api.GetJourneyRequest(journey_id="gone")))
    assert (unknown.code, unknown.metadata["kind"]) == (grpc.StatusCode.NOT_FOUND, "journey")
    stale = api.UpdateDraftRequest(journey=journeys_pb2.Journey(journey_id="welcome", etag="0", brand="b"))
    assert failure(lambda: stub.UpdateDraft(stale)).code == grpc.StatusCode.ABORTED
    invalid = failure(lambda: stub.PublishJourney(api.PublishJourneyRequest(journey_id="welcome")))
    assert (invalid.code, invalid.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "INVALID_DRAFT")
    assert "journey.draft.canvas.nodes" in invalid.violations
    masked = api.UpdateDraftRequest(journey=journeys_pb2.Journey(journey_id="welcome"))
    masked.update_mask.paths.append("state")
    assert "update_mask.paths[0]" in failure(lambda: stub.UpdateDraft(masked)).violations


def test_what_other_services_do_not_know_is_an_error(world: World) -> None:
    world.peers.delivery.unknown_templates.add("welcome")
    made = definition(
        [split(arms=["talk", "gone"]), send(), end()],
        ["split hello", "hello end"],
        entry=entry_pb2.Entry(exclusion_segment_ids=["risk"]),
    )
    answer = world.stub.ValidateJourney(api.ValidateJourneyRequest(definition=made))
    fields = {issue.field for issue in answer.issues if issue.severity == journeys_pb2.ISSUE_SEVERITY_ERROR}
    assert fields == {
        "canvas.nodes[0].split.arms[1]",
        "canvas.nodes[1].send.template_id",
        "entry.exclusion_segment_ids[0]",
    }
    assert not answer.publishable
    alone = world.stub.ValidateJourney(api.ValidateJourneyRequest(definition=made, skip_references=True))
    assert alone.publishable


def paused(**policy: Any) -> journeys_pb2.Definition:
    return definition(
        [wait(hours=1), send(), end()],
        ["pause hello", "hello end"],
        pause_policy=entry_pb2.PausePolicy(**policy),
    )


def test_a_pause_holds_timers(world: World) -> None:
    world.publish(paused())
    world.enroll(1)
    world.pass_time(minutes=40)
    journey = world.stub.PauseJourney(api.PauseJourneyRequest(journey_id="welcome")).journey
    assert journey.state == journeys_pb2.JOURNEY_STATE_PAUSED
    world.pass_time(days=2)
    assert world.path(1) == ["pause"]
    world.stub.ResumeJourney(api.ResumeJourneyRequest(journey_id="welcome"))
    world.pass_time(minutes=19)
    assert world.path(1) == ["pause"]
    world.pass_time(minutes=1)
    assert world.path(1) == ["pause next", "hello sent", "end"]


OVERDUE = {
    "SEND": ["pause next", "hello sent", "end"],
    "SKIP": ["pause next", "hello expired", "end"],
    "EXIT": ["pause next", "hello"],
}


def test_timers_that_run_on_leave_sends_overdue(world: World) -> None:
    journeys = {mode: mode.lower() for mode in OVERDUE}
    for mode, journey_id in journeys.items():
        made = paused(
            timer_mode=entry_pb2.TIMER_MODE_RUN,
            overdue_mode=f"OVERDUE_MODE_{mode}",
            max_lateness=span(timedelta(minutes=30)),
        )
        world.publish(made, journey_id)
        world.enroll(1, journey_id=journey_id)
        world.stub.PauseJourney(api.PauseJourneyRequest(journey_id=journey_id))
    world.pass_time(hours=2)
    for journey_id in journeys.values():
        world.stub.ResumeJourney(api.ResumeJourneyRequest(journey_id=journey_id))
    world.settle()
    assert {mode: world.path(1, journey_id) for mode, journey_id in journeys.items()} == OVERDUE


def test_an_archived_journey_ends_its_walks(world: World) -> None:
    world.publish(paused())
    world.enroll(1, 2)
    world.stub.ArchiveJourney(api.ArchiveJourneyRequest(journey_id="welcome"))
    world.settle()
    assert {(walk.state, walk.end_reason) for walk in world.walks()} == {
        (enrollments_pb2.ENROLLMENT_STATE_EXITED, "journey_archived")
    }
    refused = failure(lambda: world.stub.ResumeJourney(api.ResumeJourneyRequest(journey_id="welcome")))
    assert (refused.code, refused.metadata["state"]) == (grpc.StatusCode.FAILED_PRECONDITION, "archived")
    assert not world.stub.ListJourneys(api.ListJourneysRequest()).journeys


def test_the_feed_tells_what_happened(world: World) -> None:
    world.publish(SIMPLE, campaign_id="double11")
    world.enroll(1)
    feed = world.suite.stub_as("delivery", "journey", JourneyServiceStub)
    answer = feed.ListChanges(api.ListChangesRequest())
    kinds = [change.WhichOneof("change") for change in answer.changes]
    assert kinds == [
        "journey_state_changed",
        "enrollment_started",
        "step_taken",
        "step_taken",
        "enrollment_ended",
    ]
    assert answer.changes[0].journey_state_changed.state == journeys_pb2.JOURNEY_STATE_ACTIVE
    assert answer.changes[1].enrollment_started.campaign_id == "double11"
    assert (answer.changes[2].step_taken.node_id, answer.changes[2].step_taken.edge_label) == ("hello", "sent")
    assert [change.customer_id for change in answer.changes[1:]] == [1, 1, 1, 1]
    assert answer.next_position == answer.head_position == answer.changes[-1].position
    rest = feed.ListChanges(api.ListChangesRequest(after_position=answer.changes[2].position))
    assert len(rest.changes) == 2


def test_pages_of_walks_and_who_is_stuck(world: World) -> None:
    world.publish(paused())
    world.enroll(*range(1, 8))
    request = api.ListEnrollmentsRequest(journey_id="welcome", page_size=3)
    seen: list[int] = []
    while True:
        answer = world.stub.ListEnrollments(request)
        seen += [walk.customer_id for walk in answer.enrollments]
        request.page_token = answer.next_page_token
        if not request.page_token:
            break
    assert sorted(seen) == list(range(1, 8))
    assert world.nobody_is_stuck()
    node = api.ListEnrollmentsRequest(journey_id="welcome", node_id="hello")
    assert not world.stub.ListEnrollments(node).enrollments


def test_a_walk_that_fails_again_and_again_is_stuck(world: World) -> None:
    world.peers.segmentation.is_down = True
    world.publish(definition([branch("b", tagged("yes", "x")), end()], ["b end"]))
    world.stub.EnrollCustomers(
        api.EnrollCustomersRequest(journey_id="welcome", items=[entry_pb2.EnrollmentItem(customer_id=1)])
    )
    wait_until(lambda: world.walk(1).enrollment.attempts)
    world.clock.advance(timedelta(minutes=11))
    (stuck,) = world.stub.ListStuck(api.ListStuckRequest()).stuck
    assert stuck.enrollment.customer_id == 1
    assert stuck.enrollment.last_error.startswith("UNAVAILABLE")


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("SimulateJourney", api.SimulateJourneyRequest()),
        ("ListJourneyTemplates", api.ListJourneyTemplatesRequest()),
    ],
)
def test_what_is_not_there_yet_says_so(world: World, method: str, request_: Any) -> None:
    refused = failure(lambda: getattr(world.stub, method)(request_))
    assert refused.code == grpc.StatusCode.UNIMPLEMENTED
    campaigns = world.suite.stub("journey", CampaignServiceStub)
    planned = failure(lambda: campaigns.ListCampaigns(campaign_service_pb2.ListCampaignsRequest()))
    assert (planned.code, planned.reason) == (grpc.StatusCode.UNIMPLEMENTED, "NOT_IMPLEMENTED")
