"""ListMessages by the time at which messages were accepted."""

import base64
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from google.protobuf.timestamp_pb2 import Timestamp
from support.delivery.shop import Shop, stamp
from support.schemas import bring_up
from support.status import failure
from tidegate.api.common.v1.common_pb2 import Interval, Place
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import messages_pb2
from tidegate.delivery.store import reading
from tidegate.runtime.db import Database

BY_TIME = pb.MESSAGE_ORDER_ACCEPT_TIME


def asked(shop: Shop, customer_id: int, **fields: Any) -> pb.ListMessagesResponse:
    chosen = messages_pb2.MessageFilter(customer_id=customer_id, accept_time=fields.pop("accept_time", None))
    return shop.delivery.ListMessages(pb.ListMessagesRequest(filter=chosen, order=BY_TIME, **fields))


def ids(answer: pb.ListMessagesResponse) -> list[str]:
    return [one.message_id for one in answer.messages]


def sent(shop: Shop, customer_id: int, count: int) -> list[str]:
    """The ids of so many messages accepted now, the highest first."""
    return sorted(shop.send(*(shop.message(customer_id) for _ in range(count))), reverse=True)


def test_pages_go_by_accept_time_and_then_by_id(shop: Shop) -> None:
    mine, other = shop.customers(2)
    old, _ = sent(shop, mine, 3), sent(shop, other, 1)
    shop.clock.advance(timedelta(minutes=1))
    new = sent(shop, mine, 2)
    whole = [*new, *old]
    assert ids(asked(shop, mine)) == whole
    found: list[str] = []
    token = ""
    while len(found) < len(whole):
        page = asked(shop, mine, page_size=2, page_token=token)
        found += ids(page)
        token = page.next_page_token
    assert found == whole
    assert not token


def test_the_page_behind_a_place_begins_where_it_says(shop: Shop) -> None:
    (mine,) = shop.customers(1)
    began = shop.clock.now()
    old = sent(shop, mine, 3)
    shop.clock.advance(timedelta(minutes=1))
    new = sent(shop, mine, 2)
    first, second = stamp(began), stamp(began + timedelta(minutes=1))
    assert ids(asked(shop, mine, behind=Place(time=second, id=new[0]))) == [new[1], *old]
    assert ids(asked(shop, mine, behind=Place(time=second))) == old
    assert ids(asked(shop, mine, behind=Place(time=first, id=old[1]))) == old[2:]
    assert ids(asked(shop, mine, behind=Place(time=second, id=new[0]), accept_time=Interval(start=second))) == new[1:]


WRONG: list[tuple[pb.ListMessagesRequest, str]] = [
    (pb.ListMessagesRequest(order=BY_TIME), "filter.customer_id"),
    (pb.ListMessagesRequest(order=9), "order"),  # type: ignore[arg-type]
    (pb.ListMessagesRequest(behind=Place(time=Timestamp())), "behind"),
    (pb.ListMessagesRequest(order=BY_TIME, behind=Place(id="m")), "behind.time"),
    (pb.ListMessagesRequest(order=BY_TIME, behind=Place(time=Timestamp(seconds=10**15))), "behind.time"),
    (pb.ListMessagesRequest(order=BY_TIME, behind=Place(time=Timestamp(), id="a\0")), "behind.id"),
    (pb.ListMessagesRequest(order=BY_TIME, page_token=base64.b64encode(b"no place").decode()), "page_token"),
]


def test_what_is_wrong_is_named(shop: Shop, subtests: pytest.Subtests) -> None:
    for request_, field in WRONG:
        with subtests.test(field=field):
            if field != "filter.customer_id":
                request_.filter.customer_id = 1
            assert set(failure(partial(shop.delivery.ListMessages, request_)).violations) == {field}


def test_a_page_comes_sorted_from_the_index(tmp_path: Path) -> None:
    """On SQLite, whose planner knows nothing of the sizes."""
    database = Database.open(f"sqlite:///{tmp_path / 'delivery.db'}", schema="delivery")
    bring_up(database, "delivery")
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, text: str, parameters: Any, _context: Any, _many: bool) -> None:
        plans.extend(row[3] for row in cursor.connection.execute(f"EXPLAIN QUERY PLAN {text}", parameters).fetchall())

    with database.read() as connection:
        sa.event.listen(connection, "before_cursor_execute", explain)
        reading.messages_by_time(connection, reading.Filter(customer_id=1), behind=(5, "x"), limit=10)
    database.close()
    plan = "\n".join(plans)
    assert "ix_messages_customer (customer_id=? AND (accept_time,message_id)<(?,?))" in plan
    assert "TEMP B-TREE" not in plan
