"""Delivery without threads of its own: its service is built, and a test makes each pass of its loops by itself.

It dies at a commit when it is told to, and is built anew over what the database has. Identity is told, too.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event
from tidegate.api.delivery.v1 import channels_pb2, templates_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.identity.v1 import changes_pb2, consents_pb2, customers_pb2
from tidegate.delivery.dispatch.dispatcher import Dispatcher
from tidegate.delivery.gatekeeper import Decided
from tidegate.delivery.schema import METADATA
from tidegate.delivery.service import build
from tidegate.delivery.store.tables import RATES, STATES
from tidegate.runtime.callers import Caller
from tidegate.runtime.client import Peers
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database
from tidegate.runtime.edge.call import Call, enter
from tidegate.runtime.ids import new_id
from tidegate.runtime.loops import Activity, Loop
from tidegate.runtime.metrics import Metrics
from tidegate.runtime.secret import Secrets
from tidegate.runtime.service import Context, Service

from support.delivery.adapter import Told, told_registry
from support.delivery.crashes import at_commit
from support.schemas import bring_up
from support.server import settings_for

NAMESPACES = {"sms": "phone", "email": "email", "push": "device"}
_PATIENCE = 20.0


class Died(BaseException):
    """The process is no more."""


@dataclass
class ToldIdentity:
    """Identity as a test tells it: it answers for addresses, and announces on its feed."""

    addresses: dict[int, Mapping[str, str]] = field(default_factory=dict)
    zones: dict[int, str] = field(default_factory=dict)
    owner: dict[int, int] = field(default_factory=dict)
    feed: list[changes_pb2.Change] = field(default_factory=list)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    """What is done while it is asked for addresses, each once: the gate has claimed, and not decided."""

    def announce(self, customer_id: int, change: changes_pb2.Change) -> None:
        """Appends to the feed."""
        change.customer_id, change.position = customer_id, len(self.feed) + 1
        self.feed.append(change)

    def consents(self, customer_id: int, said: Sequence[consents_pb2.Consent]) -> None:
        """A customer's decisions."""
        changed = changes_pb2.ConsentsChanged(consents=said)
        self.announce(customer_id, changes_pb2.Change(consents_changed=changed))

    # what delivery calls

    def ListChanges(self, request: Any) -> changes_pb2.ListChangesResponse:  # noqa: N802
        head = len(self.feed)
        changes = self.feed[request.after_position :]
        return changes_pb2.ListChangesResponse(changes=changes, next_position=head, head_position=head)

    def BatchGetContactPoints(  # noqa: N802
        self, request: customers_pb2.BatchGetContactPointsRequest
    ) -> customers_pb2.BatchGetContactPointsResponse:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        points = [self._points(one) for one in request.customer_ids]
        return customers_pb2.BatchGetContactPointsResponse(points=points, position=len(self.feed))

    def _points(self, customer_id: int) -> customers_pb2.ContactPoints:
        whose = self.owner[customer_id]
        family = [whose, *(one for one in self.owner if self.owner[one] == whose and one != whose)]
        found = customers_pb2.ContactPoints(
            customer_id=customer_id, canonical_customer_id=whose, zone=self.zones[whose]
        )
        for one in family:
            for channel, value in self.addresses[one].items():
                found.addresses.add(namespace=NAMESPACES[channel], value=value)
        return found


class _Peers:
    """Identity alone is there."""

    def __init__(self, identity: ToldIdentity) -> None:
        self._identity = identity

    @property
    def waiting(self) -> "_Peers":
        return self

    def knows(self, service: str) -> bool:
        return service == "identity"

    def identity(self) -> ToldIdentity:
        return self._identity


class Rig:
    """One process of delivery at a time, over one database."""

    def __init__(self, folder: Path, database_url: str) -> None:
        on_server = database_url.startswith("postgresql")
        self.url = database_url if on_server else f"sqlite:///{folder / 'delivery.db'}"
        self._settings = settings_for(folder, database_url=database_url)
        self.rows = Database.open(self.url, schema="delivery")  # what the test looks at, and changes
        bring_up(self.rows, "delivery")
        with self.rows.read() as connection:
            self._first = {table: connection.execute(sa.select(table)).all() for table in METADATA.sorted_tables}

    def begin(self, clock: ManualClock, told: Told, identity: ToldIdentity, channels: Sequence[str]) -> None:
        """Empties the database, and starts with an account for each channel, and the template `hello`."""
        with self.rows.write() as connection:
            for table in reversed(METADATA.sorted_tables):
                connection.execute(sa.delete(table))
            for table, rows in self._first.items():
                if rows:
                    connection.execute(sa.insert(table), [dict(row._mapping) for row in rows])
        self._given = clock, told, identity
        self.start()
        for channel in channels:
            account = channels_pb2.Account(account_id=f"{channel}-1", channel=channel, adapter="told")
            self.call("CreateAccount", pb.CreateAccountRequest(account=account))
        contents = [templates_pb2.TemplateContent(channel=one, parts={"text": "Hello"}) for one in channels]
        template = templates_pb2.Template(template_id="hello", contents=contents)
        self.call("CreateTemplate", pb.CreateTemplateRequest(template=template))

    def start(self) -> None:
        """A new process."""
        clock, told, identity = self._given
        self._dead, self._mortal = threading.Event(), False
        self._database = Database.open(self.url, schema="delivery")
        bring_up(self._database, "delivery")
        event.listen(self._database.engine, "before_cursor_execute", self._refuse)
        context = Context(
            name="delivery",
            settings=self._settings,
            clock=clock,
            database=self._database,
            peers=cast("Peers", _Peers(identity)),
            activity=Activity(),
            metrics=Metrics(),
            secrets=Secrets("no secret", {}),
            public_url="http://localhost",
        )
        self._service: Service = build(context, registry=told_registry(told))
        self._loops: dict[str, Loop] = {loop.name: loop for loop in self._service.loops}
        self._dispatcher: Dispatcher = self.owner_of("gate-1")

    def die_at(self, commit: int) -> None:
        """Has the process die at its next but so many commits, just before it or (negative) just after."""

        def die() -> None:
            if self._mortal:
                self._dead.set()
                raise Died

        at_commit(self._database.engine, commit, die)

    @contextmanager
    def mortal(self) -> Iterator[None]:
        """Within the block it dies where it is to; else it passes that commit."""
        self._mortal = True
        try:
            yield
        finally:
            self._mortal = False

    @property
    def is_dead(self) -> bool:
        """Whether it has died."""
        return self._dead.is_set()

    def end(self) -> None:
        """Throws the process away, whatever it is doing."""
        self._dead.set()
        for engine in self._dispatcher._engines.values():
            assert engine.stop(timeout=_PATIENCE)
        self._database.close()

    def call(self, method: str, request: Any, caller: str = "crm") -> Any:
        """Calls a method of one of the services."""
        known = Caller(name=caller, scopes=frozenset({"*"}))
        enter(Call(method, new_id(), time.monotonic() + _PATIENCE, known))
        try:
            for _, servicer in self._service.servicers:
                if hasattr(servicer, method):
                    return getattr(servicer, method)(request, None)
        finally:
            enter(None)
        raise AttributeError(method)

    def step(self, loop: str) -> bool:
        """One pass of a loop."""
        return self._loops[f"delivery.{loop}"]._step()

    def owner_of(self, loop: str) -> Any:
        """What makes a loop's passes."""
        return cast("Any", self._loops[f"delivery.{loop}"]._step).__self__

    def gate(self) -> None:
        """One pass of the gate; what it lets through is called for, and what comes of it recorded."""
        for line in self._dispatcher._lines.active():
            line.pulse.failed = 0
        self.step("gate-1")
        meter, deadline = self._loops["delivery.outcomes"].meter, time.monotonic() + _PATIENCE
        while meter.at_work:
            if not self.step("outcomes"):
                time.sleep(0.0002)
            if self.is_dead:
                raise Died
            assert time.monotonic() < deadline, "the calls do not end"

    def decide(self, channel: str, limit: int) -> Decided:
        """One batch of the gate alone: nobody is called. It may be made while another is under way."""
        [lane] = [line.lane for line in self._dispatcher._lines.active() if line.lane.channel == channel]
        keeper = self._dispatcher._gatekeeper
        return keeper.decide(lane, limit, keeper.due(lane))

    def let_real_time_pass(self) -> None:
        """Leases end, tries are made again, what is uncertain settles, and breakers close: all that is by real time."""
        states = STATES.c
        with self.rows.write() as connection:
            for column in (states.lease_until_real, states.retry_real, states.settle_real, states.tried_until_real):
                connection.execute(sa.update(STATES).where(column > 1).values({column: 1}))
            connection.execute(sa.update(RATES).values(breaker_failures=0, breaker_opens=0, breaker_until_real=0))
        self._dispatcher._lines.forget()

    def _refuse(self, *_: Any) -> None:
        if self._dead.is_set():
            raise Died
