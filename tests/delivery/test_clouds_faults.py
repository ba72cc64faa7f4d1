"""What goes wrong at the platforms, with the adapters in the box against the simulators, which count repetitions.

Three accounts: SMS through two clouds, each for a brand of its own, and a mini-program's subscription messages. What
is awaited by real time (questions about uncertain messages, their end, a provider's rest) is brought on in the rows.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.delivery.clouds import KEY, MINI, MINI_OPENID, OFFICIAL, OPENID, TOKEN, Clouds, on_clouds
from support.delivery.field import delivery_file
from support.delivery.shop import state_name
from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import frequency_pb2, messages_pb2, receipts_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.delivery.store.tables import RATES, STATES
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database
from tidegate_simulators.web import Entry, Fault
from tidegate_simulators.weixin import Pusher

WECHAT, CALL = "wechat.subscription", "message/subscribe/send"
SENDING = ("SendSms", "SendBatchSms", CALL)
ACCOUNTS = {"aliyun": "sms-a", "tencent": "sms-t", "wechat": "mini"}
WAITING = receipts_pb2.RECEIPT_STATE_WAITING


@dataclass
class Company:
    """A company with an account at each platform, and people whom each reaches."""

    clouds: Clouds
    rows: Database
    people: list[str] = field(default_factory=list)

    @property
    def pusher(self) -> Pusher:
        """What tells of the mini-program."""
        assert self.clouds.mini.callbacks is not None
        return self.clouds.mini.callbacks.pusher

    def somebody(self, platform: str) -> tuple[int, str]:
        """A customer whom a platform reaches, with their address."""
        self.people.append(platform)
        number = len(self.people)
        if platform == "wechat":
            address = f"o-{number}"
            self.clouds.mini.decides(address, accept=["T-sale"])
            return self.clouds.lead((MINI_OPENID, address)), address
        address = f"+86138000{number:05d}"
        return self.clouds.lead(("phone", address)), address

    def message(self, platform: str, customer_id: int) -> messages_pb2.OutgoingMessage:
        """Something that nobody else is told."""
        shop = self.clouds.shop
        values = {
            "name": Value(string_value=f"客{next(shop.numbers)}"),
            "target": Value(string_value="https://s.example"),
        }
        channel = WECHAT if platform == "wechat" else "sms"
        return shop.message(customer_id, channel, template_id=f"sale-{platform}", variables=values, brand=platform)

    def tells(self) -> None:
        """All that is due has been told, answered, and applied."""
        self.clouds.aliyun.push()
        self.clouds.tencent.push()
        for push in self.pusher.pushes:
            assert push.wait().taken
        self.clouds.shop.suite.settle()

    def states(self, ids: Mapping[str, str]) -> dict[str, str]:
        """How messages stand."""
        return {name: state_name(self.clouds.shop.get(one)) for name, one in ids.items()}

    def misbehave(self, fault: Fault) -> None:
        """Each platform does so to all that is sent, until `work`."""
        for cloud in (self.clouds.aliyun, self.clouds.tencent, self.clouds.wechat):
            for action in SENDING:
                cloud.script.add(Entry(fault, action=action))

    def work(self) -> None:
        """Nothing more goes wrong."""
        for cloud in (self.clouds.aliyun, self.clouds.tencent, self.clouds.wechat):
            cloud.script.clear()

    def taken(self) -> dict[str, int]:
        """How many messages each platform has."""
        clouds = self.clouds
        return {"aliyun": clouds.aliyun.taken, "tencent": clouds.tencent.taken, "wechat": clouds.wechat.inbox.taken}

    def nothing_came_twice(self) -> None:
        """By what the platforms have."""
        assert not self.clouds.aliyun.duplicates()
        assert not self.clouds.tencent.duplicates()
        assert self.clouds.wechat.inbox.repeated == 0

    def time_comes(self, column: sa.Column[Any], account_id: str) -> None:
        """What waits for real time waits no more, for one account."""
        table = column.table
        assert isinstance(table, sa.Table)
        with self.rows.write() as connection:
            waiting = sa.update(table).where(table.c.account_id == account_id, column > 0)
            connection.execute(waiting.values({column.name: 1}))


@contextmanager
def opened(folder: Path, database_url: str) -> Iterator[Database]:
    on_server = database_url.startswith("postgresql")
    database = Database.open(database_url if on_server else delivery_file(folder), schema="delivery")
    yield database
    database.close()


@pytest.fixture
def company(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Company]:
    """The company, on each database."""
    with on_clouds(tmp_path, database_url, clock) as clouds, opened(tmp_path, database_url) as rows:
        clouds.sms_account("sms-a", clouds.aliyun, brands=["aliyun"])
        clouds.sms_account("sms-t", clouds.tencent, brands=["tencent"])
        url = clouds.wechat_account("mini", WECHAT, MINI)
        clouds.mini.call_back(url, token=TOKEN, encoding_aes_key=KEY, json=True)
        clouds.mini.account.add_template("T-sale", ["thing1"])
        parts = {
            "aliyun": {"sms": {"name": "{{ name }}", "code": "{{ target | track_code('sale') }}"}},
            "tencent": {"sms": {"1": "{{ name }}", "2": "{{ target | track_code('sale') }}"}},
            "wechat": {WECHAT: {"thing1.value": "{{ name }}", "link": "pages/sale"}},
        }
        for platform, said in parts.items():
            clouds.template(f"sale-{platform}", said, name=6, target=200)
        clouds.approved("sale-aliyun", sms_a="SMS_LEAD")
        clouds.approved("sale-tencent", sms_t="1007")
        clouds.approved("sale-wechat", mini="T-sale")
        yield Company(clouds, rows)


@pytest.mark.parametrize("fault", [Fault.SILENT_AFTER_TAKING, Fault.CLOSE_AFTER_TAKING])
def test_what_was_taken_without_an_answer_is_found_out_and_never_sent_again(company: Company, fault: Fault) -> None:
    """Aliyun's receipts name our id, Tencent's only its own, which a question finds out; WeChat can not be asked, but
    tells of the only message of its template to somebody.
    """
    clouds, shop = company.clouds, company.clouds.shop
    shop.rule("daily", 1, 1)
    people = {platform: company.somebody(platform)[0] for platform in ACCOUNTS}
    company.tells()
    told = len(clouds.receipts())
    company.misbehave(fault)
    company.pusher.hold()
    sent = shop.send(*(company.message(platform, one) for platform, one in people.items()))
    ids = dict(zip(people, sent, strict=True))
    shop.when(lambda one: state_name(one) == "uncertain", *sent)
    company.work()
    assert company.taken() == dict.fromkeys(ACCOUNTS, 1)
    clouds.passes(seconds=31)  # Tencent's own limit for a number
    more = dict(
        zip(people, shop.send(*(company.message(platform, one) for platform, one in people.items())), strict=True)
    )
    shop.final(*more.values())
    by_sms = dict.fromkeys(("aliyun", "tencent"), "dropped:frequency")
    assert company.states(more) == {**by_sms, "wechat": "dropped:no_credit"}, "it counts as sent"

    company.pusher.release()
    asks_first = fault is Fault.CLOSE_AFTER_TAKING
    if asks_first:
        for platform in ("aliyun", "tencent"):
            company.time_comes(STATES.c.ask_real, ACCOUNTS[platform])
        shop.when(lambda one: state_name(one) == "sent", ids["aliyun"], ids["tencent"])
        company.tells()
    else:
        company.tells()
        assert company.states(ids) == {"aliyun": "delivered", "tencent": "uncertain", "wechat": "delivered"}
        company.time_comes(STATES.c.ask_real, ACCOUNTS["tencent"])
        shop.when(lambda one: state_name(one) == "delivered", ids["tencent"])
    assert company.states(ids) == dict.fromkeys(ACCOUNTS, "delivered")
    assert len(clouds.receipts()) == told + 3
    assert not [one for one in clouds.receipts() if one.state == WAITING]
    assert clouds.left(people["wechat"], "mini", "sale-wechat") == 0
    shop.suite.settle()
    assert {len(clouds.attempts(one)) for one in sent} == {1}
    assert {shop.explain(one).ledger_entry.state for one in sent} == {pb.LEDGER_STATE_COMMITTED}
    assert company.taken() == dict.fromkeys(ACCOUNTS, 1)
    company.nothing_came_twice()


def test_a_number_that_waits_for_its_cloud_waits_no_longer_than_that(company: Company) -> None:
    """Tencent takes one for a number every 30 s. What a rule ends then is ended then; one that waits, waits on."""
    clouds, shop = company.clouds, company.clouds.shop
    customer_id, _ = company.somebody("tencent")

    def sent() -> str:
        (message_id,) = shop.send(company.message("tencent", customer_id))
        return message_id

    def waits(message_id: str) -> timedelta:
        (found,) = shop.when(lambda one: state_name(one) != "accepted", message_id)
        assert state_name(found) == "deferred"
        return found.wake_time.ToDatetime(UTC) - shop.clock.now()

    assert shop.state_of(sent()) == "sent"
    second = sent()
    assert waits(second) == timedelta(seconds=30)
    shop.rule("one", 1, 1)
    third = sent()
    assert waits(third) == timedelta(seconds=30), "the rule ends it: it waits for nobody else"
    clouds.passes(seconds=30)
    assert (shop.state_of(second), shop.state_of(third)) == ("dropped:frequency", "dropped:frequency")
    shop.policies.DeleteFrequencyRule(policy_pb2.DeleteFrequencyRuleRequest(rule_id="one"))
    assert shop.state_of(sent()) == "sent"
    shop.rule("waits", 1, 1, on_exceed=frequency_pb2.EXCEED_POLICY_DEFER)
    assert waits(sent()) == timedelta(days=1)
    assert company.taken()["tencent"] == 2


def test_a_lost_answer_is_found_by_its_receipt_only_where_nothing_else_may_be_meant(company: Company) -> None:
    """Of WeChat's: somebody whom it can not reach, somebody with two of a template, somebody told of by another."""
    clouds, shop = company.clouds, company.clouds.shop
    (failing, unreached), (double, twice), (other, _) = (company.somebody("wechat") for _ in range(3))
    clouds.mini.account.add_user(unreached).fate = "user block"
    clouds.passes(seconds=1)
    clouds.mini.decides(twice, accept=["T-sale"])
    company.tells()
    company.misbehave(Fault.SILENT_AFTER_TAKING)
    company.pusher.hold()
    ids = shop.send(*(company.message("wechat", one) for one in (failing, double, double)))
    shop.when(lambda one: state_name(one) == "uncertain", *ids)
    company.work()
    (answered,) = shop.send(company.message("wechat", other))
    assert shop.state_of(answered) == "sent"
    company.pusher.release()
    company.tells()
    assert [state_name(shop.get(one)) for one in (*ids, answered)] == ["bounced", "uncertain", "uncertain", "delivered"]
    assert [one.state for one in clouds.receipts()].count(WAITING) == 2
    company.time_comes(STATES.c.settle_real, "mini")
    assert [state_name(one) for one in shop.final(*ids[1:])] == ["sent", "sent"], "in the end they count as sent"
    company.nothing_came_twice()


def in_order(company: Company) -> None:
    company.pusher.copies = company.clouds.aliyun.receipts.times = company.clouds.tencent.receipts.times = 1
    company.clouds.aliyun.receipts.newest_first = company.clouds.tencent.receipts.newest_first = False


def twice(company: Company) -> None:
    company.pusher.copies = company.clouds.aliyun.receipts.times = company.clouds.tencent.receipts.times = 2


def backwards_and_twice(company: Company) -> None:
    twice(company)
    company.clouds.aliyun.receipts.newest_first = company.clouds.tencent.receipts.newest_first = True


def late_backwards_and_twice(company: Company) -> None:
    backwards_and_twice(company)
    company.clouds.passes(days=2)


def test_receipts_twice_late_and_out_of_order_lead_to_the_same(company: Company) -> None:
    clouds = company.clouds
    ends: dict[str, dict[str, str]] = {}
    for manner in (in_order, twice, backwards_and_twice, late_backwards_and_twice):
        in_order(company)
        ends[manner.__name__] = _ends(company, manner)
        clouds.passes(minutes=1)
    usual = ends["in_order"]
    assert ends == dict.fromkeys(ends, usual)
    for platform in ACCOUNTS:
        assert usual[f"{platform} arrives"] == "delivered"
        assert usual[f"{platform} fails"] == "bounced"
    assert len(clouds.receipts()) == len(ends) * len(usual), "what is told twice is one receipt"
    assert not [one for one in clouds.receipts() if one.state == WAITING]
    company.nothing_came_twice()


def _ends(company: Company, manner: Callable[[Company], None]) -> dict[str, str]:
    """Sends to two people by each platform, one of whom it does not reach, and has it told in that manner."""
    clouds, shop = company.clouds, company.clouds.shop
    messages: dict[str, messages_pb2.OutgoingMessage] = {}
    for platform in ACCOUNTS:
        for fate in ("arrives", "fails"):
            customer_id, address = company.somebody(platform)
            messages[f"{platform} {fate}"] = company.message(platform, customer_id)
            if fate == "fails":
                clouds.aliyun.account.results[address] = clouds.tencent.account.results[address] = "MK:0001"
                clouds.mini.account.add_user(address).fate = "user block"
    company.tells()
    company.pusher.hold()
    ids = dict(zip(messages, shop.send(*messages.values()), strict=True))
    shop.final(*ids.values())
    assert set(company.states(ids).values()) == {"sent"}
    manner(company)
    company.pusher.release(reverse=manner is not in_order and manner is not twice)
    company.tells()
    return company.states(ids)


def test_what_people_allow_does_not_depend_on_the_order_in_which_it_is_told(company: Company) -> None:
    """Taps and refusals of a mini-program, and the windows of an official account, whose desk is told of both."""
    clouds, shop = company.clouds, company.clouds.shop
    desk = clouds.wechat_account("desk", "wechat.service", OFFICIAL, app_type="official_account")
    official = clouds.official.call_back(desk, token=TOKEN, encoding_aes_key=KEY)
    left: dict[str, list[int]] = {}
    for name, copies, reverse in (("in order", 1, False), ("twice", 2, False), ("backwards", 2, True)):
        for pusher in (company.pusher, official):
            pusher.copies = copies
            pusher.hold()
        for change in range(5):
            clouds.mini.decides(f"o-many-{name}", accept=["T-sale"])
            if change == 3:
                clouds.mini.cancels(f"o-some-{name}", "T-sale")
            else:
                clouds.mini.decides(f"o-some-{name}", accept=["T-sale"])
            clouds.passes(seconds=1)
        clouds.official.follows(f"f-{name}")
        clouds.passes(seconds=1)
        clouds.official.says(f"f-{name}", "hello")
        clouds.passes(seconds=1)
        clouds.official.clicks(f"f-{name}", "menu")
        for pusher in (company.pusher, official):
            pusher.release(reverse=reverse)
        for push in official.pushes:
            assert push.wait().taken
        company.tells()
        many, some = (clouds.lead((MINI_OPENID, f"o-{one}-{name}")) for one in ("many", "some"))
        follower = clouds.lead((OPENID, f"f-{name}"))
        left[name] = [clouds.left(many, "mini", "sale-wechat"), clouds.left(some, "mini", "sale-wechat")]
        left[name].append(clouds.left(follower, "desk"))
        shop.suite.settle()
    assert list(left.values()) == [[5, 1, 5]] * 3


def test_a_token_that_ends_before_its_time_costs_no_message(company: Company) -> None:
    clouds, shop = company.clouds, company.clouds.shop
    people = [company.somebody("wechat")[0] for _ in range(30)]
    company.tells()
    tokens = clouds.mini.account.tokens
    sent = shop.send(*(company.message("wechat", one) for one in people[:10]))
    clouds.wechat.inbox.wait_for(3)
    tokens.invalidate(40001)  # while others are under way
    shop.final(*sent)
    for begin, code in ((10, 40014), (20, 42001)):
        tokens.invalidate(code)
        sent += shop.send(*(company.message("wechat", one) for one in people[begin : begin + 10]))
        shop.final(*sent)
    company.tells()
    assert {state_name(shop.get(one)) for one in sent} == {"delivered"}
    assert clouds.wechat.inbox.taken_by_recipient == {f"o-{number}": 1 for number in range(1, 31)}
    assert {len(clouds.attempts(one)) for one in sent} == {1}
    assert clouds.wechat.calls["stable_token"] >= 3
    company.nothing_came_twice()


def test_an_account_that_is_throttled_rests_and_goes_on(company: Company) -> None:
    clouds, shop = company.clouds, company.clouds.shop
    clouds.mini.account.per_minute[CALL] = 2
    clouds.aliyun.script.add(Entry(Fault.REFUSE, code="Throttling.User"), times=1)
    clouds.tencent.script.add(Entry(Fault.REFUSE, code="RequestLimitExceeded"), times=1)
    people = [(platform, company.somebody(platform)[0]) for platform in ACCOUNTS for _ in range(4)]
    company.tells()
    sent = shop.send(*(company.message(platform, one) for platform, one in people))
    clouds.wechat.inbox.wait_for(2)
    shop.suite.settle()
    calls = clouds.wechat.calls[CALL]
    before = company.taken()
    assert {platform: count < 4 for platform, count in before.items()} == dict.fromkeys(ACCOUNTS, True)
    clouds.passes(seconds=61)
    shop.suite.settle()
    assert (company.taken(), clouds.wechat.calls[CALL]) == (before, calls), "an account that rests makes no call"
    for account_id in ACCOUNTS.values():
        company.time_comes(RATES.c.resting_until_real, account_id)
        company.time_comes(STATES.c.retry_real, account_id)
    shop.final(*sent)
    company.tells()
    assert {state_name(shop.get(one)) for one in sent} == {"delivered"}
    assert company.taken() == dict.fromkeys(ACCOUNTS, 4)
    company.nothing_came_twice()
