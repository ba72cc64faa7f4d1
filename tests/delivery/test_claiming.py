"""An account finds what it may take: the best of it, and no more than that is looked at, whatever waits for others."""

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from tidegate.delivery.model import FIRST_COUNTED
from tidegate.delivery.service import METADATA
from tidegate.delivery.store import calling, claiming, gating, sections
from tidegate.delivery.store.tables import CONTENTS, MESSAGES, STATES
from tidegate.runtime.db import Database

T = TypeVar("T")
OpenDatabase = Callable[[sa.MetaData], Database]

NOW_AMONG, BEFORE = "as they stand", "as they stood"
FAR = 4_000_000_000_000_000
MANY = 100_000
OURS, OTHER = "sms_1", "smsx1"
Row = Mapping[str, Any]


@pytest.fixture
def database(open_database: OpenDatabase) -> Database:
    """Delivery's tables."""
    return open_database(METADATA)


def put(database: Database, rows: Sequence[Row]) -> None:
    """Messages that wait on the channel sms, each with what is special about its state."""
    known = {"caller": "crm", "customer_id": 1, "original_customer_id": 1, "recipient_kind": "customer"}
    known |= {"channels": "sms", "template_id": "t", "message_class": "marketing", "purpose": "marketing"}
    messages = [
        {**known, "message_id": one["message_id"], "idempotency_key": one["message_id"], "priority": 0}
        | {"accept_time": 1, "expire_time": FAR}
        for one in rows
    ]
    waits = {"state": "accepted", "channel": "sms", "expire_time": FAR, "brand": "", "rank": 9}
    waits |= {"tried": "", "tried_until_real": 0, "left_by": "", "left_among": "", "lease_until_real": 0}
    with database.write() as connection:
        connection.execute(sa.insert(MESSAGES), messages)
        connection.execute(sa.insert(CONTENTS), [{"message_id": one["message_id"]} for one in rows])
        connection.execute(sa.insert(STATES), [{**waits, **one} for one in rows])


def fill(database: Database, name: str, count: int, **state: Any) -> None:
    """So many that would all go first, if the account might take them."""
    values = {"state": "accepted", "channel": "sms", "expire_time": FAR, "rank": 0, **state}
    columns, places = ", ".join(values), ", ".join(f":{one}" for one in values)
    numbers = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :count)"
    insert = f"INSERT INTO message_states (message_id, {columns}) "
    into = f"{insert}{numbers} SELECT :name || '-' || n, {places} FROM n"
    with database.write() as connection:
        connection.execute(sa.text(into), {"name": name, "count": count, **values})


def found(
    connection: sa.Connection, *, account_id: str = OURS, brands: Sequence[str] = (), limit: int = 1_000
) -> list[str]:
    """The ids of what the account claims, in the order of the queue."""
    gating.plan_for_batches(connection)
    due = sections.due(connection, channel="sms", brands=brands, account_id=account_id, among=NOW_AMONG)
    if not due.sections:
        return []
    claimed = claiming.claim(connection, due, channel="sms", limit=limit, account_id=account_id, token="t", lease=FAR)
    assert claimed, "what is due is found"
    return [one.message.message_id for one in sorted(claimed, key=lambda one: (one.rank, one.message.message_id))]


def tried_out(database: Database, work: Callable[[sa.Connection], T]) -> T:
    """What ``work`` returns; what it did is undone."""
    with database.write() as connection, connection.begin_nested() as nested:
        result = work(connection)
        nested.rollback()
    return result


STANDINGS: list[tuple[Row, bool]] = [
    ({}, True),
    ({"tried": OURS, "tried_until_real": FAR}, False),
    ({"tried": f"{OTHER},{OURS}", "tried_until_real": FAR}, False),
    ({"tried": OURS, "tried_until_real": 1}, True),
    ({"tried": OTHER, "tried_until_real": FAR}, True),
    ({"tried": f"{OURS}0", "tried_until_real": FAR}, True),
    ({"left_by": OURS, "left_among": NOW_AMONG}, False),
    ({"left_by": f"{OTHER},{OURS}", "left_among": NOW_AMONG}, False),
    ({"left_by": OURS, "left_among": BEFORE}, True),
    ({"left_by": OTHER, "left_among": NOW_AMONG}, True),
    ({"left_by": OTHER, "left_among": NOW_AMONG, "tried": OURS, "tried_until_real": FAR}, False),
    ({"left_by": OTHER, "left_among": NOW_AMONG, "tried": OURS, "tried_until_real": 1}, True),
    ({"left_by": OURS, "left_among": BEFORE, "tried": OURS, "tried_until_real": FAR}, False),
    ({"lease_until_real": FAR}, False),
    ({"tried": OTHER, "tried_until_real": FAR, "lease_until_real": FAR}, False),
    ({"state": "dropped", "drop_reason": "expired", "final_time": 1}, False),
    ({"channel": "email"}, False),
]


@pytest.mark.parametrize("number", range(len(STANDINGS)))
def test_what_an_account_may_take_goes_by_who_has_refused_or_left_it(database: Database, number: int) -> None:
    state, may_take = STANDINGS[number]
    put(database, [{"message_id": "m", **state}])
    assert tried_out(database, found) == ["m"] * may_take


def test_each_account_finds_all_that_it_may_take_and_the_best_of_it_first(database: Database) -> None:
    """However they stand, of whatever brand."""
    rng = random.Random(4)
    rows = []
    for number in range(300):
        state, _ = rng.choice([one for one in STANDINGS if "channel" not in one[0] and "state" not in one[0]])
        rows.append({**state, "message_id": f"m{number:03}", "rank": rng.randint(0, 99), "brand": rng.choice("ab")})
    put(database, rows)
    for account_id, brands in itertools.product((OURS, OTHER, "sms-3"), ((), ("a",), ("a", "b"), ("c",))):
        theirs = [
            one
            for one in rows
            if one.get("lease_until_real") != FAR
            and (not brands or one["brand"] in brands)
            and not (account_id in one.get("tried", "").split(",") and one["tried_until_real"] == FAR)
            and not (account_id in one.get("left_by", "").split(",") and one["left_among"] == NOW_AMONG)
        ]
        best = [one["message_id"] for one in sorted(theirs, key=lambda one: (one["rank"], one["message_id"]))]

        def asked(
            connection: sa.Connection, limit: int, account_id: str = account_id, brands: Sequence[str] = brands
        ) -> list[str]:
            return found(connection, account_id=account_id, brands=brands, limit=limit)

        assert tried_out(database, lambda connection, asked=asked: asked(connection, 1_000)) == best  # type: ignore[misc]
        if not any(one.get("tried_until_real") == 1 for one in theirs):
            assert tried_out(database, lambda connection, asked=asked: asked(connection, 20)) == best[:20]  # type: ignore[misc]


def test_what_is_urgent_is_claimed_by_itself(database: Database) -> None:
    """So that it waits for no decision about what goes to many; also of what others have refused."""
    put(database, [{"message_id": f"m{number}", "rank": FIRST_COUNTED + number} for number in range(5)])
    assert len(tried_out(database, found)) == 5
    put(database, [{"message_id": "urgent", "rank": FIRST_COUNTED - 1}])
    put(database, [{"message_id": "again", "rank": 0, "tried": OTHER, "tried_until_real": FAR}])
    assert tried_out(database, found) == ["again", "urgent"]
    with database.write() as connection:
        assert found(connection) == ["again", "urgent"]
    assert len(tried_out(database, found)) == 5


def looked_at(database: Database, work: Callable[[sa.Connection], T]) -> tuple[T, int]:
    """What ``work`` returns, and what it took: rows that were read on PostgreSQL, steps of its machine on SQLite."""
    steps = itertools.count()
    with database.write() as connection, connection.begin_nested() as nested:
        if database.dialect == "sqlite":
            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(lambda: next(steps) < 0, 1)
            result = work(connection)
            driver.set_progress_handler(None, 1)
            taken = next(steps)
        else:
            result = work(connection)
            read = "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
            taken = connection.exec_driver_sql(f"{read} WHERE relname = 'message_states'").scalar_one()
        nested.rollback()
    return result, taken


def test_what_waits_for_its_time_costs_those_who_look_at_the_clock_nothing(database: Database) -> None:
    """Neither what is deferred, nor what nobody sends, nor what is uncertain."""
    waiting: dict[str, Row] = {
        "deferred": {"state": "deferred", "wake_time": FAR},
        "tried again": {"state": "deferred", "retry_real": FAR},
        "unserved": {"channel": "nowhere"},
        "uncertain": {"state": "uncertain", "settle_real": FAR},
    }

    def look(connection: sa.Connection) -> int:
        gating.plan_for_batches(connection)
        assert not calling.is_time(connection, now=5)
        assert not calling.is_overdue(connection)
        return calling.wake(connection, now=5, limit=100)

    for name, state in waiting.items():
        fill(database, name, 20, **state)
    nothing, few = looked_at(database, look)
    for name, state in waiting.items():
        fill(database, f"{name}-many", 5_000, **state)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql("ANALYZE")
    assert nothing == looked_at(database, look)[0] == 0
    assert looked_at(database, look)[1] < few + 200


FOR_OTHERS: dict[str, Row] = {
    "refused": {"tried": OURS, "tried_until_real": FAR},
    "left": {"left_by": OURS, "left_among": NOW_AMONG},
    "both": {"left_by": OURS, "left_among": NOW_AMONG, "tried": OTHER, "tried_until_real": FAR},
}


@pytest.mark.parametrize("brands", [(), ("a",)])
def test_what_waits_for_other_accounts_costs_no_claim_anything(database: Database, brands: Sequence[str]) -> None:
    """A hundred thousand messages, each of which would go first."""
    rows = [{"message_id": f"m{number}", "rank": 9, "brand": "a"} for number in range(5)]
    rows += [
        {"message_id": f"of-{number}", "rank": 9, "brand": "a", "tried": OTHER, "tried_until_real": FAR}
        for number in range(5)
    ]
    rows += [
        {"message_id": f"again-{number}", "rank": 9, "brand": "a", "tried": OURS, "tried_until_real": 1}
        for number in range(5)
    ]
    put(database, rows)

    def ask(connection: sa.Connection) -> list[str]:
        return found(connection, brands=brands)

    for name, state in FOR_OTHERS.items():
        fill(database, name, 30, brand="a", **state)
    expected, few = looked_at(database, ask)
    assert len(expected) == 15
    for name, state in FOR_OTHERS.items():
        fill(database, f"{name}-many", MANY // 3, brand="a", **state)
    assert looked_at(database, ask)[0] == expected
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    again, many = looked_at(database, ask)
    assert again == expected
    assert many < few + 200, "as few rows, and steps, as beside a hundred"
