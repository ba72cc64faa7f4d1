"""What WeChat's callbacks say becomes reports, each with an id by which it is known when it comes again."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from support import letters
from tidegate.channels import Granted, Happened, OutcomeKind, Receipt, ReceiptKind, Report, Scope, Trigger, WindowOpened
from tidegate_adapters.wechat.events import occurrence_of, reports_of
from tidegate_adapters.weixin.documents import read_document

APPID = "wx0123456789abcdef"
OPENID = "oABCDEFG-1"
MADE = datetime(2021, 1, 18, 11, 30, 40, tzinfo=UTC)
ARRIVED = datetime(2021, 1, 18, 11, 31, tzinfo=UTC)
HEAD = {"ToUserName": "gh_1", "FromUserName": OPENID, "CreateTime": 1610969440, "MsgType": "event"}


def read(document: dict[str, Any], *, as_json: bool = False) -> Sequence[Report]:
    body = json.dumps(document).encode() if as_json else letters.xml(document)
    reports = reports_of(occurrence_of(APPID, read_document(body), ARRIVED))
    assert all(report.time == MADE for report in reports)
    return reports


def listed(event: str, element: str, *items: dict[str, str], as_json: bool = False) -> dict[str, Any]:
    """An event with a list, as the vendor writes it: at the root in JSON, and one item without brackets."""
    several: Any = list(items) if len(items) > 1 else items[0]
    return {**HEAD, "Event": event, **({"List": several} if as_json else {element: {"List": several}})}


def asked(*answers: tuple[str, str], as_json: bool = False) -> dict[str, Any]:
    items = [{"TemplateId": name, "SubscribeStatusString": said, "PopupScene": "0"} for name, said in answers]
    return listed("subscribe_msg_popup_event", "SubscribeMsgPopupEvent", *items, as_json=as_json)


def credits_of(reports: Sequence[Report]) -> list[tuple[str, int]]:
    assert all(isinstance(one, Granted) and one.address == OPENID for one in reports)
    return [(one.provider_template, one.credits) for one in reports if isinstance(one, Granted)]


@pytest.mark.parametrize("as_json", [False, True])
def test_each_yes_is_a_credit_and_a_no_takes_none_back(as_json: bool) -> None:
    answers = ("T1", "accept"), ("T2", "reject"), ("T3", "ban"), ("T4", "acceptWithAudio"), ("T5", "filter")
    reports = read(asked(*answers, as_json=as_json), as_json=as_json)
    assert credits_of(reports) == [("T1", 1), ("T4", 1)]
    assert credits_of(read(asked(("T1", "accept"), as_json=as_json), as_json=as_json)) == [("T1", 1)]


@pytest.mark.parametrize("as_json", [False, True])
def test_permission_that_is_taken_back_is_void(as_json: bool) -> None:
    items = {"TemplateId": "T1", "SubscribeStatusString": "reject"}, {"TemplateId": "T2", "SubscribeStatusString": "x"}
    event = listed("subscribe_msg_change_event", "SubscribeMsgChangeEvent", *items, as_json=as_json)
    assert credits_of(read(event, as_json=as_json)) == [("T1", 0)]


@pytest.mark.parametrize("as_json", [False, True])
def test_what_became_of_subscription_messages(as_json: bool) -> None:
    items = (
        {"TemplateId": "T1", "MsgID": "1700827132819554304", "ErrorCode": "0", "ErrorStatus": "success"},
        {"TemplateId": "T1", "MsgID": "2", "ErrorCode": "43101", "ErrorStatus": "user refuse to accept the msg"},
        {"TemplateId": "T1", "MsgID": "3", "ErrorCode": "99999", "ErrorStatus": "?"},
        {"TemplateId": "T1", "MsgID": "4", "ErrorCode": "rubbish", "ErrorStatus": ""},
        {"TemplateId": "T1", "ErrorCode": "0", "ErrorStatus": "success"},
    )
    event = listed("subscribe_msg_sent_event", "SubscribeMsgSentEvent", *items, as_json=as_json)
    reached, refused, unknown, rubbish = (one for one in read(event, as_json=as_json) if isinstance(one, Receipt))
    assert (reached.kind, reached.provider_id) == (ReceiptKind.DELIVERED, "1700827132819554304")
    assert reached.address == OPENID
    assert refused.kind is ReceiptKind.BOUNCED
    assert refused.outcome
    assert (refused.outcome.kind, refused.outcome.scope) == (OutcomeKind.NOT_SUBSCRIBED, Scope.RECIPIENT)
    for receipt, code in ((unknown, "99999"), (rubbish, "none")):
        assert receipt.outcome
        assert (receipt.outcome.kind, receipt.outcome.provider_code) == (OutcomeKind.PERMANENT, code)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("success", None),
        ("failed:user block", OutcomeKind.NOT_SUBSCRIBED),
        ("failed: user block", OutcomeKind.NOT_SUBSCRIBED),
        ("failed: system failed", OutcomeKind.PERMANENT),
        ("failed:the stars", OutcomeKind.PERMANENT),
    ],
)
def test_what_became_of_template_messages(status: str, kind: OutcomeKind | None) -> None:
    (receipt,) = read({**HEAD, "Event": "TEMPLATESENDJOBFINISH", "MsgID": 200163836, "Status": status})
    assert isinstance(receipt, Receipt)
    assert receipt.provider_id == "200163836"
    assert receipt.kind is (ReceiptKind.BOUNCED if kind else ReceiptKind.DELIVERED)
    assert (receipt.outcome.kind if receipt.outcome else None) is kind
    assert not read({**HEAD, "Event": "TEMPLATESENDJOBFINISH", "Status": status}), "whose is it?"


@pytest.mark.parametrize(
    ("said", "trigger", "name", "properties"),
    [
        ({"Event": "subscribe", "EventKey": "qrscene_poster-7"}, Trigger.FOLLOW, "wechat_followed", "poster-7"),
        ({"Event": "subscribe", "EventKey": ""}, Trigger.FOLLOW, "wechat_followed", None),
        ({"Event": "unsubscribe", "EventKey": ""}, None, "wechat_unfollowed", None),
        ({"Event": "SCAN", "EventKey": "poster-7", "Ticket": "t"}, Trigger.SCAN, "wechat_scanned", "poster-7"),
    ],
)
def test_who_follows_and_scans_brings_the_source_code(
    said: dict[str, str], trigger: Trigger | None, name: str, properties: str | None
) -> None:
    reports = read({**HEAD, **said})
    assert [one.trigger for one in reports if isinstance(one, WindowOpened)] == ([trigger] if trigger else [])
    (happened,) = (one for one in reports if isinstance(one, Happened))
    assert (happened.name, happened.identifiers) == (name, ((f"wechat.openid:{APPID}", OPENID),))
    assert happened.properties == ({"source_code": properties} if properties else {})


def test_a_menu_that_calls_us_opens_a_window_and_one_that_opens_a_page_does_not() -> None:
    window, happened = read({**HEAD, "Event": "CLICK", "EventKey": "orders"})
    assert isinstance(window, WindowOpened)
    assert (window.trigger, window.address) == (Trigger.MENU_CLICK, OPENID)
    assert isinstance(happened, Happened)
    assert (happened.name, happened.properties) == ("wechat_menu_clicked", {"menu_key": "orders"})
    (viewed,) = read({**HEAD, "Event": "VIEW", "EventKey": "https://shop.example.com"})
    assert isinstance(viewed, Happened)
    assert viewed.name == "wechat_menu_clicked"


def test_a_message_opens_the_long_window_and_is_not_told() -> None:
    message = {**HEAD, "MsgType": "text", "MsgId": 4561255354251345929, "Content": "my secret", "UnionId": "u-1"}
    window, happened = read(message)
    assert isinstance(window, WindowOpened)
    assert window.trigger is Trigger.MESSAGE
    assert isinstance(happened, Happened)
    assert happened.properties == {"message_type": "text"}
    assert happened.identifiers == ((f"wechat.openid:{APPID}", OPENID), ("wechat.unionid", "u-1"))
    assert "my secret" not in str([window, happened])


def test_a_conversation_that_is_entered_opens_the_short_window() -> None:
    (window,) = read({**HEAD, "Event": "user_enter_tempsession", "SessionFrom": "order"})
    assert isinstance(window, WindowOpened)
    assert window.trigger is Trigger.SESSION


def test_what_nobody_needs_is_left_out() -> None:
    assert not read({**HEAD, "Event": "wxa_nickname_audit"})
    assert not read({**HEAD, "Event": ""})
    assert not reports_of(occurrence_of(APPID, {}, ARRIVED))
    assert not reports_of(occurrence_of(APPID, {"MsgType": "text"}, ARRIVED))
    assert not reports_of(occurrence_of(APPID, {"FromUserName": OPENID}, ARRIVED))


def test_a_callback_is_known_again_and_told_from_others() -> None:
    def known_by(document: dict[str, Any]) -> str:
        return occurrence_of(APPID, read_document(letters.xml(document)), ARRIVED).id

    text = {**HEAD, "MsgType": "text", "MsgId": 1}
    click = {**HEAD, "Event": "CLICK", "EventKey": "a"}
    different = [
        text,
        {**text, "MsgId": 2},
        click,
        {**click, "EventKey": "b"},
        {**click, "CreateTime": 1610969441},
        {**click, "FromUserName": "oOther"},
        asked(("T1", "accept")),
        asked(("T2", "accept")),
        asked(("T1", "accept"), ("T2", "accept")),
        {**HEAD, "Event": "TEMPLATESENDJOBFINISH", "MsgID": 1, "Status": "success"},
        {**HEAD, "Event": "TEMPLATESENDJOBFINISH", "MsgID": 2, "Status": "success"},
    ]
    ids = [known_by(one) for one in different]
    assert len(set(ids)) == len(ids)
    assert [known_by(one) for one in different] == ids
    assert known_by(asked(("T2", "accept"), ("T1", "accept"))) == ids[8], "the order of a list says nothing"
    assert not any(OPENID in one or len(one) > 100 for one in ids)
    granted = {one.report_id for one in read(asked(("T1", "accept"), ("T2", "accept"))) if isinstance(one, Granted)}
    assert len(granted) == 2
