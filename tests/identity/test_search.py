"""SearchCustomers by time, and what it costs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from support.people import at, customer, event, identifier, ingest, put, upsert
from support.status import failure
from tidegate.api.common.v1.common_pb2 import Interval
from tidegate.api.identity.v1 import customers_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.identity.model import ALWAYS, Span
from tidegate.identity.store import links
from tidegate.identity.store.tables import METADATA
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database


def searched(stub: IdentityServiceStub, **conditions: Any) -> list[int]:
    """The ids of all pages, two customers each."""
    request = customers_pb2.SearchCustomersRequest(**conditions, page_size=2)
    found: list[int] = []
    while True:
        page = stub.SearchCustomers(request)
        found += [each.customer_id for each in page.customers]
        request.page_token = page.next_page_token
        if not request.page_token:
            return found


def test_customers_are_found_by_when_they_were_first_seen(identity: IdentityServiceStub) -> None:
    """The span is half open, pages go by rising id, and an earlier event moves a customer."""
    put(identity, *(upsert(f"member_id m-{time}", time=time) for time in (5, 1, 4, 2, 3)))
    span = Interval(start=at(2), end=at(5))
    assert searched(identity, first_seen_time=span) == [3, 4, 5]
    assert searched(identity, first_seen_time=Interval(start=at(4))) == [1, 3]
    assert searched(identity, first_seen_time=Interval(end=at(2))) == [2]
    ingest(identity, event("e1", "member_id m-5", time=2))
    assert searched(identity, first_seen_time=span) == [1, 3, 4, 5]


def test_customers_are_found_by_when_they_were_created(identity: IdentityServiceStub, clock: ManualClock) -> None:
    put(identity, upsert("member_id m-1", time=1))
    clock.advance(timedelta(minutes=1))
    put(identity, upsert("member_id m-2", time=2), upsert("member_id m-3", time=0))
    created = customer(identity, 2).create_time
    assert searched(identity, create_time=Interval(start=created)) == [2, 3]
    assert searched(identity, create_time=Interval(end=created)) == [1]
    assert searched(identity, create_time=Interval(start=created), first_seen_time=Interval(end=at(2))) == [3]


def test_times_go_with_the_other_conditions_and_with_aliases(identity: IdentityServiceStub) -> None:
    put(
        identity,
        upsert("member_id m-1", "phone 13800138000", time=1, add_tags=["vip"]),
        upsert("email li@shop.example", time=2, add_tags=["vip"]),
        upsert("member_id m-3", time=3),
    )
    span = Interval(start=at(2), end=at(9))
    assert searched(identity, first_seen_time=span, tags=["vip"]) == [2]
    assert searched(identity, first_seen_time=span, identifiers=[identifier("member_id m-1")]) == []
    assert searched(identity, first_seen_time=span, identifiers=[identifier("member_id m-3")]) == [3]
    put(identity, upsert("phone 13800138000", "email li@shop.example", time=4))
    assert searched(identity, first_seen_time=span) == [3], "an alias is no customer"


@pytest.mark.parametrize("field", ["first_seen_time", "create_time"])
def test_a_span_without_a_bound_and_one_out_of_time_are_refused(identity: IdentityServiceStub, field: str) -> None:
    assert set(failure(lambda: searched(identity, **{field: Interval()})).violations) == {field}
    late = at(0)
    late.seconds = 10**15
    failed = failure(lambda: searched(identity, **{field: Interval(start=late, end=late)}))
    assert set(failed.violations) == {f"{field}.start", f"{field}.end"}


@pytest.mark.parametrize(
    ("index", "spans"),
    [
        ("ix_customer_first_seen_id", {"first_seen": Span(1_000, 1_050), "created": ALWAYS}),
        ("ix_customer_created_id", {"first_seen": ALWAYS, "created": Span(1_000, 1_050)}),
    ],
)
def test_a_day_among_many_is_found_by_its_index(
    open_database: Callable[..., Database], index: str, spans: dict[str, Span]
) -> None:
    database = open_database(METADATA)
    _fill(database, 20_000)

    def search(connection: sa.Connection) -> list[int]:
        return links.search(
            connection,
            customer_ids=None,
            tags=(),
            attributes=(),
            after=0,
            limit=10,
            now=0,
            **spans,
        )

    with database.read() as connection:
        assert search(connection) == list(range(1_000, 1_010))
        assert index in _plan(connection, search)


def _fill(database: Database, count: int) -> None:
    """Customers whose ids are the times at which they were seen and created."""
    with database.write() as connection:
        rows = [links.CustomerRow(number, number, number, number, 0) for number in range(1, count + 1)]
        links.add_customers(connection, rows)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def _plan(connection: sa.Connection, search: Any) -> str:
    """The plan of the statement that ``search`` sends."""
    prefix = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    found: list[str] = []

    def explain(_connection: Any, cursor: Any, text: str, parameters: Any, _context: Any, _many: bool) -> None:
        other = cursor.connection.cursor()
        other.execute(f"{prefix} {text}", parameters)
        found.extend(str(row[-1]) for row in other.fetchall())

    sa.event.listen(connection, "before_cursor_execute", explain)
    search(connection)
    return "\n".join(found)
