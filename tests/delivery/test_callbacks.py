"""What providers tell at the HTTP edge: kept before it is answered, and applied afterwards."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from support.delivery.post import OPENID, Office, call, signature, tell
from support.delivery.shop import Shop, state_name
from support.delivery.vault import VAULT
from support.people import who
from support.sealed import everything, opened
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import channels_pb2, messages_pb2, receipts_pb2, templates_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.identity.v1 import consents_pb2, customers_pb2, events_pb2
from tidegate.channels import (
    Answered,
    Callback,
    Granted,
    Happened,
    Outcome,
    Receipt,
    ReceiptKind,
    Report,
    Trigger,
    WindowOpened,
)
from tidegate.delivery.callbacks import store
from tidegate.delivery.callbacks.handling import GIVEN_UP_AFTER
from tidegate.delivery.callbacks.keeping import Keeper, TooMany
from tidegate.delivery.callbacks.listeners import Listeners
from tidegate.delivery.callbacks.model import Arrival
from tidegate.delivery.callbacks.paths import Paths
from tidegate.delivery.callbacks.receiving import LARGEST_BODY
from tidegate.delivery.store.tables import CALLBACKS
from tidegate.runtime.db import Database, real_now
from tidegate.runtime.loops import Activity

_c = CALLBACKS.c


@pytest.fixture
def kept(posting: Shop) -> Iterator[Database]:
    """The rows of the shop's delivery."""
    with opened(posting.suite.process.settings, "delivery") as database:
        yield database


def url(shop: Shop, account_id: str = "post-1") -> str:
    return shop.delivery.GetAccount(pb.GetAccountRequest(account_id=account_id)).account.callback_url


def states(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(sa.select(_c.state).order_by(_c.callback_id)))


def metric(shop: Shop, name: str, **labels: str) -> float:
    return shop.suite.process.metrics.registry.get_sample_value(name, labels) or 0.0


def told_of(shop: Shop, office: Office, key: str, *reports: Report, account_id: str = "post-1") -> None:
    """The provider says it, and delivery has applied it."""
    office.letters[key] = reports
    assert tell(url(shop, account_id), key).status == 200
    shop.suite.settle()


def test_a_callback_is_kept_before_it_is_answered_and_once(posting: Shop, office: Office, kept: Database) -> None:
    address = url(posting)
    assert url(posting, "sms-1") == "", "its adapter takes no calls"
    assert address != url(posting, "cards")
    office.letters["k1"] = []
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: tell(address, "k1"), range(16)))
    assert {(one.status, one.text) for one in answers} == {(200, "<got>k1</got>")}
    assert answers[0].headers["Content-Type"] == "application/xml; charset=utf-8"
    posting.suite.settle()
    assert states(kept) == ["done"]
    assert office.read == ["k1"]
    assert tell(address, "k1").text == "<got>k1</got>", "also after it was handled"

    assert call(address, query={"echo": "42"}).text == "42"
    forged = call(address, b'{"key": "k2"}', headers={"X-Signature": "0" * 64})
    assert forged.status == 401
    wrong, nowhere = (
        call(address[:-1] + ("B" if address[-1] == "A" else "A"), b"{}"),
        call(address.replace("post-1", "no-such"), b"{}"),
    )
    assert (wrong.status, wrong.body) == (nowhere.status, nowhere.body) == (404, b"404: Not Found")
    body = b"x" * (LARGEST_BODY + 1)
    assert call(address, body, headers={"X-Signature": signature(body)}).status == 413
    rubbish = b"{"
    assert call(address, rubbish, headers={"X-Signature": signature(rubbish)}).status == 500
    posting.suite.settle()
    assert states(kept) == ["done"]

    posting.delivery.PauseAccount(pb.PauseAccountRequest(account_id="post-1"))
    office.unreadable.add("+8613912345678")
    assert tell(address, "+8613912345678").status == 200, "a paused account is told of what it sent before"
    posting.suite.settle()
    assert states(kept) == ["done", "waiting"]
    assert not [text for _, text in everything(kept) if "13912345678" in text]
    for what, count in (("kept", 18), ("answered", 1), ("refused", 1), ("failed", 1)):
        assert metric(posting, "tidegate_delivery_callbacks_total", account_id="post-1", what=what) == count, what


def test_receipts_that_are_pushed_move_messages(posting: Shop, office: Office) -> None:
    customers = posting.customers(4)
    ids = posting.send(*(posting.message(one, "letter", template_id="letter") for one in customers))
    posting.final(*ids)
    now = posting.clock.now()

    def receipt(index: int, outcome: Outcome | None) -> Receipt:
        kind = ReceiptKind.BOUNCED if outcome else ReceiptKind.DELIVERED
        return Receipt(kind=kind, time=now, provider_id=f"p-{ids[index]}", outcome=outcome)

    refuses = Outcome.not_subscribed("blacklisted", code="B")
    reports = [
        receipt(0, None),
        receipt(1, Outcome.invalid_recipient("nobody there", code="N")),
        receipt(2, Outcome.retryable("switched off", code="OFF")),
        receipt(3, refuses),
    ]
    told_of(posting, office, "r1", *reports)
    told_of(posting, office, "r2", *reports)
    assert [state_name(posting.get(one)) for one in ids] == ["delivered", "bounced", "bounced", "bounced"]
    slots = [posting.explain(one).ledger_entry.state for one in ids]
    committed, released = pb.LEDGER_STATE_COMMITTED, pb.LEDGER_STATE_RELEASED
    assert slots == [committed, committed, committed, released], "what was never sent counts against no limit"
    again = posting.send(*(posting.message(one, "letter", template_id="letter") for one in customers))
    assert [state_name(one) for one in posting.final(*again)] == [
        "sent",
        "dropped:suppressed",
        "sent",
        "dropped:no_consent",
    ]
    listed = posting.delivery.ListReceipts(pb.ListReceiptsRequest(account_id="post-1")).receipts
    assert sorted((receipts_pb2.ReceiptKind.Name(one.kind)[13:], one.provider_code) for one in listed) == [
        ("DELIVERED", ""),
        ("HARD_BOUNCE", "N"),
        ("REFUSED", "B"),
        ("SOFT_BOUNCE", "OFF"),
        ("UNSUBSCRIBED", "B"),
    ]


def test_answers_withdraw_consent_open_windows_and_are_told_identity(posting: Shop, office: Office) -> None:
    (customer,) = posting.customers(1)
    now, stranger = posting.clock.now(), "+8613777777777"
    (point,) = posting.identity.BatchGetContactPoints(
        customers_pb2.BatchGetContactPointsRequest(customer_ids=[customer])
    ).points
    (phone,) = (one.value for one in point.addresses if one.namespace == "phone")
    told_of(
        posting,
        office,
        "a1",
        Answered(report_id="a1.1", address=phone, text="thanks", time=now),
        Answered(report_id="a1.2", address=phone, text="R", is_refusal=True, time=now),
        Answered(report_id="a1.3", address=stranger, text="R", is_refusal=True, time=now),
        Happened(
            report_id="a1.4",
            name="contact_added",
            identifiers=(("phone", phone), ("wecom.external_userid:c1", "wm1")),
            properties={"source_code": "poster-7", "staff_id": "zhangsan", "is_first": True, "count": 2},
            time=now,
        ),
    )
    events = posting.identity.ListCustomerEvents(events_pb2.ListCustomerEventsRequest(customer_id=customer)).events
    told = {one.event.event_id: one.event for one in events}
    assert {one.source for one in told.values()} == {"channel.post-1"}
    assert {name: one.name for name, one in told.items()} == {
        "a1.1": "message_answered",
        "a1.2": "message_answered",
        "a1.4": "contact_added",
    }
    assert [told[name].properties["is_refusal"].bool_value for name in ("a1.1", "a1.2")] == [False, True]
    assert "thanks" not in str(told)
    facts = told["a1.4"].properties
    assert (facts["source_code"].string_value, facts["is_first"].bool_value, facts["count"].int_value) == (
        "poster-7",
        True,
        2,
    )
    request = consents_pb2.ListConsentsRequest(customer=who(customer))
    denied = [one for one in posting.identity.ListConsents(request).consents if one.channel == "letter"]
    assert [(one.purpose, one.decision) for one in denied] == [("marketing", consents_pb2.DECISION_DENIED)]
    new = posting.identity.UpsertCustomers(
        customers_pb2.UpsertCustomersRequest(
            customers=[
                customers_pb2.CustomerUpsert(
                    identifiers=[Identifier(namespace="phone", value=stranger)],
                    consents=[
                        consents_pb2.Consent(purpose="marketing", decision=consents_pb2.DECISION_GRANTED, source="test")
                    ],
                    source="test",
                )
            ]
        )
    )
    sent = posting.send(
        posting.message(customer, "letter", template_id="letter"),
        posting.message(customer, "sms"),
        posting.message(new.results[0].customer_id, "letter", template_id="letter"),
    )
    shown = [state_name(one) for one in posting.final(*sent)]
    assert shown[:2] == ["dropped:no_consent", "sent"], "on that channel alone"
    left = posting.delivery.GetCredits(pb.GetCreditsRequest(customer_ids=[customer], account_id="post-1")).credits
    assert left[0].lapse_time.ToDatetime(now.tzinfo) == now + timedelta(hours=48)


def test_grants_and_windows_are_those_of_the_provider_s_template(posting: Shop, office: Office) -> None:
    openid, now = "o1", posting.clock.now()
    upsert = customers_pb2.CustomerUpsert(identifiers=[Identifier(namespace=OPENID, value=openid)], source="test")
    (made,) = posting.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=[upsert])).results
    posting.delivery.SetProviderTemplate(
        pb.SetProviderTemplateRequest(
            template_id="letter",
            provider_template=templates_pb2.ProviderTemplate(
                account_id="cards", provider_template_id="TM1", state=templates_pb2.PROVIDER_TEMPLATE_STATE_APPROVED
            ),
        )
    )

    def left() -> int:
        request = pb.GetCreditsRequest(customer_ids=[made.customer_id], account_id="cards", template_id="letter")
        return posting.delivery.GetCredits(request).credits[0].remaining

    def granted(name: str, count: int, template: str = "TM1") -> Granted:
        return Granted(report_id=name, address=openid, provider_template=template, credits=count, time=now)

    opened = WindowOpened(report_id="g0", address=openid, trigger=Trigger.FOLLOW, time=now)
    told_of(posting, office, "g1", granted("g1", 2), granted("g2", 1, "unknown"), opened, account_id="cards")
    assert left() == 2
    told_of(posting, office, "g2", granted("g1", 2), granted("g3", 1), account_id="cards")
    assert left() == 3
    told_of(posting, office, "g3", granted("g4", 0), account_id="cards")
    assert left() == 0


def test_what_one_account_of_an_app_is_told_holds_for_those_beside_it(posting: Shop, office: Office) -> None:
    """A provider calls one address for an app: the desk, which needs windows and grants, hears of them through it."""
    account = channels_pb2.Account(account_id="desk-1", channel="desk", adapter="desk")
    posting.delivery.CreateAccount(pb.CreateAccountRequest(account=account))
    posting.template("greeting", ("desk",))
    approved = templates_pb2.PROVIDER_TEMPLATE_STATE_APPROVED
    provider = templates_pb2.ProviderTemplate(account_id="desk-1", provider_template_id="TM1", state=approved)
    posting.delivery.SetProviderTemplate(
        pb.SetProviderTemplateRequest(template_id="greeting", provider_template=provider)
    )
    upsert = customers_pb2.CustomerUpsert(identifiers=[Identifier(namespace=OPENID, value="o1")], source="test")
    (made,) = posting.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=[upsert])).results

    def sent() -> str:
        message = posting.message(made.customer_id, "desk", template_id="greeting")
        message.message_class = messages_pb2.MESSAGE_CLASS_TRANSACTIONAL
        (message_id,) = posting.send(message)
        (final,) = posting.final(message_id)
        return state_name(final)

    now = posting.clock.now()
    opened = WindowOpened(report_id="w1", address="o1", trigger=Trigger.FOLLOW, time=now)
    granted = Granted(report_id="w2", address="o1", provider_template="TM1", credits=1, time=now)
    assert sent() == "dropped:window_closed"
    told_of(posting, office, "k1", opened, account_id="cards")
    assert sent() == "dropped:no_credit"
    told_of(posting, office, "k2", granted, account_id="cards")
    assert [sent(), sent()] == ["sent", "dropped:no_credit"]


def test_what_can_not_be_read_rests_and_is_given_up_after_a_week(posting: Shop, office: Office, kept: Database) -> None:
    office.unreadable = {"u1", "u2"}
    (message_id,) = posting.send(posting.message(posting.customers(1)[0], "letter", template_id="letter"))
    posting.final(message_id)
    for key in ("u1", "u2"):
        assert tell(url(posting), key).status == 200
    told_of(
        posting,
        office,
        "good",
        Receipt(kind=ReceiptKind.DELIVERED, time=posting.clock.now(), provider_id=f"p-{message_id}"),
    )
    assert state_name(posting.get(message_id)) == "delivered", "others are not held up"
    assert sorted(states(kept)) == ["done", "waiting", "waiting"]
    with kept.read() as connection:
        pauses = list(connection.scalars(sa.select(_c.due_real - real_now()).where(_c.state == "waiting")))
    assert all(0 < one <= 5_000_000 for one in pauses)
    office.unreadable, office.letters["u1"] = {"u2"}, []
    with kept.write() as connection:
        age = sa.case((_c.key_digest != "", GIVEN_UP_AFTER))
        connection.execute(sa.update(CALLBACKS).values(due_real=0, arrived_real=real_now() - age))
    posting.suite.settle()
    assert sorted(states(kept)) == ["done", "done", "failed"]
    assert metric(posting, "tidegate_delivery_callbacks_handled_total", account_id="post-1", how="failed") == 1
    with kept.read() as connection:
        assert set(connection.scalars(sa.select(_c.sealed))) == {""}, "what is over is forgotten"
    posting.clock.advance(timedelta(days=8))
    posting.suite.hurry("delivery", ["delivery.retain"])
    posting.suite.settle()
    assert states(kept) == []


def test_a_report_that_makes_no_sense_holds_up_no_other(posting: Shop, office: Office, kept: Database) -> None:
    (message_id,) = posting.send(posting.message(posting.customers(1)[0], "letter", template_id="letter"))
    posting.final(message_id)
    now = posting.clock.now()

    def happened(name: str, value: object, address: str = "+8613912345678") -> Happened:
        properties: dict[str, Any] = {"fact": value}
        return Happened(report_id=name, name="seen", identifiers=(("phone", address),), properties=properties, time=now)

    delivered = Receipt(kind=ReceiptKind.DELIVERED, time=now, provider_id=f"p-{message_id}")
    no_outcome: Any = "bounced"
    office.letters = {
        "surrogate": [happened("h1", "\ud800")],
        "float": [happened("h2", 1.5)],
        "large": [happened("h3", 2**63)],
        "address": [Answered(report_id="h4", address="\udfff", time=now)],
        "receipt": [Receipt(kind=ReceiptKind.BOUNCED, time=now, message_id=message_id, outcome=no_outcome)],
        "good": [happened("h5", "red"), delivered],
    }
    for key in office.letters:
        assert tell(url(posting), key).status == 200
    posting.suite.settle()
    assert state_name(posting.get(message_id)) == "delivered"
    assert sorted(states(kept)) == ["done"] + ["waiting"] * 5
    with kept.read() as connection:
        pauses = list(connection.scalars(sa.select(_c.due_real - real_now()).where(_c.state == "waiting")))
    assert all(one < 60_000_000 for one in pauses), "they rest, rather than being taken again and again"


class Same(str):
    """An account's name; whoever compares it finds that another thread has opened an account meanwhile."""

    def __new__(cls, name: str, known: dict[str, Any]) -> "Same":
        made = super().__new__(cls, name)
        made.known = known
        return made

    known: dict[str, Any]

    def __eq__(self, other: object) -> bool:
        self.known[f"opened-{len(self.known)}"] = (0, None, 0.0)
        return str.__eq__(self, other) is True

    __hash__ = str.__hash__


def test_accounts_are_looked_at_while_other_threads_open_some(kept: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[str, Any] = {"a": (0, None, 0.0), "b": (0, None, 0.0)}
    found = [SimpleNamespace(account_id=Same(name, known)) for name in known.copy()]
    monkeypatch.setattr("tidegate.delivery.store.accounts.find", lambda _connection: found)
    lines: Any = SimpleNamespace(changes=1, line=lambda _account: None)
    listeners = Listeners(kept, lines)
    listeners._known = known
    listeners._look()
    assert set(listeners._known) == {"a", "b"}


def test_while_the_database_does_not_take_it_the_provider_is_to_come_again(
    posting: Shop, office: Office, kept: Database
) -> None:
    office.letters["late"], address = [], url(posting)
    with kept.write() as connection:
        if kept.dialect == "postgresql":
            connection.execute(sa.text("LOCK TABLE callbacks IN EXCLUSIVE MODE"))
        refused = tell(address, "late")
    assert refused.status == 503
    assert refused.headers["Retry-After"] == "5"
    posting.suite.settle()
    assert tell(address, "late").status == 200
    posting.suite.settle()
    assert states(kept) == ["done"]


def test_accounts_say_where_their_providers_are_to_call(posting: Shop) -> None:
    listed = posting.delivery.ListAccounts(pb.ListAccountsRequest()).accounts
    shown = {one.account_id: one.callback_url for one in listed}
    assert shown["post-1"] == url(posting)
    assert shown["post-1"].startswith("http://127.0.0.1:")
    account = channels_pb2.Account(account_id="post-1", display_name="Post", callback_url="https://elsewhere")
    request = pb.UpdateAccountRequest(account=account, update_mask={"paths": ["display_name"]})
    assert posting.delivery.UpdateAccount(request).account.callback_url == url(posting), "a change moves nothing"
    assert json.dumps(shown["sms-1"]) == '""'


def test_many_are_kept_by_one_statement_and_read_by_one_replica_each(
    posting: Shop, office: Office, kept: Database
) -> None:
    keeper = Keeper(kept, VAULT, Paths(b"k" * 32, ""), Activity(), slow=1.0)
    said, now = list[str](), posting.clock.now()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement.split()[0])

    sa.event.listen(kept.engine, "before_cursor_execute", note)
    posting.delivery.PauseAccount(pb.PauseAccountRequest(account_id="post-1"))
    arrivals = [Arrival("gone", f"k{number % 400}", Callback(method="POST", time=now), now) for number in range(800)]
    committed = [keeper.keep(one) for one in arrivals]
    keeper.flush()
    assert all(one.done() and one.exception() is None for one in committed)
    assert said.count("INSERT") == 1
    sa.event.remove(kept.engine, "before_cursor_execute", note)
    first, second = (
        kept.run(lambda c, token=token: store.take(c, token=token, lease=60_000_000, limit=300))  # type: ignore[misc]
        for token in ("one", "two")
    )
    ids = [one.callback_id for one in (*first, *second)]
    assert len(ids) == len(set(ids)), "nobody takes what another one has"
    with kept.write() as connection:
        connection.execute(sa.update(CALLBACKS).values(due_real=0))  # the first one has died
    third = kept.run(lambda c: store.take(c, token="three", lease=60_000_000, limit=1_000))
    assert {one.callback_id for one in first} < {one.callback_id for one in third}
    with kept.write() as connection:
        assert store.still_ours(connection, ids, token="one") == set()
        assert store.still_ours(connection, ids, token="three") == set(ids)


def test_what_waits_for_the_database_has_a_bound_and_who_has_gone_is_left_out(posting: Shop, kept: Database) -> None:
    keeper = Keeper(kept, VAULT, Paths(b"k" * 32, ""), Activity(), slow=1.0, most=2)
    now = posting.clock.now()
    waiting = [
        keeper.keep(Arrival("gone", f"bound-{number}", Callback(method="POST", time=now), now)) for number in range(3)
    ]
    assert isinstance(waiting[2].exception(), TooMany)
    assert waiting[0].cancel()
    keeper.flush()
    assert waiting[1].exception() is None
    again = keeper.keep(Arrival("gone", "bound-2", Callback(method="POST", time=now), now))
    keeper.flush()
    assert again.exception() is None
    with kept.read() as connection:
        count = sa.select(sa.func.count()).where(CALLBACKS.c.account_id == "gone")
        assert connection.scalar(count) == 2
