"""Parts of the channel `sms.aliyun`: signatures, calls, codes, what is asked, and what is pushed."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.provider import Provider, Request, Said
from support.shared_data import SCOPES, shared_data
from tidegate.channels import (
    Account,
    Answered,
    Asked,
    Callback,
    Content,
    OutboundMessage,
    Outcome,
    OutcomeKind,
    Receipt,
    ReceiptKind,
    Scope,
    Secret,
    SettingsError,
)
from tidegate_adapters.aliyun import AliyunSettings, AliyunSmsChannel, tidegate_channels
from tidegate_adapters.aliyun.calls import calls_of
from tidegate_adapters.aliyun.codes import CALLS, OF_ONE_NUMBER, OF_ONE_TEXT, RECEIPTS
from tidegate_adapters.aliyun.signing import authorization, canonical_request, digest, query_of, signature
from tidegate_adapters.sms.codes import Codes
from tidegate_adapters.sms.marks import is_shared, mark_of, may_hold

K, S = OutcomeKind, Scope
NOW = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)


def settings(url: str = "http://127.0.0.1:1", **more: Any) -> AliyunSettings:
    return AliyunSettings(
        **{
            "access_key_id": "id",
            "access_key_secret": Secret("key"),
            "sign_name": "潮汐商城",
            "endpoint": url,
            "timeout": 1.0,
            **more,
        }
    )


def message(number: int, *, address: str = "", text: str = "", marketing: bool = False, **variables: str) -> Any:
    return OutboundMessage(
        message_id=f"m-{number}",
        address=address or f"+861380000{number:04d}",
        content=Content(template="t@1", text=text, provider_template="SMS_1", variables=variables),
        unsubscribe_url="https://shop.example/u/1" if marketing else "",
    )


def asked(number: int, provider_id: str = "") -> Asked:
    return Asked(message_id=f"m-{number}", address=f"+861380000{number:04d}", provider_id=provider_id, sent_time=NOW)


def play(say: Callable[[Request], Said], scene: Callable[[AliyunSmsChannel, Account[AliyunSettings]], Any]) -> Any:
    """The result of a scene, and what the provider was asked in it."""

    async def run(url: str) -> Any:
        channel = AliyunSmsChannel(clock=lambda: NOW)
        try:
            return await scene(channel, Account("a", "sms", settings(url)))
        finally:
            await channel.close()

    with Provider(say) as provider:
        return asyncio.run(run(provider.url)), provider.requests


def send(say: Callable[[Request], Said], *messages: OutboundMessage) -> tuple[Sequence[Outcome], list[Request]]:
    outcomes, requests = play(say, lambda channel, account: channel.send(account, messages))
    return outcomes, requests


def fine(_: Request) -> Said:
    return Said({"Code": "OK", "Message": "OK", "BizId": "b-1", "RequestId": "r"})


def refusing(code: str, said: str = "", status: int = 400) -> Callable[[Request], Said]:
    return lambda _: Said({"Code": code, "Message": said}, status)


def test_the_published_signature() -> None:
    vectors = json.loads(shared_data("vectors/signature_vectors.json").read_text())["aliyun_acs3"]
    for one in vectors:
        canonical = canonical_request(one["query"], one["headers"], method=one["method"], path=one["path"])
        assert digest(canonical.encode()) == one["hashed_canonical_request"]
        assert signature(canonical, one["access_key_secret"]) == one["signature"]
        header = authorization(canonical, one["headers"], one["access_key_id"], one["access_key_secret"])
        assert header.endswith(f"x-acs-version,Signature={one['signature']}")
        assert header.startswith("ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;")


def test_parameters_are_encoded_by_rfc_3986() -> None:
    assert query_of({"b": "a b*~/", "A": "潮"}) == "A=%E6%BD%AE&b=a%20b%2A~%2F"


@pytest.mark.parametrize(("table", "codes"), [("aliyun_api", CALLS), ("aliyun_receipt", RECEIPTS)])
def test_codes_mean_what_the_vendor_says(table: str, codes: Codes) -> None:
    rows = json.loads(shared_data("provider_outcomes.json").read_text())[table]
    for code, (kind, scope) in rows.items():
        outcome = codes.outcome(code, "said", provider_id="")
        assert (outcome.kind, outcome.scope, outcome.provider_code) == (K(kind), SCOPES[scope], code), code
        assert not outcome.is_unknown_code, code
    assert set(codes.meanings) >= set(rows)
    unknown = codes.outcome("isv.NOBODY_KNOWS", "said")
    assert (unknown.kind, unknown.is_unknown_code) == (K.PERMANENT, True)


def test_one_message_names_itself() -> None:
    (outcome,), (request,) = send(fine, message(7, name="小明"))
    assert outcome == Outcome.accepted("b-1", code="OK")
    assert request.headers["x-acs-action"] == "SendSms"
    assert request.query == {
        "OutId": "m-7",
        "PhoneNumbers": "13800000007",
        "SignName": "潮汐商城",
        "TemplateCode": "SMS_1",
        "TemplateParam": '{"name":"小明"}',
    }
    assert request.body == b""
    assert request.headers["x-acs-date"] == "2026-11-28T03:00:00Z"


def test_equal_and_unequal_messages_share_calls() -> None:
    _, (same,) = send(fine, message(1, code="1"), message(2, code="1"))
    assert same.headers["x-acs-action"] == "SendSms"
    assert same.query["PhoneNumbers"] == "13800000001,13800000002"
    _, (unequal,) = send(fine, message(1, code="1"), message(2, code="2"))
    assert unequal.headers["x-acs-action"] == "SendBatchSms"
    assert json.loads(unequal.form["PhoneNumberJson"]) == ["13800000001", "13800000002"]
    assert json.loads(unequal.form["TemplateParamJson"]) == [{"code": "1"}, {"code": "2"}]
    assert json.loads(unequal.form["SignNameJson"]) == ["潮汐商城"] * 2
    assert set(unequal.query) == {"OutId", "TemplateCode"}
    assert "content-type" in unequal.headers["authorization"]


def test_a_call_has_a_number_once_and_foreign_ones_alone() -> None:
    twice = [message(1), message(2, address="+8613800000001"), message(3, address="+13125550100"), message(4)]
    calls = [list(call) for call in calls_of(list(enumerate(twice)))]
    assert sorted(calls) == [[0, 3], [1], [2]]
    outcomes, requests = send(fine, *twice)
    assert [outcome.kind for outcome in outcomes] == [K.ACCEPTED] * 4
    assert {request.query["PhoneNumbers"] for request in requests} == {
        "13800000001,13800000004", "13800000001", "13125550100",
    }  # fmt: skip


def test_an_out_id_of_many_tells_its_messages() -> None:
    for count, most in ((2, 0), (20, 0), (63, 0), (99, 40), (100, 40)):
        many = [message(number) for number in range(count)]
        _, (request,) = send(fine, *many)
        given = request.query["OutId"]
        assert len(given) < 256
        assert is_shared(given)
        assert all(may_hold(given, one.message_id) for one in many)
        assert sum(may_hold(given, f"stranger-{number}") for number in range(5000)) <= most
    assert not any(may_hold(odd, "m-1") for odd in ("~", "~A", "~P", "~PA", "~?AAAA", "~_AAAA"))


def test_one_bad_message_harms_no_other_in_a_batch_of_a_hundred() -> None:
    bad = {"13800000013", "13800000077"}

    def say(request: Request) -> Said:
        numbers = request.query.get("PhoneNumbers", "").split(",") + json.loads(
            request.form.get("PhoneNumberJson", "[]")
        )
        return refusing("isv.MOBILE_NUMBER_ILLEGAL")(request) if bad & set(numbers) else fine(request)

    outcomes, requests = send(say, *(message(number, n=str(number)) for number in range(100)))
    refused = [place for place, one in enumerate(outcomes) if one.kind is K.INVALID_RECIPIENT]
    assert refused == [13, 77]
    assert sum(one.kind is K.ACCEPTED for one in outcomes) == 98
    assert len(requests) < 32


def test_a_text_that_is_refused_is_refused_once_for_all_who_were_to_get_it() -> None:
    outcomes, requests = send(refusing("isv.SMS_CONTENT_ILLEGAL"), *(message(number) for number in range(50)))
    assert {one.kind for one in outcomes} == {K.CONTENT_REJECTED}
    assert len(requests) == 1


def test_a_call_is_parted_for_what_one_message_is_to_blame_for_and_nothing_else() -> None:
    """An unknown code may be no refusal: who got the message must not get it again."""

    def calls(code: str, status: int = 200, *, alike: bool = False) -> int:
        batch = [message(number, n="1" if alike else str(number)) for number in range(8)]
        outcomes, requests = send(refusing(code, status=status), *batch)
        assert {one.provider_code for one in outcomes} == {code}
        assert {one.is_unknown_code for one in outcomes} == {not CALLS.knows(code)}
        return len(requests)

    every = 15
    for code, unlike, alike in (
        ("isv.SOMETHING_NEW", 1, 1),
        ("MissingSignName", 1, 1),
        ("isv.INVALID_PARAMETERS", 1, 1),
        ("isv.MOBILE_COUNT_OVER_LIMIT", 1, 1),
        ("isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE", 1, 1),
        ("isv.DAY_LIMIT_CONTROL", 1, 1),
        ("isv.MOBILE_NUMBER_ILLEGAL", every, every),
        ("isv.BUSINESS_LIMIT_CONTROL", every, every),
        ("isv.PARAM_LENGTH_LIMIT", every, 1),
    ):
        assert (code, calls(code), calls(code, alike=True)) == (code, unlike, alike)
    assert set(CALLS.meanings) > OF_ONE_NUMBER | OF_ONE_TEXT


@pytest.mark.parametrize(
    ("code", "said", "kind", "wait"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", K.RATE_LIMITED, timedelta(minutes=1)),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5", K.RATE_LIMITED, timedelta(hours=1)),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10", K.RATE_LIMITED, timedelta(hours=13)),
        ("isv.DAY_LIMIT_CONTROL", "", K.RATE_LIMITED, timedelta(hours=13)),
        ("isv.MONTH_LIMIT_CONTROL", "", K.RATE_LIMITED, timedelta(days=2, hours=13)),
        ("isv.NOBODY_KNOWS", "13800000001 is odd", K.PERMANENT, None),
    ],
)
def test_limits_last_as_long_as_the_provider_says(
    code: str, said: str, kind: OutcomeKind, wait: timedelta | None
) -> None:
    (outcome,), _ = send(refusing(code, said), message(1))
    assert (outcome.kind, outcome.provider_code, outcome.retry_after) == (kind, code, wait)
    assert "13800000001" not in outcome.detail


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Said(status=429), K.RATE_LIMITED),
        (Said(status=403), K.AUTH_ERROR),
        (Said(status=404), K.PERMANENT),
        (Said(b"<html>", 502), K.UNCERTAIN),
        (Said(b"[1]", 200), K.UNCERTAIN),
        (Said({"Code": "isv.NOBODY_KNOWS"}, 500), K.UNCERTAIN),
        (Said({"Code": "InvalidAccessKeyId.NotFound"}, 404), K.AUTH_ERROR),
        (Said({"Code": "Throttling.Api"}, 400), K.RATE_LIMITED),
        (Said({"Code": "isp.SYSTEM_ERROR"}, 500), K.RETRYABLE),
        (Said(close=True), K.UNCERTAIN),
        (Said(silent=True), K.UNCERTAIN),
    ],
)
def test_answers_without_a_code(said: Said, kind: OutcomeKind) -> None:
    (outcome,), requests = send(lambda _: said, message(1))
    assert outcome.kind is kind
    assert len(requests) == 1


def test_what_is_not_offered_at_all() -> None:
    marketing = "全场八折"
    batch = [
        message(1, address="13800000001"),
        message(2, text=marketing, marketing=True),
        message(3, text=f"{marketing}，拒收请回复Ｒ。", marketing=True),
        message(4, text=marketing),
        message(5, text="Sale", address="+442071838750", marketing=True),
        message(6, marketing=True),
        OutboundMessage(message_id="m-7", address="+8613800000007", content=Content(template="t@1")),
    ]
    outcomes, _ = send(fine, *batch)
    assert [one.kind for one in outcomes] == [
        K.INVALID_RECIPIENT, K.CONTENT_REJECTED, K.ACCEPTED, K.ACCEPTED, K.ACCEPTED, K.ACCEPTED, K.CONTENT_REJECTED,
    ]  # fmt: skip
    assert [outcomes[place].scope for place in (1, 6)] == [S.TEMPLATE] * 2


def test_parts_are_counted_with_the_signature() -> None:
    # The signature and its brackets are 6 characters.
    batch = [
        message(1, text="字" * 64),
        message(2, text="字" * 65),
        message(3, text="a" * 160, address="+442071838750"),
    ]
    outcomes, _ = send(fine, *batch)
    assert [one.parts for one in outcomes] == [1, 2, 1]


RECORDS = {
    "13800000001": {"SendStatus": 3, "ErrCode": "DELIVERED", "OutId": "m-1", "ReceiveDate": "2026-11-28 11:00:09"},
    "13800000002": {"SendStatus": 2, "ErrCode": "MOBILE_IN_BLACK", "OutId": "m-2", "ReceiveDate": ""},
    "13800000003": {"SendStatus": 1, "OutId": "m-3"},
    "13800000004": {"SendStatus": 3, "OutId": "somebody else's"},
    "13800000005": {"SendStatus": 3, "OutId": "", "SendDate": "2026-11-28 11:00:01"},
    "13800000006": {
        "SendStatus": 3,
        "OutId": mark_of([message(6), message(7)], 255),
        "SendDate": "2026-11-28 11:00:01",
    },
    "13800000007": {
        "SendStatus": 3,
        "OutId": mark_of([message(6), message(7)], 255),
        "SendDate": "2026-11-27 11:00:01",
    },
    "13800000008": {"SendStatus": 2, "ErrCode": "REQUEST_SUCCESS", "OutId": "m-8"},
}


def details(request: Request) -> Said:
    assert request.headers["x-acs-action"] == "QuerySendDetails"
    assert request.query["SendDate"] == "20261128"
    record = RECORDS.get(request.query["PhoneNumber"])
    records = [{"PhoneNum": request.query["PhoneNumber"], **record}] if record else []
    return Said({"Code": "OK", "TotalCount": len(records), "SmsSendDetailDTOs": {"SmsSendDetailDTO": records}})


def test_uncertain_messages_are_asked_about() -> None:
    questions = [asked(number) for number in range(1, 10)] + [asked(5, "b-5")]
    answers, requests = play(details, lambda channel, account: channel.query(account, questions))
    known = [bool(one) for one in answers]
    assert known == [True, True, True, False, False, True, False, True, False, True]
    assert all(one.kind is K.ACCEPTED for one in answers if one)
    assert requests[-1].query.get("BizId", "b-5") == "b-5"
    none, _ = play(refusing("isp.SYSTEM_ERROR"), lambda channel, account: channel.query(account, questions[:1]))
    assert none == [None]


def test_receipts_that_were_lost_are_asked_for() -> None:
    questions = [asked(number, f"b-{number}") for number in range(1, 9)]
    receipts, _ = play(details, lambda channel, account: channel.follow_up(account, questions))
    kinds = {one.message_id: one.outcome.kind if one.outcome else one.kind for one in receipts}
    assert kinds == {
        "m-1": ReceiptKind.DELIVERED,
        "m-2": K.NOT_SUBSCRIBED,
        "m-5": ReceiptKind.DELIVERED,
        "m-6": ReceiptKind.DELIVERED,
    }
    assert receipts[0].time == datetime(2026, 11, 28, 3, 0, 9, tzinfo=UTC)


def test_pages_are_turned_and_days_around_midnight_are_asked() -> None:
    filler = [{"SendStatus": 3, "OutId": "x"}] * 50
    late = Asked(message_id="m-1", address="+8613800000001", sent_time=datetime(2026, 11, 28, 15, 58, tzinfo=UTC))

    def say(request: Request) -> Said:
        is_there = (request.query["SendDate"], request.query["CurrentPage"]) == ("20261129", "2")
        records = [RECORDS["13800000001"]] if is_there else filler
        return Said({"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": records}})

    (answer,), requests = play(say, lambda channel, account: channel.query(account, [late]))
    assert answer.kind is K.ACCEPTED
    assert len(requests) == 6


def push(*items: Mapping[str, Any]) -> Callback:
    return Callback(method="POST", body=json.dumps(items).encode(), time=NOW)


def read(callback: Callback) -> Sequence[Any]:
    return asyncio.run(AliyunSmsChannel().read(Account("a", "sms", settings()), callback))


def test_receipts_of_several_messages_are_told_apart_by_the_number() -> None:
    item = {
        "phone_number": "13800000001",
        "send_time": "2026-11-28 11:00:00",
        "report_time": "2026-11-28 11:00:05",
        "success": False,
        "err_code": "USER_REJECT",
        "err_msg": "13800000001 refuses",
        "sms_size": "1",
        "biz_id": "b-1",
        "out_id": "~AAAA",
    }
    (receipt,) = read(push(item))
    assert (receipt.message_id, receipt.provider_id, receipt.address) == ("", "b-1", "+8613800000001")
    assert receipt.outcome.kind is K.NOT_SUBSCRIBED
    assert "138" not in receipt.outcome.detail
    assert receipt.time == datetime(2026, 11, 28, 3, 0, 5, tzinfo=UTC)
    (single,) = read(push({**item, "out_id": "m-1", "success": True, "report_time": "soon"}))
    assert single == Receipt(
        kind=ReceiptKind.DELIVERED, time=NOW, message_id="m-1", provider_id="b-1", address="+8613800000001"
    )
    assert read(push({**item, "err_code": "REQUEST_SUCCESS"})) == []
    assert read(push({**item, "out_id": "", "biz_id": ""})) == []
    (foreign,) = read(push({"To": "13125550100", "Status": 1, "MessageId": "x-1"}))
    assert (foreign.kind, foreign.provider_id, foreign.address) == (ReceiptKind.DELIVERED, "x-1", "+13125550100")


@pytest.mark.parametrize(
    ("text", "refuses"),
    [("R", True), (" ｔｄ ", True), ("退订。", True), ("收到", False), ("Really?", False), ("", False)],
)
def test_customers_answers_are_read(text: str, refuses: bool) -> None:
    (answered,) = read(push({"phone_number": "+8613800000001", "content": text, "sequence_id": 12}))
    assert answered == Answered(
        report_id="answer 12", address="+8613800000001", text=text, is_refusal=refuses, time=NOW
    )
    assert len(read(push({"phone_number": "13800000001", "content": text}))[0].report_id) <= 200


@pytest.mark.parametrize("body", [b"[1]", b'[{"x": 1}]', b"{", b"[" * 100_000])
def test_what_is_no_push_is_refused(body: bytes) -> None:
    reply = AliyunSmsChannel().answer(Account("a", "sms", settings()), Callback(method="POST", body=body, time=NOW))
    assert (reply.status, reply.key) == (400, "")


def test_settings_of_accounts_and_of_the_adapter() -> None:
    for endpoint in ("http://sms.example.com", "ftp://x", "https://", "https://x/path"):
        with pytest.raises(SettingsError, match="endpoint"):
            settings(endpoint)
    with pytest.raises(SettingsError, match="marketing_closes"):
        settings(marketing_opens=9, marketing_closes=9)
    assert settings("http://localhost:1").endpoint
    assert tidegate_channels({})[0].manifest.limits
    assert not tidegate_channels({"limits": False})[0].manifest.limits
    for wrong in ({"limits": "no"}, {"limit": True}):
        with pytest.raises(ValueError, match="limits"):
            tidegate_channels(wrong)


def test_the_token_of_temporary_credentials_is_signed() -> None:
    async def run(url: str) -> None:
        channel = AliyunSmsChannel()
        account = Account("a", "sms", settings(url, security_token=Secret("sts")))
        await channel.send(account, [message(1)])
        other = Account("a", "sms", settings(url))
        await channel.send(other, [message(1)])
        assert (await channel.test(other)).kind is K.ACCEPTED
        await channel.close()

    with Provider(fine) as provider:
        asyncio.run(run(provider.url))
        first, second, _ = provider.requests
    assert first.headers["x-acs-security-token"] == "sts"
    assert "x-acs-security-token" in first.headers["authorization"]
    assert "x-acs-security-token" not in second.headers
