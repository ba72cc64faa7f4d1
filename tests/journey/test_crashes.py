"""A walk that is interrupted anywhere comes to the same end, by the same steps and with the same messages."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import grpc
import pytest
import sqlalchemy as sa
from journey.canvases import branch, case, definition, end, event, send, split, tagged, wait, wait_for
from journey.conftest import prepared
from journey.peers import PeerServices
from support import database as databases
from support import processes
from support.command import start
from support.processes import Deployment, deployed
from support.schemas import bring_up
from support.server import Suite, serving
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import add_DeliveryServiceServicer_to_server
from tidegate.api.identity.v1.identity_service_pb2_grpc import add_IdentityServiceServicer_to_server
from tidegate.api.journey.v1 import entry_pb2, journeys_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import (
    add_SegmentationServiceServicer_to_server,
)
from tidegate.journey.enrolling import Request
from tidegate.journey.service import build
from tidegate.journey.servicer import JourneyServicer
from tidegate.journey.store import walks
from tidegate.journey.store.tables import ENROLLMENTS, STEPS
from tidegate.runtime.client import Credentials, Peers
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Follower
from tidegate.runtime.loops import Activity, Loop
from tidegate.runtime.metrics import Metrics
from tidegate.runtime.service import Context, Service

T = TypeVar("T")
CUSTOMERS = range(1, 13)
CANVAS = definition(
    [
        split(),
        send("hello"),
        wait_for("order", case("ordered", event("order_paid")), hours=2),
        send("remind"),
        wait("pause", hours=1),
        branch("bought", tagged("yes", "buyer")),
        send("thanks"),
        end(),
    ],
    [
        "split hello",
        "hello order",
        "order ordered pause",
        "order timeout remind",
        "remind pause",
        "pause bought",
        "bought yes thanks",
        "bought otherwise end",
        "thanks end",
    ],
)
Trace = dict[int, list[tuple[str, str]]]


class Crash(BaseException):
    """The process dies here."""


class FaultyDatabase(Database):
    """Dies at the n-th write transaction: before its commit, or right after it."""

    left = -1
    after = False

    def run(self, operation: Callable[[sa.Connection], T], *, durable: bool = True) -> T:
        self.left -= 1
        if self.left != 0:
            return super().run(operation, durable=durable)
        if self.after:
            super().run(operation, durable=durable)
            raise Crash
        return super().run(lambda connection: _die_after(operation, connection), durable=durable)


def _die_after(operation: Callable[[sa.Connection], T], connection: sa.Connection) -> T:
    operation(connection)
    raise Crash


def holder(loop: Loop) -> Any:
    """The object whose method a loop calls."""
    step: Any = loop._step
    return step.__self__


class Lab:
    """A journey service without threads: its loops pass when the test says so."""

    def __init__(self, suite: Suite, database: FaultyDatabase, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self._suite = suite
        self.service = self.restart()

    def restart(self) -> Service:
        """Builds the service anew on what is stored, as a new process would."""
        context = Context(
            name="journey",
            settings=self._suite.process.provision.settings,
            clock=self.clock,
            database=self.database,
            peers=Peers(self._suite.process.addresses, Credentials(self._suite.peer_token, service="journey")),
            activity=Activity(),
            metrics=Metrics(),
            secrets=self._suite.process.provision.secrets,
        )
        self.service = build(context)
        for loop in self.service.loops:
            follower = holder(loop)
            if isinstance(follower, Follower):
                follower._wait = 0.0
        self.database.run(walks.free_leases)
        return self.service

    @property
    def servicer(self) -> JourneyServicer:
        servicer = self.service.servicers[0][1]
        assert isinstance(servicer, JourneyServicer)
        return servicer

    def settle(self) -> None:
        """Passes until nothing is found to do; a crash is followed by a new start."""
        idle = 0
        deadline = time.monotonic() + 60
        while idle < 2:
            assert time.monotonic() < deadline, "there is always something left to do"
            idle = 0 if self._pass() else idle + 1

    def _pass(self) -> bool:
        try:
            passes = [loop._step() for loop in self.service.loops]
        except Crash:
            self.restart()
            return True
        return any(passes)

    def enroll(self) -> None:
        """Brings the customers in; a caller whose call died repeats it."""
        requests = [Request(each, None, {}, f"entry-{each}") for each in CUSTOMERS]
        try:
            self.servicer.tools.enrolling.enroll("welcome", requests, caller="shop")
        except Crash:
            self.restart()
            self.servicer.tools.enrolling.enroll("welcome", requests, caller="shop")

    def traces(self) -> Trace:
        """The steps of every customer."""
        query = (
            sa.select(ENROLLMENTS.c.customer_id, STEPS.c.node_id, STEPS.c.label)
            .join(STEPS, STEPS.c.enrollment_id == ENROLLMENTS.c.enrollment_id)
            .order_by(ENROLLMENTS.c.customer_id, STEPS.c.visit)
        )
        found: Trace = {}
        with self.database.read() as connection:
            for customer, node_id, label in connection.execute(query):
                found.setdefault(customer, []).append((node_id, label))
        return found


@contextmanager
def lab(folder: Path, url: str, clock: ManualClock, peers: PeerServices) -> Iterator[Lab]:
    with ExitStack() as stack:
        suite = stack.enter_context(serving(folder, clock=clock, builders=peers.builders(), prepare=prepared))
        database = FaultyDatabase.open(url, schema="journey")
        stack.callback(database.close)
        assert isinstance(database, FaultyDatabase)
        bring_up(database, "journey")
        yield Lab(suite, database, clock)


def play(lab: Lab, peers: PeerServices, journey_id: str = "welcome") -> tuple[Trace, list[tuple[int, str]]]:
    """A whole journey: what steps were taken, and what was sent to whom from where."""
    peers.segmentation.members["buyer"] = {1, 2, 3}
    tools = lab.servicer.tools
    tools.drafts.create(journeys_pb2.Journey(journey_id=journey_id, draft=CANVAS))
    tools.lifecycle.publish(journey_id, etag="", publisher="test", note="", is_rehearsal=False)
    lab.enroll()
    lab.settle()
    for customer in (1, 4, 10):
        peers.identity.record(customer, "order_paid", lab.clock.now())
    lab.settle()
    for _ in range(4):
        lab.clock.advance(timedelta(hours=1))
        lab.settle()
    sent = [(each.message.recipient.customer_id, each.message.node_id) for each in peers.delivery.sent.values()]
    return lab.traces(), sorted(sent)


@pytest.mark.parametrize("after", [False, True], ids=["before_commit", "after_commit"])
def test_a_crash_at_any_commit_changes_nothing(
    tmp_path: Path, database_kind: str, clock: ManualClock, after: bool
) -> None:
    """Every fourth commit is tried as the place to die, on PostgreSQL every eighth; more with TIDEGATE_FULL."""
    start = clock.now()
    step = (4 if database_kind == "sqlite" else 8) // (2 if "TIDEGATE_FULL" in os.environ else 1)
    expected, tried, number = None, 0, 0
    while True:
        peers = PeerServices()
        clock.set(start)
        folder = tmp_path / str(number)
        folder.mkdir()
        with (
            databases.database_url(database_kind, folder, migrated=True) as url,
            lab(folder, url, clock, peers) as bench,
        ):
            bench.database.after = after
            bench.database.left = number + 2 if number else -1
            trace, sent = play(bench, peers)
            survived = bench.database.left > 0
        if expected is None:
            expected = (trace, sent)
            assert len(sent) == len(set(sent))
            assert all(steps[-1] == ("end", "") for steps in trace.values())
        assert (trace, sent) == expected, f"died at commit {number}"
        if survived:
            break
        tried += number > 0
        number += step
    assert tried > 20 / step


def test_who_lost_the_lease_stores_nothing(
    tmp_path: Path, database_url: str, clock: ManualClock, peers: PeerServices
) -> None:
    """A worker stands still while it asks; another one takes its walks, and the first finds that it has lost them."""
    with lab(tmp_path, database_url, clock, peers) as bench:
        play_until_asked(bench)
        slow, quick = holder(bench.service.loops[0]), holder(bench.restart().loops[0])
        slow._lease = timedelta(milliseconds=1)
        ask = slow._asker.ask

        def ask_slowly(*arguments: Any) -> Any:
            time.sleep(0.05)
            assert quick.step()
            return ask(*arguments)

        slow._asker.ask = ask_slowly
        assert slow.step()
        traces = bench.traces()
    assert set(map(tuple, traces.values())) == {(("split", "talk"),), (("split", "control"),)}


def test_a_worker_that_waits_for_an_answer_keeps_its_walks(
    tmp_path: Path, database_url: str, clock: ManualClock, peers: PeerServices
) -> None:
    with lab(tmp_path, database_url, clock, peers) as bench:
        play_until_asked(bench)
        slow, quick = holder(bench.service.loops[0]), holder(bench.restart().loops[0])
        slow._lease, slow._beat = timedelta(milliseconds=1_500), timedelta(milliseconds=20)
        ask = slow._asker.ask

        def ask_slowly(*arguments: Any) -> Any:
            time.sleep(2.0)
            assert not quick.step()
            return ask(*arguments)

        slow._asker.ask = ask_slowly
        assert slow.step()


@pytest.mark.parametrize("is_ended", [False, True])
def test_who_lost_a_walk_takes_its_message_back_only_when_nobody_goes_on_with_it(
    tmp_path: Path, database_url: str, clock: ManualClock, peers: PeerServices, is_ended: bool
) -> None:
    """A worker stands still after delivery has taken its messages over; another one takes its walks."""
    peers.delivery.outcomes = lambda _message: []
    with lab(tmp_path, database_url, clock, peers) as bench:
        play_until_asked(bench, definition([send(), end()], ["hello end"]))
        slow, quick = holder(bench.service.loops[0]), holder(bench.restart().loops[0])
        slow._lease = timedelta(milliseconds=1)
        ask = slow._asker.ask

        def ask_slowly(*arguments: Any) -> Any:
            answers = ask(*arguments)
            time.sleep(0.05)
            if is_ended:
                exit_all(bench)
            else:
                assert quick.step()
            return answers

        slow._asker.ask = ask_slowly
        assert slow.step()
        bench.settle()
        assert len(peers.delivery.sent) == len(CUSTOMERS)
        assert len(peers.delivery.cancelled) == (len(CUSTOMERS) if is_ended else 0)
        if not is_ended:
            exit_all(bench)
            bench.settle()
            assert len(peers.delivery.cancelled) == len(CUSTOMERS)


def exit_all(bench: Lab) -> None:
    bench.servicer.tools.exits.exit(CUSTOMERS, journey_id="welcome", entry_key=None, reason="asked")


def test_a_message_of_a_walk_that_nobody_holds_is_known_to_whoever_ends_it(
    tmp_path: Path, database_url: str, clock: ManualClock, peers: PeerServices
) -> None:
    """The lease is lost after delivery has taken the message over, and the walk is ended before it is claimed again."""
    peers.delivery.outcomes = lambda _message: []
    with lab(tmp_path, database_url, clock, peers) as bench:
        play_until_asked(bench, definition([send(), end()], ["hello end"]))
        slow = holder(bench.service.loops[0])
        ask = slow._asker.ask

        def lose(*arguments: Any) -> Any:
            answers = ask(*arguments)
            bench.database.run(walks.free_leases)
            return answers

        slow._asker.ask = lose
        assert slow.step()
        exit_all(bench)
        slow._asker.ask = ask
        bench.settle()
        assert len(peers.delivery.cancelled) == len(CUSTOMERS)


def play_until_asked(bench: Lab, canvas: journeys_pb2.Definition = CANVAS) -> None:
    """Customers stand at the first node, due."""
    tools = bench.servicer.tools
    tools.drafts.create(journeys_pb2.Journey(journey_id="welcome", draft=canvas))
    tools.lifecycle.publish("welcome", etag="", publisher="test", note="", is_rehearsal=False)
    bench.enroll()


QUICK = definition(
    [split(), send("hello"), wait("pause", seconds=1), branch("bought", tagged("yes", "buyer")), send("bye"), end()],
    ["split hello", "hello pause", "pause bought", "bought bye", "bye end"],
)
MANY = 3000


def test_kill_9_again_and_again(peers: PeerServices) -> None:
    """A real process is killed while it walks three thousand customers, and started again."""
    with deployed([["journey"]]) as deployment, ExitStack() as stack:
        for server in _peer_servers(deployment, peers):
            stack.callback(server.stop, None)
        stub = deployment.stub("journey", JourneyServiceStub)
        journey = journeys_pb2.Journey(journey_id="welcome", draft=QUICK)
        stub.CreateJourney(api.CreateJourneyRequest(journey=journey), wait_for_ready=True)
        stub.PublishJourney(api.PublishJourneyRequest(journey_id="welcome"))
        for start in range(1, MANY, 1000):
            items = [entry_pb2.EnrollmentItem(customer_id=each) for each in range(start, start + 1000)]
            stub.EnrollCustomers(api.EnrollCustomersRequest(journey_id="welcome", items=items))
        for seconds in (0.2, 0.5, 0.9):
            time.sleep(seconds)
            _kill_and_restart(deployment)
        stub = deployment.stub("journey", JourneyServiceStub)
        stats = _finished(stub)
    keys = [(each.message.recipient.customer_id, each.message.node_id) for each in peers.delivery.sent.values()]
    assert len(keys) == len(set(keys)) == 2 * MANY
    assert (stats.entered, stats.open, stats.finished) == (MANY, 0, MANY)
    nodes = {node.node_id: sum(edge.count for edge in node.edges) for node in stats.nodes}
    assert nodes == dict.fromkeys(["split", "hello", "pause", "bought", "bye", "end"], MANY)


def _peer_servers(deployment: Deployment, peers: PeerServices) -> Iterator[grpc.Server]:
    served: list[tuple[str, Callable[..., None], Any]] = [
        ("identity", add_IdentityServiceServicer_to_server, peers.identity),
        ("segmentation", add_SegmentationServiceServicer_to_server, peers.segmentation),
        ("delivery", add_DeliveryServiceServicer_to_server, peers.delivery),
    ]
    for name, add, servicer in served:
        server = grpc.server(ThreadPoolExecutor(8))
        add(servicer, server)
        server.add_insecure_port(deployment.addresses[name])
        server.start()
        yield server


def _kill_and_restart(deployment: Deployment) -> None:
    """Kills the process and starts it again with the same command and environment."""
    served = deployment.served.pop()
    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait(timeout=30)
    log = deployment.folder / "journey.log"
    with log.open("ab") as output:
        process = start(*served.command, env=served.environment, stdout=output, stderr=subprocess.STDOUT)
    processes.await_ready(process, served.metrics_port, log)
    deployment.served.append(replace(served, process=process))


def _finished(stub: JourneyServiceStub) -> Any:
    deadline = time.monotonic() + 120
    while True:
        stats = stub.GetJourneyStats(api.GetJourneyStatsRequest(journey_id="welcome"), wait_for_ready=True).stats
        if stats.finished == stats.entered:
            return stats
        assert time.monotonic() < deadline, stats
        time.sleep(0.2)
