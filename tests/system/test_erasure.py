"""S18, the law: export of all that is known of a person; erasure in all four services, with proof."""

import json
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from google.protobuf.struct_pb2 import Struct
from journey.canvases import by_event, definition, end, send, wait
from support import feeds
from support.command import environment, run
from support.people import customer, event, ingest, put, upsert
from support.ports import unused_port
from support.privacy import PHONE, SECRETS, dump, erase, erasure, profile
from support.server import Suite, serving
from tidegate.api.delivery.v1 import delivery_service_pb2 as delivery_api
from tidegate.api.delivery.v1 import messages_pb2
from tidegate.api.delivery.v1.channels_pb2 import Account
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.delivery.v1.templates_pb2 import Template, TemplateContent
from tidegate.api.identity.v1 import changes_pb2, privacy_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.journey.v1 import entry_pb2, journeys_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as journey_api
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.api.segmentation.v1 import changes_pb2 as segmentation_changes
from tidegate.api.segmentation.v1 import experiments_pb2, rules_pb2, segments_pb2
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.runtime.clock import ManualClock

ALL = ("identity", "segmentation", "journey", "delivery")
RUNNING, DONE = privacy_pb2.ERASURE_STATE_RUNNING, privacy_pb2.ERASURE_STATE_DONE


class Company:
    """The suite with a segment, an experiment, and a journey that writes to who paid and waits for a day."""

    def __init__(self, suite: Suite, folder: Path) -> None:
        self.suite = suite
        self.folder = folder
        self.identity = suite.stub("identity", IdentityServiceStub)
        self.segmentation = suite.stub("segmentation", SegmentationServiceStub)
        self.journey = suite.stub("journey", JourneyServiceStub)
        self.delivery = suite.stub("delivery", DeliveryServiceStub)

    def found(self) -> None:
        """Sets everything up."""
        settings = Struct()
        settings.update({"file": str(self.folder / "mails.jsonl")})
        account = Account(account_id="console", channel="email", adapter="console", settings=settings)
        self.delivery.CreateAccount(delivery_api.CreateAccountRequest(account=account))
        content = TemplateContent(channel="email", parts={"subject": "Hi", "text": "Thank you"})
        template = Template(template_id="welcome", contents=[content])
        self.delivery.CreateTemplate(delivery_api.CreateTemplateRequest(template=template))
        chosen = rules_pb2.EventSelection(names=["order_paid"])
        chosen.window.rolling.FromTimedelta(timedelta(days=3650))
        rule = rules_pb2.Rule(event=rules_pb2.EventRule(events=chosen))
        segment = segments_pb2.Segment(segment_id="buyers", rule=rule)
        self.segmentation.CreateSegment(segments_pb2.CreateSegmentRequest(segment=segment))
        self.suite.settle()
        made = definition(
            [send(), wait(days=1), send("again"), end()],
            ["hello pause", "pause again", "again end"],
            entry=entry_pb2.Entry(triggers=[by_event("order_paid")], key_property="item"),
        )
        journey = journeys_pb2.Journey(journey_id="thanks", draft=made)
        self.journey.CreateJourney(journey_api.CreateJourneyRequest(journey=journey))
        self.journey.PublishJourney(journey_api.PublishJourneyRequest(journey_id="thanks"))
        self.suite.settle()

    def meet(self) -> tuple[int, int]:
        """Wang Fang, of whom much is known everywhere, and somebody else."""
        person = profile(self.identity)
        other = put(self.identity, upsert("email other@example.com"))[0].customer_id
        ingest(self.identity, event("x1", "email other@example.com", properties={"item": "a blue hat"}))
        self.suite.settle()
        return person, other

    def messages(self, customer_id: int) -> int:
        """How many messages there are for a customer."""
        chosen = messages_pb2.MessageFilter(customer_id=customer_id)
        return len(self.delivery.ListMessages(delivery_api.ListMessagesRequest(filter=chosen)).messages)

    def everything(self) -> str:
        """Every row of every database and of the analytic store."""
        file = self.folder / "data" / "segmentation.duckdb"
        with duckdb.connect(str(file), config={"preserve_insertion_order": "false"}) as facts:
            tables = [name for (name,) in facts.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
            rows = [repr((name, row)) for name in tables for row in facts.execute(f"FROM {name}").fetchall()]
        return "\n".join([dump(self.suite, *ALL), *rows])


@pytest.fixture
def company(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Company]:
    with serving(tmp_path, clock=clock, database_url=database_url) as suite:
        company = Company(suite, tmp_path)
        company.found()
        yield company


def test_nothing_is_left_anywhere_and_each_service_says_so(company: Company, clock: ManualClock) -> None:
    person, other = company.meet()
    before = company.everything()
    assert [secret for secret in SECRETS if secret not in before] == []
    begun = erase(company.identity, person)
    company.suite.settle()
    done = erasure(company.identity, begun.erasure_id)
    assert done.state == DONE
    assert {each.service for each in done.reports if each.rows > 0} == set(ALL)
    after = company.everything()
    assert [secret for secret in SECRETS if secret in after] == []
    assert "a blue hat" in after
    assert customer(company.identity, other).customer_id == other
    walks = company.journey.ListEnrollments(journey_api.ListEnrollmentsRequest(customer_id=person)).enrollments
    assert [walk.end_reason for walk in walks] == ["erased"]
    changes = list(feeds.changes(company.segmentation, segmentation_changes.ListChangesRequest()))
    moved = [each.membership_changed.transition for each in changes if each.customer_id == person]
    assert moved[:2] == [segments_pb2.TRANSITION_ENTERED, segments_pb2.TRANSITION_LEFT]
    clock.advance(timedelta(days=2))
    company.suite.settle()
    assert [company.messages(each) for each in (person, other)] == [1, 2]


def test_what_comes_late_reaches_no_service(company: Company) -> None:
    person, _ = company.meet()
    erase(company.identity, person)
    late = ingest(company.identity, event("late", PHONE, properties={"item": "a green coat"}))
    assert late[0].error.reason == "ERASED"
    company.suite.settle()
    assert "a green coat" not in company.everything()
    request = journey_api.EnrollCustomersRequest(
        journey_id="thanks", items=[entry_pb2.EnrollmentItem(customer_id=person)]
    )
    assert company.journey.EnrollCustomers(request).results[0].error.reason == "CUSTOMER_NOT_FOUND"
    members = company.segmentation.ListMembers(segments_pb2.ListMembersRequest(segment_id="buyers"))
    assert person not in [each.customer_id for part in members for each in part.members]


def test_services_that_are_away_do_their_part_later(tmp_path: Path, database_url: str, clock: ManualClock) -> None:
    ports: dict[str, Any] = {service: {"port": unused_port()} for service in ALL}
    with serving(tmp_path, clock=clock, database_url=database_url, **ports) as suite:
        company = Company(suite, tmp_path)
        company.found()
        person, _ = company.meet()
    with serving(tmp_path, "identity", clock=clock, database_url=database_url, **ports) as suite:
        stub = suite.stub("identity", IdentityServiceStub)
        begun = erase(stub, person)
        wait_for_report(stub, begun.erasure_id, "identity")
        assert erasure(stub, begun.erasure_id).state == RUNNING
    with serving(tmp_path, "identity", "delivery", clock=clock, database_url=database_url, **ports) as suite:
        stub = suite.stub("identity", IdentityServiceStub)
        wait_for_report(stub, begun.erasure_id, "delivery")
        assert erasure(stub, begun.erasure_id).state == RUNNING
    with serving(tmp_path, clock=clock, database_url=database_url, **ports) as suite:
        company = Company(suite, tmp_path)
        for service in ALL:
            wait_for_report(company.identity, begun.erasure_id, service)
        assert erasure(company.identity, begun.erasure_id).state == DONE
        left = company.everything()
        assert [secret for secret in SECRETS if secret in left] == []


def test_two_replicas_of_identity_do_it_once(tmp_path: Path, database_url: str, clock: ManualClock) -> None:
    """While others keep reporting events of the same person to both."""
    if not database_url.startswith("postgresql"):
        pytest.skip("a SQLite file has one process")
    with ExitStack() as stack:
        suites = [
            stack.enter_context(serving(tmp_path, "identity", clock=clock, database_url=database_url)) for _ in range(2)
        ]
        stubs = [suite.stub("identity", IdentityServiceStub) for suite in suites]
        person = profile(stubs[0])
        stop = threading.Event()

        def report(place: int) -> int:
            number = 0
            while not stop.is_set() and number < 300:
                number += 1
                ingest(stubs[place], event(f"r{place}-{number}", PHONE, properties={"item": SECRETS[3]}))
            return number

        with ThreadPoolExecutor(4) as pool:
            reporting = [pool.submit(report, place) for place in range(2)]
            erasing = [pool.submit(erase, stub, person) for stub in stubs]
            ids = {each.result().erasure_id for each in erasing}
            stop.set()
            assert all(each.result() for each in reporting)
        [erasure_id] = ids
        for suite in suites:
            suite.settle()
        assert erasure(stubs[0], erasure_id).state == DONE
        changes = stubs[0].ListChanges(changes_pb2.ListChangesRequest()).changes
        kinds = [each.WhichOneof("change") for each in changes]
        assert kinds == ["erasure_requested", "erasure_completed"]
        left = dump(suites[0], "identity")
        assert [secret for secret in SECRETS if secret in left] == []


def test_one_file_has_what_all_four_hold(company: Company) -> None:
    person, _ = company.meet()
    send_ = messages_pb2.OutgoingMessage(
        idempotency_key="k1",
        recipient=messages_pb2.Recipient(customer_id=person),
        channels=["email"],
        template_id="welcome",
        message_class=messages_pb2.MESSAGE_CLASS_TRANSACTIONAL,
    )
    company.delivery.Send(delivery_api.SendRequest(messages=[send_]))
    experiment = experiments_pb2.Experiment(
        experiment_id="e1",
        arms=[
            experiments_pb2.Arm(arm_id="a", share=5_000, role=experiments_pb2.ARM_ROLE_CONTROL),
            experiments_pb2.Arm(arm_id="b", share=5_000, role=experiments_pb2.ARM_ROLE_TREATMENT),
        ],
    )
    company.segmentation.CreateExperiment(experiments_pb2.CreateExperimentRequest(experiment=experiment))
    company.segmentation.StartExperiment(experiments_pb2.StartExperimentRequest(experiment_id="e1"))
    company.segmentation.Assign(experiments_pb2.AssignRequest(experiment_id="e1", customer_ids=[person]))
    company.suite.settle()
    out = company.folder / "wang.json"
    addresses = company.suite.process.addresses
    ports = {f"TIDEGATE_{name.upper()}__PORT": addresses[name].rpartition(":")[2] for name in ALL}
    variables = environment(TIDEGATE_DATA_DIR=str(company.folder / "data"), **ports)
    done = run("export-customer", PHONE.replace(" ", "="), "--out", str(out), env=variables, timeout=60)
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    document = json.loads(out.read_text())
    assert set(document) == set(ALL)
    assert all(document[name]["customer_id"] == person for name in ALL)
    assert [secret for secret in SECRETS if secret not in json.dumps(document["identity"], ensure_ascii=False)] == []
    assert [each["segment_id"] for each in document["segmentation"]["memberships"]] == ["buyers"]
    assert [each["experiment_id"] for each in document["segmentation"]["assignments"]] == ["e1"]
    assert [each["journey_id"] for each in document["journey"]["enrollments"]] == ["thanks"]
    assert {each["template_id"] for each in document["delivery"]["messages"]} == {"welcome"}
    assert "wang.fang@example.com" in json.dumps(document["delivery"]["attempts"])


def wait_for_report(stub: IdentityServiceStub, erasure_id: str, service: str) -> None:
    waiting = threading.Event()
    for _ in range(400):
        reports = erasure(stub, erasure_id).reports
        if any(each.service == service and each.HasField("done_time") for each in reports):
            return
        waiting.wait(0.05)
    raise AssertionError(f"{service} has not reported")
