"""What is collected from providers, asked about later, and becomes of tasks that staff have to confirm."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from support.delivery.post import Office
from support.delivery.shop import Shop, stamp, state_name
from support.sealed import opened
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import receipts_pb2
from tidegate.channels import Answered, Asked, Happened, Outcome, Receipt, ReceiptKind, Report
from tidegate.delivery.instants import SECOND
from tidegate.delivery.store import following
from tidegate.delivery.store.tables import CALLBACKS, FOLLOW_UPS, LEDGER, STATES
from tidegate.runtime.clock import micros
from tidegate.runtime.db import Database, real_now

_f = FOLLOW_UPS.c
HOUR = 3_600 * SECOND
RESERVED, COMMITTED, RELEASED = (
    pb.LEDGER_STATE_RESERVED,
    pb.LEDGER_STATE_COMMITTED,
    pb.LEDGER_STATE_RELEASED,
)


@pytest.fixture
def rows(posting: Shop) -> Iterator[Database]:
    """The rows of the shop's delivery."""
    with opened(posting.suite.process.settings, "delivery") as database:
        yield database


def sent(shop: Shop, count: int, channel: str, **changes: object) -> list[str]:
    given = {"template_id": "letter", **changes}
    messages = [shop.message(one, channel, **given) for one in shop.customers(count)]
    ids = shop.send(*messages)
    assert {state_name(one) for one in shop.final(*ids)} == {"sent"}
    return ids


def slot(shop: Shop, message_id: str) -> int:
    return shop.explain(message_id).ledger_entry.state


def pauses(database: Database) -> dict[str, int]:
    """How long each message rests until its provider is asked, in seconds."""
    with database.read() as connection:
        found = connection.execute(sa.select(_f.message_id, (_f.due_real - real_now()) / SECOND))
        return {row[0]: round(row[1] / 60) * 60 for row in found}


def it_is_time(shop: Shop, database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.update(FOLLOW_UPS).values(due_real=0))
    shop.suite.settle()


def told(kind: ReceiptKind, shop: Shop, asked: Asked, outcome: Outcome | None = None) -> Receipt:
    return Receipt(kind=kind, time=shop.clock.now(), message_id=asked.message_id, outcome=outcome)


def test_what_a_provider_holds_ready_is_collected_until_there_is_nothing(
    posting: Shop, office: Office, rows: Database
) -> None:
    ids = sent(posting, 3, "letter")
    now = posting.clock.now()
    delivered: list[Report] = [Receipt(kind=ReceiptKind.DELIVERED, time=now, provider_id=f"p-{one}") for one in ids]
    answer = Answered(report_id="1", address="+8613900000000", text="hello", time=now)
    with office.lock:
        office.ready = {"post-1": [[delivered[0], answer], delivered[1:2], delivered[:2]]}
    posting.suite.settle()
    assert office.ready == {"post-1": []}
    assert [state_name(posting.get(one)) for one in ids] == ["delivered", "delivered", "sent"]
    with rows.read() as connection:
        kept = connection.execute(sa.select(CALLBACKS.c.account_id, CALLBACKS.c.state, CALLBACKS.c.sealed)).all()
    assert [tuple(one) for one in kept] == [("post-1", "done", "")] * 3


def test_a_report_that_can_not_be_kept_holds_up_no_other(posting: Shop, office: Office) -> None:
    ids = sent(posting, 2, "letter")
    now = posting.clock.now()
    first, second = (Receipt(kind=ReceiptKind.DELIVERED, time=now, provider_id=f"p-{one}") for one in ids)
    nonsense = Happened(report_id="x", name="x", identifiers=(("phone", "\ud800"),), time=now)
    with office.lock:
        office.ready = {"post-1": [[nonsense, first], [second]]}
    posting.suite.settle()
    assert office.ready == {"post-1": []}
    assert [state_name(posting.get(one)) for one in ids] == ["delivered", "delivered"]


def test_messages_without_a_receipt_are_asked_about_ever_more_seldom(
    posting: Shop, office: Office, rows: Database
) -> None:
    first, second = sent(posting, 2, "letter")
    assert pauses(rows) == {first: 3_600, second: 3_600}
    assert sent(posting, 1, "sms", template_id="hello"), "whose provider can't be asked"
    assert len(pauses(rows)) == 2
    it_is_time(posting, rows)
    ((one, other),) = office.followed
    assert {one.message_id, other.message_id} == {first, second}
    assert one.provider_id == f"p-{one.message_id}"
    assert one.address.startswith("+861")
    assert abs(one.sent_time - posting.clock.now()) < timedelta(minutes=1)
    assert set(pauses(rows).values()) == {5 * 3_600}
    bounced = Outcome.retryable("switched off", code="OFF")
    office.known = lambda asked: (
        told(ReceiptKind.BOUNCED, posting, asked, bounced) if asked.message_id == first else None
    )
    it_is_time(posting, rows)
    assert [state_name(posting.get(one)) for one in (first, second)] == ["bounced", "sent"]
    assert pauses(rows) == {second: 18 * 3_600}
    for _ in range(2):
        it_is_time(posting, rows)
    assert pauses(rows) == {}, "nobody asks for ever"
    assert len(office.followed) == 4


def test_a_task_counts_until_staff_confirm_it_or_it_is_taken_back(
    posting: Shop, office: Office, rows: Database
) -> None:
    expires = posting.clock.now() + timedelta(hours=12)
    confirmed, refused, open_one, gone = sent(posting, 4, "staffed", expire_time=stamp(expires))
    assert {slot(posting, one) for one in (confirmed, refused, open_one, gone)} == {RESERVED}
    assert set(pauses(rows).values()) == {60}

    def known(asked: Asked) -> Receipt | None:
        if asked.message_id == confirmed:
            return told(ReceiptKind.DELIVERED, posting, asked)
        if asked.message_id == refused:
            return told(ReceiptKind.BOUNCED, posting, asked, Outcome.not_subscribed("no friend", code="2"))
        return None

    office.known = known
    it_is_time(posting, rows)
    assert [state_name(posting.get(one)) for one in (confirmed, refused, open_one)] == [
        "delivered",
        "failed:permanent",
        "sent",
    ]
    assert [slot(posting, one) for one in (confirmed, refused, open_one)] == [COMMITTED, RELEASED, RESERVED]
    assert set(pauses(rows).values()) == {300}
    assert pauses(rows).keys() == {open_one, gone}

    for hours, count in ((7.5, 0), (0.6, 1), (1, 1), (1, 2), (1, 3), (0.5, 3)):
        posting.clock.advance(timedelta(hours=hours))
        posting.suite.settle()
        assert len(office.reminded) == count, "four hours before, two, and one"
    assert {one.message_id for one in office.reminded[0]} == {open_one, gone}

    office.can_withdraw = False
    posting.clock.advance(timedelta(hours=1))
    posting.suite.settle()
    assert len(office.withdrawn) == 1
    assert {one.message_id for one in office.followed[-1]} == {open_one, gone}, "they may have gone out meanwhile"
    assert len(office.followed) == 2
    assert state_name(posting.get(open_one)) == "sent", "it may go out yet"
    office.can_withdraw = True
    posting.suite.settle()
    assert len(office.withdrawn) == 1, "tried again in a while"
    with rows.write() as connection:
        connection.execute(sa.update(FOLLOW_UPS).where(_f.message_id == open_one).values(withdraw_real=0))
    posting.suite.settle()
    assert state_name(posting.get(open_one)) == "failed:permanent"
    assert slot(posting, open_one) == RELEASED
    receipts = posting.delivery.ListReceipts(pb.ListReceiptsRequest(message_id=open_one)).receipts
    assert [(one.kind, one.provider_code) for one in receipts] == [
        (receipts_pb2.RECEIPT_KIND_REFUSED, "confirm_timeout")
    ]
    assert pauses(rows).keys() == {gone}
    posting.clock.advance(timedelta(hours=73))
    it_is_time(posting, rows)
    assert (state_name(posting.get(gone)), slot(posting, gone)) == ("sent", COMMITTED), "it counts for good"
    assert pauses(rows) == {}


def test_of_two_processes_one_takes_a_whole_task(posting: Shop, rows: Database) -> None:
    posting.told.answer = lambda _: Outcome.accepted("task-1")
    expires = posting.clock.now() + timedelta(hours=12)
    ids = sent(posting, 3, "staffed", expire_time=stamp(expires))
    now = micros(expires)

    def take(connection: sa.Connection) -> set[str]:
        due = following.take_withdrawing(connection, "staffed-1", now, again=HOUR, limit=1)
        return {one.message_id for one in due}

    with ThreadPoolExecutor() as other:
        with rows.write() as connection:
            assert take(connection) == {*ids}
            waiting = other.submit(rows.run, take)
            time.sleep(0.3)
            assert not waiting.done(), "it waits for what the first one does"
        assert waiting.result(20) == set()


def test_an_adapter_that_answers_rubbish_is_asked_ever_more_seldom_and_holds_up_no_other(
    posting: Shop, office: Office, rows: Database
) -> None:
    (letter,), (task,) = sent(posting, 1, "letter"), sent(posting, 1, "staffed")
    office.rubbish = 7
    it_is_time(posting, rows)
    assert len(office.followed) == 2
    assert pauses(rows) == {letter: 5 * 3_600, task: 300}


def test_a_slot_that_is_free_again_stays_free_though_the_task_is_given_up(
    posting: Shop, office: Office, rows: Database
) -> None:
    if rows.dialect != "postgresql":
        pytest.skip("SQLite has one writer")
    expires = posting.clock.now() + timedelta(hours=12)
    (task,) = sent(posting, 1, "staffed", expire_time=stamp(expires))
    office.can_withdraw = False
    posting.clock.advance(timedelta(hours=12 + 71))
    posting.suite.settle()
    assert slot(posting, task) == RESERVED
    posting.clock.advance(timedelta(hours=2))
    with rows.write() as connection:  # a receipt says that it was not sent, and is not committed yet
        connection.execute(sa.update(STATES).where(STATES.c.message_id == task).values(state="failed"))
        connection.execute(sa.update(LEDGER).where(LEDGER.c.message_id == task).values(state="released"))
        with rows.write() as other:
            other.execute(sa.update(FOLLOW_UPS).values(due_real=0))
        posting.suite.hurry("delivery", ["delivery.follow_up"])
        until = time.monotonic() + 60
        while not connection.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            assert time.monotonic() < until, "nobody waits for the message"
    posting.suite.settle()
    assert slot(posting, task) == RELEASED
    assert pauses(rows) == {}
