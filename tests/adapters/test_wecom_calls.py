"""Calls of WeCom's interface: staff, customers through staff, greetings, robots, and every code."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from support import letters
from support.shared_data import SCOPES, shared_data
from support.wire import Wire
from tidegate.channels import (
    Account,
    AnyChannel,
    Asked,
    ContactWay,
    Content,
    Happened,
    OutboundMessage,
    Outcome,
    OutcomeKind,
    ReceiptKind,
    Scope,
    Secret,
    SettingsError,
    read_settings,
)
from tidegate_adapters.wecom import (
    CustomerChannel,
    CustomerSettings,
    RobotChannel,
    RobotSettings,
    StaffChannel,
    StaffSettings,
    WelcomeChannel,
    tidegate_channels,
)
from tidegate_adapters.wecom.codes import MESSAGE_CODES, RESULTS, SENT

T = TypeVar("T")

NOW = datetime(2026, 11, 28, 1, tzinfo=UTC)
CGI = "/cgi-bin/"
TOKEN = f"{CGI}gettoken"
STAFF = f"{CGI}message/send"
TASK = f"{CGI}externalcontact/add_msg_template"
WELCOME = f"{CGI}externalcontact/send_welcome_msg"
TASKS = f"{CGI}externalcontact/get_groupmsg_task"
RESULT = f"{CGI}externalcontact/get_groupmsg_send_result"
CANCEL = f"{CGI}externalcontact/cancel_groupmsg_send"
REMIND = f"{CGI}externalcontact/remind_groupmsg_send"
WAY = f"{CGI}externalcontact/add_contact_way"
GET = f"{CGI}externalcontact/get"
ROBOT = f"{CGI}webhook/send"
COMPANY: dict[str, Any] = {"corpid": "ww0123456789abcdef", "corp_secret": Secret("s3cret"), "timeout": 2.0}
TEXT = Content(text="Tea is ready")


def wired(**answers: Any) -> Wire:
    paths = {
        "staff": STAFF, "task": TASK, "welcome": WELCOME, "tasks": TASKS, "result": RESULT, "cancel": CANCEL,
        "remind": REMIND, "get": GET, "way": WAY, "robot": ROBOT,
    }  # fmt: skip
    token = {"errcode": 0, "errmsg": "ok", "access_token": "token-1", "expires_in": 7200}
    listed = {paths[name]: one if isinstance(one, list) else [one] for name, one in answers.items()}
    return Wire({TOKEN: [token], **listed})


def message(address: str, content: Content = TEXT) -> OutboundMessage:
    return OutboundMessage(message_id=f"m-{address}", address=address, content=content)


def asked(address: str, msgid: str = "t1") -> Asked:
    return Asked(message_id=f"m-{address}", address=address, provider_id=msgid, sent_time=NOW)


def run(channel: AnyChannel, scene: Callable[[AnyChannel], Awaitable[T]]) -> T:
    async def play() -> T:
        try:
            return await scene(channel)
        finally:
            await channel.close()

    return asyncio.run(play())


def staff(wire: Wire, *messages: OutboundMessage, **settings: Any) -> Sequence[Outcome]:
    account = Account("a", "wecom.staff", StaffSettings(**COMPANY, base_url=wire.url, agentid=7, **settings))
    return run(StaffChannel(lambda: NOW), lambda channel: channel.send(account, messages))


def customers(wire: Wire, **settings: Any) -> Account[CustomerSettings]:
    return Account("a", "wecom", CustomerSettings(**COMPANY, base_url=wire.url, **settings))


def send(wire: Wire, *messages: OutboundMessage, **settings: Any) -> Sequence[Outcome]:
    return run(CustomerChannel(lambda: NOW), lambda channel: channel.send(customers(wire, **settings), messages))


def kinds(outcomes: Sequence[Outcome]) -> list[OutcomeKind]:
    return [one.kind for one in outcomes]


def test_every_code_of_the_table_means_what_the_table_says() -> None:
    outcomes = json.loads(shared_data("provider_outcomes.json").read_text())
    assert {str(code) for code in MESSAGE_CODES} == set(outcomes["wecom"])
    for code, (kind, scope) in outcomes["wecom"].items():
        meaning = MESSAGE_CODES[int(code)]
        assert (meaning.kind, meaning.scope) == (OutcomeKind(kind), SCOPES[scope]), code
    statuses = outcomes["wecom_groupmsg_status"]
    assert statuses[str(SENT)] == ["accepted", "msg"]
    for status, meaning in RESULTS.items():
        assert (meaning.kind, meaning.scope) == (
            OutcomeKind(statuses[str(status)][0]),
            SCOPES[statuses[str(status)][1]],
        )
    assert set(statuses) == {"0", str(SENT), *map(str, RESULTS)}


def test_staff_are_written_to_one_by_one() -> None:
    card = Content(subject="Order", text="of 3 cups", link="https://shop.example.com/1")
    with wired(staff={"errcode": 0, "errmsg": "ok", "invaliduser": "", "msgid": "m1"}) as wire:
        first, second = staff(wire, message("ZhangSan"), message("LiSi", card), connections=1)
        token, text, textcard = wire.asked
    assert token.query == {"corpid": "ww0123456789abcdef", "corpsecret": "s3cret"}
    assert text.query == {"access_token": "token-1"}
    assert text.body == {
        "touser": "ZhangSan",
        "agentid": 7,
        "msgtype": "text",
        "text": {"content": "Tea is ready"},
        "enable_duplicate_check": 1,
        "duplicate_check_interval": 1800,
    }
    said = {"title": "Order", "description": "of 3 cups", "url": "https://shop.example.com/1"}
    assert (textcard.body["touser"], textcard.body["textcard"]) == ("LiSi", said)
    assert (first.kind, first.provider_id) == (second.kind, second.provider_id) == (OutcomeKind.ACCEPTED, "m1")


def test_whom_a_call_leaves_out_is_told_apart() -> None:
    answer = {"errcode": 0, "errmsg": "ok", "invaliduser": "lisi", "unlicenseduser": "wangwu", "msgid": "m1"}
    with wired(staff=answer) as wire:
        batch = [message(name) for name in ("ZhangSan", "LiSi", "WangWu", "ZhaoLiu")]
        outcomes = staff(wire, *batch, recipients_per_call=3, connections=1)
        assert [one.body["touser"] for one in wire.asked[1:]] == ["ZhangSan|LiSi|WangWu", "ZhaoLiu"]
    assert kinds(outcomes) == [
        OutcomeKind.ACCEPTED,
        OutcomeKind.INVALID_RECIPIENT,
        OutcomeKind.PERMANENT,
        OutcomeKind.ACCEPTED,
    ]
    assert {one.scope for one in outcomes[1:3]} == {Scope.RECIPIENT}
    with wired(staff={"errcode": 81013, "errmsg": "lisi, LiSi: all invalid", "invaliduser": "lisi"}) as wire:
        (outcome,) = staff(wire, message("LiSi"))
    assert outcome.kind is OutcomeKind.INVALID_RECIPIENT
    assert "LiSi" not in outcome.detail
    assert "lisi" not in outcome.detail


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (message("a|b"), "several members"),
        (message("@all"), "several members"),
        (message("a", Content()), "says nothing"),
        (message("a", Content(text="茶" * 683)), "2049 bytes"),
        (message("a", Content(text="a", link="https://x")), "needs a subject"),
    ],
)
def test_what_staff_cannot_be_told(wrong: OutboundMessage, why: str) -> None:
    with wired(staff={"errcode": 0}) as wire:
        bad, good = staff(wire, wrong, message("b"))
        assert wire.count(STAFF) == 1
    assert (bad.kind, good.kind) == (OutcomeKind.CONTENT_REJECTED, OutcomeKind.ACCEPTED)
    assert why in bad.detail


@pytest.mark.parametrize(
    ("code", "kind", "scope"),
    [
        (40013, OutcomeKind.AUTH_ERROR, Scope.ACCOUNT),
        (60020, OutcomeKind.AUTH_ERROR, Scope.ACCOUNT),
        (45009, OutcomeKind.RATE_LIMITED, Scope.CALL),
        (12345, OutcomeKind.AUTH_ERROR, Scope.ACCOUNT),
    ],
)
def test_without_a_token_nothing_was_sent(code: int, kind: OutcomeKind, scope: Scope) -> None:
    with wired(staff={"errcode": 0}) as wire:
        wire.answers[TOKEN] = [{"errcode": code, "errmsg": "s3cret is wrong"}]
        (outcome,) = staff(wire, message("a"))
        assert wire.count(STAFF) == 0
    assert (outcome.kind, outcome.scope) == (kind, scope)
    assert "s3cret" not in outcome.detail
    with wired(staff={"errcode": 0}) as wire:
        wire.answers[TOKEN] = [(502, b"")]
        assert kinds(staff(wire, message("a"))) == [OutcomeKind.RETRYABLE]


def test_customers_who_get_the_same_are_one_task() -> None:
    link = replace(TEXT, subject="Tea", link="https://shop.example.com", variables={"picture": "https://p/1"})
    batch = [message("wm1"), message("wm2", link), message("wm3"), message("wm4", replace(link, variables={}))]
    with wired(task={"errcode": 0, "errmsg": "ok", "fail_list": ["wm3"], "msgid": "t1"}) as wire:
        outcomes = send(wire, *batch, sender="zhangsan", connections=1)
        bodies = [one.body for one in wire.asked[1:]]
    assert bodies[0] == {
        "chat_type": "single",
        "external_userid": ["wm1", "wm3"],
        "text": {"content": "Tea is ready"},
        "allow_select": False,
        "sender": "zhangsan",
    }
    said = {"title": "Tea", "url": "https://shop.example.com", "picurl": "https://p/1"}
    assert bodies[1]["attachments"] == [{"msgtype": "link", "link": said}]
    assert bodies[2]["external_userid"] == ["wm4"]
    assert kinds(outcomes) == [*[OutcomeKind.ACCEPTED] * 2, OutcomeKind.NOT_SUBSCRIBED, OutcomeKind.ACCEPTED]
    assert [one.provider_id for one in outcomes] == ["t1", "t1", "", "t1"]


def test_a_message_names_its_sender_and_brings_cards_and_images() -> None:
    parts = {"sender": "lisi", "pic_media_id": "p1", "image_media_id": "i1"}
    card = Content(subject="Tea", link="pages/tea", variables=parts)
    with wired(task={"errcode": 0, "errmsg": "ok", "msgid": "t1"}) as wire:
        send(wire, message("wm1", card), miniprogram_appid="wx1")
        body = wire.asked[1].body
    assert (body["sender"], "text" in body) == ("lisi", False)
    assert body["attachments"] == [
        {"msgtype": "image", "image": {"media_id": "i1"}},
        {
            "msgtype": "miniprogram",
            "miniprogram": {"title": "Tea", "pic_media_id": "p1", "appid": "wx1", "page": "pages/tea"},
        },
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (Content(), "says nothing"),
        (Content(text="茶" * 1334), "4002 bytes"),
        (Content(text="a", variables={"thing1": "x"}), "no part thing1"),
        (Content(text="a", link="https://x"), "needs a subject"),
        (Content(text="a", subject="s", link="pages/tea"), "miniprogram_appid"),
    ],
)
def test_what_customers_cannot_be_told(content: Content, why: str) -> None:
    with wired(task={"errcode": 0, "msgid": "t"}) as wire:
        bad, good = send(wire, message("wm1", content), message("wm2"))
        assert wire.count(TASK) == 1
    assert (bad.kind, good.kind) == (OutcomeKind.CONTENT_REJECTED, OutcomeKind.ACCEPTED)
    assert why in bad.detail
    with wired(task={"errcode": 0}) as wire:
        pageless = Content(text="a", subject="s", link="pages/tea")
        (bad,) = send(wire, message("wm1", pageless), miniprogram_appid="wx1")
    assert "pic_media_id" in bad.detail


def test_a_task_that_is_refused_is_refused_for_all() -> None:
    with wired(task={"errcode": 41048, "errmsg": "wm1 and wm2 are no contacts", "fail_list": ["wm1"]}) as wire:
        outcomes = send(wire, message("wm1"), message("wm2"))
    assert kinds(outcomes) == [OutcomeKind.NOT_SUBSCRIBED] * 2
    assert {one.detail for one in outcomes} == {"<…> and <…> are no contacts"}


def listed(name: str, *items: dict[str, Any], cursor: str = "") -> dict[str, Any]:
    return {"errcode": 0, "errmsg": "ok", name: list(items), "next_cursor": cursor}


def sent(who: str, status: int, time: int = 1790904600) -> dict[str, Any]:
    return {"external_userid": who, "userid": "zhangsan", "status": status, "send_time": time}


def test_what_became_of_tasks_is_told_for_each_message() -> None:
    with wired(
        tasks=[
            listed("task_list", {"userid": "zhangsan", "status": 2}, cursor="c1"),
            listed("task_list", {"userid": "lisi", "status": 0}, {"userid": 5, "status": 2}, cursor="c1"),
            {"errcode": 41063, "errmsg": "later"},
        ],
        result=[
            listed("send_list", sent("wm1", 1), sent("wm2", 2), cursor="c9"),
            listed("send_list", sent("wm3", 3, 0), sent("wm4", 0), sent("wm1", 2), {"status": 1}),
        ],
    ) as wire:
        those = [*map(asked, ("wm1", "wm2", "wm3", "wm4", "wm5")), asked("wm6", ""), asked("wm1", "t2")]
        account = customers(wire)
        receipts = run(CustomerChannel(lambda: NOW), lambda channel: channel.follow_up(account, those))
        assert [one.body["userid"] for one in wire.asked if one.path == RESULT] == ["zhangsan"] * 2
        cursors = [one.body.get("cursor") for one in wire.asked if one.path in (TASKS, RESULT)]
        assert cursors == [None, None, "c9", "c1", None]
    told = {one.message_id: one for one in receipts}
    assert list(told) == ["m-wm1", "m-wm2", "m-wm3"]
    assert told["m-wm1"].kind is ReceiptKind.DELIVERED
    assert told["m-wm1"].time == datetime.fromtimestamp(1790904600, UTC)
    assert told["m-wm3"].time == NOW
    assert [one.outcome.kind for one in receipts if one.outcome] == [
        OutcomeKind.NOT_SUBSCRIBED,
        OutcomeKind.RATE_LIMITED,
    ]
    assert {(one.provider_id, one.address) for one in receipts} == {("t1", "wm1"), ("t1", "wm2"), ("t1", "wm3")}


def test_a_task_is_walked_once_for_all_its_messages_and_what_is_known_is_told() -> None:
    seconds = 0.0
    broken = {"errcode": -1, "errmsg": "busy"}
    first, last = listed("send_list", sent("wm1", 1), sent("wm2", 2), cursor="c"), listed("send_list", sent("wm3", 1))
    with wired(
        tasks=listed("task_list", {"userid": "z", "status": 2}), result=[first, broken, first, last, broken]
    ) as wire:
        account = customers(wire)

        async def ask(channel: AnyChannel) -> list[list[str]]:
            nonlocal seconds
            told = []
            for at, who in ((0.0, "123"), (0.0, "12"), (29.0, "3"), (30.0, "3")):
                seconds = at
                receipts = await channel.follow_up(account, [asked(f"wm{one}") for one in who])
                told.append([one.address for one in receipts])
            return told

        told = run(CustomerChannel(lambda: NOW, lambda: seconds), ask)
        assert wire.count(TASKS) == 3
    assert told == [["wm1"], ["wm1", "wm2"], ["wm3"], []], "who was not reached is known once all have been asked"


@pytest.mark.parametrize(
    ("answers", "withdrawn"),
    [
        ({"cancel": {"errcode": 0}}, [False, True, False]),
        ({"cancel": {"errcode": 41063}}, [False] * 3),
        ({"cancel": (500, b"")}, [False] * 3),
        ({"cancel": {"errcode": 0}, "result": {"errcode": -1}}, [False] * 3),
    ],
)
def test_what_was_sent_before_a_task_is_taken_back_has_gone_out(answers: dict[str, Any], withdrawn: list[bool]) -> None:
    found = {"result": listed("send_list", sent("wm1", 1)), "tasks": listed("task_list", {"userid": "z", "status": 2})}
    with wired(**{**found, **answers}) as wire:
        those = [asked("wm1"), asked("wm2"), asked("wm3", "")]
        account = customers(wire)
        assert run(CustomerChannel(), lambda channel: channel.withdraw(account, those)) == withdrawn
        assert [one.body for one in wire.asked if one.path == CANCEL] == [{"msgid": "t1"}]


def test_staff_are_reminded_of_each_task_once() -> None:
    with wired(remind=[(500, b""), {"errcode": 0}]) as wire:
        account = customers(wire)
        those = [asked("wm1"), asked("wm2"), asked("wm3", "t2"), asked("wm4", "")]
        run(CustomerChannel(), lambda channel: channel.remind(account, those))
        assert [one.body["msgid"] for one in wire.asked if one.path == REMIND] == ["t1", "t2"]


def test_a_greeting_needs_its_code_and_says_what_a_message_says() -> None:
    code = replace(TEXT, variables={"welcome_code": "c0de"})
    answers = [{"errcode": 0}, {"errcode": 41096, "errmsg": "c0de"}, {"errcode": 41050}, {"errcode": 41051}]
    with wired(welcome=answers) as wire:
        account = customers(wire, connections=1)
        batch = [message("wm0"), message("wm0", replace(code, text="")), *(message(f"wm{n}", code) for n in range(4))]
        outcomes = run(WelcomeChannel(), lambda channel: channel.send(account, batch))
        assert wire.asked[1].body == {"welcome_code": "c0de", "text": {"content": "Tea is ready"}}
    assert kinds(outcomes) == [
        *[OutcomeKind.CONTENT_REJECTED] * 2,
        *[OutcomeKind.ACCEPTED] * 2,
        *[OutcomeKind.PERMANENT] * 2,
    ]
    assert not any("c0de" in one.detail for one in outcomes)
    assert WelcomeChannel.manifest.deadline == timedelta(seconds=20)


def test_contact_ways_carry_source_codes() -> None:
    answers = [
        {"errcode": 0, "config_id": "1", "qr_code": "https://q/1"},
        {"errcode": 40096, "errmsg": "z"},
        (500, b""),
    ]
    with wired(way=answers) as wire:
        account = customers(wire)

        async def ask(channel: AnyChannel) -> list[str | Outcome]:
            ways = [
                ContactWay(source_code="poster-7", staff_ids=staff_ids) for staff_ids in (("z",), ("z", "l"), ("z",))
            ]
            return [await channel.make_contact_way(account, way) for way in ways]

        made, refused, unknown = run(CustomerChannel(), ask)
        first, second, _ = (one.body for one in wire.asked if one.path == WAY)
    assert made == "https://q/1"
    assert isinstance(refused, Outcome)
    assert refused.kind is OutcomeKind.INVALID_RECIPIENT
    assert isinstance(unknown, Outcome)
    assert unknown.kind is OutcomeKind.UNCERTAIN
    assert (first["type"], first["state"], first["user"]) == (1, "poster-7", ["z"])
    assert (second["type"], second["user"]) == (2, ["z", "l"])


def test_a_contact_way_that_wecom_cannot_carry_costs_no_call() -> None:
    with wired(way={"errcode": 0, "config_id": "1"}) as wire:
        account = customers(wire)

        async def ask(channel: AnyChannel) -> list[str | Outcome]:
            ways = [ContactWay(source_code="p" * length, staff_ids=("z",)) for length in (31, 30)]
            return [await channel.make_contact_way(account, way) for way in ways]

        too_long, unknown = run(CustomerChannel(), ask)
        assert [one.body["state"] for one in wire.asked if one.path == WAY] == ["p" * 30]
    assert isinstance(too_long, Outcome)
    assert (too_long.kind, too_long.scope) == (OutcomeKind.PERMANENT, Scope.MESSAGE)
    assert "source_code has 31 characters" in too_long.detail
    assert isinstance(unknown, Outcome)
    assert unknown.kind is OutcomeKind.UNCERTAIN


@pytest.mark.parametrize(
    "contact",
    [
        {"errcode": 0, "external_contact": {"external_userid": "wm1"}},
        {"errcode": 0, "external_contact": {"unionid": 5}},
        {"errcode": 0},
        {"errcode": 84061, "errmsg": "not external contact"},
        (500, b""),
    ],
)
def test_a_contact_is_told_without_unionid_where_none_is_to_be_had(contact: Any) -> None:
    change = {
        "FromUserName": "sys",
        "CreateTime": 1790904600,
        "Event": "change_external_contact",
        "ChangeType": "add_external_contact",
        "UserID": "zhangsan",
        "ExternalUserID": "wm1",
    }
    seal = {"callback_token": Secret(letters.TOKEN), "encoding_aes_key": Secret(letters.KEY)}
    callback = letters.safe(letters.xml(change), COMPANY["corpid"], NOW)
    with wired(get=contact) as wire:
        account = customers(wire, **seal)
        (report,) = run(CustomerChannel(), lambda channel: channel.read(account, callback))
        (query,) = (one.query for one in wire.asked if one.path == GET)
    assert query == {"access_token": "token-1", "external_userid": "wm1"}
    assert isinstance(report, Happened)
    assert report.identifiers == (("wecom.external_userid:ww0123456789abcdef", "wm1"),)


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (TEXT, {"msgtype": "text", "text": {"content": "Tea is ready"}}),
        (Content(variables={"markdown": "**Tea**"}), {"msgtype": "markdown", "markdown": {"content": "**Tea**"}}),
        (
            Content(subject="Tea", text="hot", link="https://x"),
            {"msgtype": "news", "news": {"articles": [{"title": "Tea", "description": "hot", "url": "https://x"}]}},
        ),
        (Content(), "says nothing"),
        (Content(text="a", link="https://x"), "needs a subject"),
        (Content(text="a" * 2049), "2049 bytes"),
        (Content(variables={"markdown": "a" * 4097}), "4097 bytes"),
        (Content(text="a", variables={"html": "x"}), "no part html"),
    ],
)
def test_what_a_robot_says(content: Content, body: dict[str, Any] | str) -> None:
    with wired(robot=[{"errcode": 0}, {"errcode": 93000, "errmsg": "bad key-1"}, {"errcode": 45009}]) as wire:
        account = Account("a", "wecom.robot", RobotSettings(base_url=wire.url, connections=1))
        outcomes = run(RobotChannel(), lambda channel: channel.send(account, [message("key-1", content)] * 3))
        if isinstance(body, str):
            assert not wire.asked
            assert kinds(outcomes) == [OutcomeKind.CONTENT_REJECTED] * 3
            assert body in outcomes[0].detail
            return
        assert (wire.asked[0].body, wire.asked[0].query) == (body, {"key": "key-1"})
    assert kinds(outcomes) == [OutcomeKind.ACCEPTED, OutcomeKind.PERMANENT, OutcomeKind.RATE_LIMITED]
    assert not any("key-1" in one.detail for one in outcomes)


def test_settings_are_checked() -> None:
    good = {"corpid": "ww0123456789abcdef", "corp_secret": "x"}
    for wrong in (
        {"corpid": "ww 1"},
        {"base_url": "http://qyapi.weixin.qq.com"},
        {"encoding_aes_key": "short"},
        {"encoding_aes_key": "", "callback_token": "x"},
        {"duplicate_check_interval": 60},
        {"recipients_per_call": 1001},
    ):
        with pytest.raises(SettingsError) as raised:
            read_settings(StaffSettings, {**good, **wrong}, secrets=str)
        assert [one.field for one in raised.value.problems] == [next(iter(wrong))]
    with pytest.raises(SettingsError, match="base_url"):
        RobotSettings(base_url="ftp://x")
    with pytest.raises(ValueError, match="only accounts"):
        tidegate_channels({"corpid": "x"})
