"""Parts of the channel `sms.tencent`: signatures, calls, codes, what is asked and pulled, and what is pushed."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
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
from tidegate_adapters.sms.marks import mark_of
from tidegate_adapters.tencent import TencentSettings, TencentSmsChannel, tidegate_channels
from tidegate_adapters.tencent.client import Client
from tidegate_adapters.tencent.codes import CALLS, RECEIPTS
from tidegate_adapters.tencent.pulling import Pulling
from tidegate_adapters.tencent.signing import authorization, canonical_request, signature, signing_key

K, S = OutcomeKind, Scope
NOW = datetime(2026, 11, 28, 15, 30, tzinfo=UTC)


def settings(url: str = "http://127.0.0.1:1", **more: Any) -> TencentSettings:
    given = {"secret_id": "id", "secret_key": Secret("key"), "sdk_app_id": "1400", "sign_name": "潮汐", "timeout": 1.0}
    return TencentSettings(**{**given, "endpoint": url, **more})


def message(number: int, *values: str, address: str = "", text: str = "", **named: str) -> OutboundMessage:
    variables = {str(index): value for index, value in enumerate(values, 1)} | named
    return OutboundMessage(
        message_id=f"m-{number}",
        address=address or f"+861380000{number:04d}",
        content=Content(template="t@1", text=text, provider_template="1110", variables=variables),
    )


def asked(number: int, provider_id: str = "") -> Asked:
    return Asked(message_id=f"m-{number}", address=f"+861380000{number:04d}", provider_id=provider_id, sent_time=NOW)


def play(
    say: Callable[[Request], Said],
    scene: Callable[[TencentSmsChannel, Account[TencentSettings]], Any],
    **more: Any,
) -> Any:
    """The result of a scene, and what the provider was asked in it."""

    async def run(url: str) -> Any:
        channel = TencentSmsChannel(clock=lambda: NOW)
        try:
            return await scene(channel, Account("a", "sms", settings(url, **more)))
        finally:
            await channel.close()

    with Provider(say) as provider:
        return asyncio.run(run(provider.url)), provider.requests


def send(
    say: Callable[[Request], Said], *messages: OutboundMessage, **more: Any
) -> tuple[Sequence[Outcome], list[Request]]:
    outcomes, requests = play(say, lambda channel, account: channel.send(account, messages), **more)
    return outcomes, requests


def fine(request: Request) -> Said:
    numbers = request.json["PhoneNumberSet"]
    return results(*({"PhoneNumber": one, "SerialNo": f"5000:{one}", "Fee": 2, "Code": "Ok"} for one in numbers))


def results(*rows: Mapping[str, Any]) -> Said:
    return Said({"Response": {"SendStatusSet": list(rows), "RequestId": "r"}})


def _as_is(said: Said, _: Request) -> Said:
    return said


def refused(code: str, words: str = "", status: int = 200) -> Said:
    return Said({"Response": {"Error": {"Code": code, "Message": words}, "RequestId": "r"}}, status)


def test_the_published_signatures() -> None:
    for one in json.loads(shared_data("vectors/signature_vectors.json").read_text())["tencent_tc3"]:
        headers = {"content-type": "application/json; charset=utf-8", "host": "cvm.tencentcloudapi.com"}
        if "action" in one:
            headers["x-tc-action"] = one["action"]
        canonical = canonical_request(one["payload"].encode(), headers)
        key = signing_key(one["secret_key"], "cvm", "2019-02-25")
        found = signature(canonical, key, "cvm", one["timestamp"])
        assert found == one["signature"]
        assert one.get("secret_signing", key.hex()) == key.hex()
        header = authorization(headers, found, "AKID", "cvm", one["timestamp"])
        assert header == (
            "TC3-HMAC-SHA256 Credential=AKID/2019-02-25/cvm/tc3_request,"
            f" SignedHeaders={one['signed_headers']}, Signature={found}"
        )


def test_codes_mean_what_the_vendor_and_the_carriers_say() -> None:
    told = json.loads(shared_data("provider_outcomes.json").read_text())
    rows = [(CALLS, *row) for row in told["tencent"].items()] + [(RECEIPTS, *row) for row in told["smpp_dlr"].items()]
    for codes, code, (kind, scope) in rows:
        outcome = codes.outcome(code, "said")
        assert (outcome.kind, outcome.scope, outcome.provider_code) == (K(kind), SCOPES[scope], code), code
    assert CALLS.outcome("AuthFailure.SignatureFailure").kind is K.AUTH_ERROR
    unknown = CALLS.outcome("NeverSeen.AtAll")
    assert (unknown.kind, unknown.is_unknown_code) == (K.PERMANENT, True)


def test_a_call_carries_what_the_provider_wants() -> None:
    (outcome,), (request,) = send(fine, message(7, "4370", "5"), token=Secret("sts"))
    assert outcome == Outcome.accepted("5000:+8613800000007", code="Ok", parts=2)
    assert request.json == {
        "PhoneNumberSet": ["+8613800000007"],
        "SmsSdkAppId": "1400",
        "TemplateId": "1110",
        "TemplateParamSet": ["4370", "5"],
        "SessionContext": "m-7",
        "SignName": "潮汐",
    }
    wanted = {"x-tc-action": "SendSms", "x-tc-version": "2021-01-11", "x-tc-region": "ap-guangzhou"}
    assert wanted.items() <= request.headers.items()
    assert request.headers["x-tc-timestamp"] == str(int(NOW.timestamp()))
    assert request.headers["x-tc-token"] == "sts"
    assert (
        "/2026-11-28/sms/tc3_request, SignedHeaders=content-type;host;x-tc-action," in request.headers["authorization"]
    )


def test_one_content_and_one_side_of_the_border_to_a_call() -> None:
    batch = [
        message(1, "a"),
        message(2, "a"),
        message(3, "b"),
        message(4, "a", address="+442071838750"),
        message(5, "a", address="+8613800000001"),
    ]
    outcomes, requests = send(fine, *batch, sender_id="Shop")
    assert [one.kind for one in outcomes] == [K.ACCEPTED] * 5
    calls = {tuple(request.json["PhoneNumberSet"]): request.json for request in requests}
    assert sorted(map(len, calls)) == [1, 1, 1, 2] or len(requests) == 4
    assert calls["+8613800000001", "+8613800000002"]["SessionContext"] == mark_of(batch[:2], 511)
    abroad = calls[("+442071838750",)]
    assert (abroad.get("SignName"), abroad["SenderId"]) == (None, "Shop")
    assert "SenderId" not in calls["+8613800000003",]


def test_two_hundred_numbers_go_in_one_call() -> None:
    outcomes, requests = send(fine, *(message(number, "a") for number in range(200)))
    assert len(requests) == 1
    assert outcomes[150].provider_id == "5000:+8613800000150"
    assert len(requests[0].json["SessionContext"].encode()) < 512


def test_each_number_has_a_result_of_its_own() -> None:
    def say(request: Request) -> Said:
        first, second, third, fourth, _ = request.json["PhoneNumberSet"]
        return results(
            {"PhoneNumber": fourth, "Code": "LimitExceeded.PhoneNumberDailyLimit", "Message": f"{fourth} has enough"},
            {"PhoneNumber": second, "Code": "FailedOperation.PhoneNumberInBlacklist"},
            {"PhoneNumber": first, "Code": "Ok", "SerialNo": "s-1"},
            {"PhoneNumber": third, "Code": "LimitExceeded.PhoneNumberThirtySecondLimit"},
        )

    outcomes, _ = send(say, *(message(number, text="字" * 67) for number in range(1, 6)))
    assert [one.kind for one in outcomes] == [
        K.ACCEPTED, K.NOT_SUBSCRIBED, K.RATE_LIMITED, K.RATE_LIMITED, K.UNCERTAIN,
    ]  # fmt: skip
    assert (outcomes[0].provider_id, outcomes[0].parts) == ("s-1", 2)
    assert outcomes[2].retry_after == timedelta(seconds=30)
    assert outcomes[3].retry_after == timedelta(minutes=30)
    assert "1380000" not in outcomes[3].detail
    codeless, _ = send(lambda _: results({"PhoneNumber": "+8613800000001", "SerialNo": "s-1"}), message(1))
    assert (codeless[0].kind, codeless[0].is_unknown_code) == (K.UNCERTAIN, False)
    nameless, _ = send(lambda _: results({"Code": "Ok", "SerialNo": "s-1"}), message(1))
    assert nameless[0].provider_id == "s-1"


def test_a_call_that_is_refused_for_one_number_is_parted() -> None:
    def say(request: Request) -> Said:
        is_bad = "+8613800000003" in request.json["PhoneNumberSet"]
        return refused("InvalidParameterValue.IncorrectPhoneNumber") if is_bad else fine(request)

    outcomes, _ = send(say, *(message(number) for number in range(8)))
    assert [one.kind is K.ACCEPTED for one in outcomes] == [number != 3 for number in range(8)]
    assert outcomes[3].kind is K.INVALID_RECIPIENT
    for code in ("FailedOperation.ContainSensitiveWord", "AuthFailure.SecretIdNotFound"):
        answer = refused(code)
        both, requests = send(partial(_as_is, answer), message(1), message(2))
        assert len(requests) == 1
        assert {one.provider_code for one in both} == {code}


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (refused("FailedOperation.MarketingSendTimeConstraint"), K.RETRYABLE),
        (refused("NeverSeen"), K.PERMANENT),
        (refused("NeverSeen", status=502), K.UNCERTAIN),
        (refused("InternalError.Timeout"), K.UNCERTAIN),
        (Said({"Response": "?"}), K.UNCERTAIN),
        (Said(b"busy", 503), K.UNCERTAIN),
        (Said(b"", 429), K.RATE_LIMITED),
        (Said({"Response": {"SendStatusSet": "?"}}), K.UNCERTAIN),
        (Said(close=True), K.UNCERTAIN),
    ],
)
def test_answers_as_a_whole(said: Said, kind: OutcomeKind) -> None:
    (outcome,), requests = send(lambda _: said, message(1))
    assert outcome.kind is kind
    assert len(requests) == 1
    if outcome.kind is K.RETRYABLE:
        assert outcome.retry_after == timedelta(hours=8, minutes=30)


def test_variables_are_numbered() -> None:
    batch = [message(1, "a", name="b"), message(2, **{"2": "a"}), message(3), message(4, address="110")]
    outcomes, (request,) = send(fine, *batch)
    assert [one.kind for one in outcomes] == [
        K.CONTENT_REJECTED, K.CONTENT_REJECTED, K.ACCEPTED, K.INVALID_RECIPIENT,
    ]  # fmt: skip
    assert outcomes[0].scope is S.TEMPLATE
    assert request.json["TemplateParamSet"] == []


def pulled(**fields: Any) -> dict[str, Any]:
    return {"ReportStatus": "SUCCESS", "Description": "送达", "UserReceiveTime": int(NOW.timestamp()), **fields}


HELD = {
    "+8613800000001": [pulled(SerialNo="x"), pulled(SerialNo="s-1", SessionContext="m-1")],
    "+8613800000002": [pulled(SessionContext="m-2", SerialNo="s-2", ReportStatus="FAIL", Description="空号 1234567")],
    "+8613800000003": [pulled(SessionContext=mark_of([message(3), message(4)], 511), SerialNo="s-3")],
    "+8613800000004": [pulled(SerialNo="s-4")],
}


def by_number(request: Request) -> Said:
    question = request.json
    assert request.headers["x-tc-action"] == "PullSmsSendStatusByPhoneNumber"
    assert question["Offset"] == 0
    assert question["BeginTime"] <= int(NOW.timestamp()) <= question["EndTime"]
    return Said({"Response": {"PullSmsSendStatusSet": HELD.get(question["PhoneNumber"], [])}})


def test_uncertain_messages_are_asked_about() -> None:
    questions = [asked(1), asked(1, "s-1"), asked(2), asked(3), asked(4), asked(5)]
    answers, _ = play(by_number, lambda channel, account: channel.query(account, questions))
    assert [one and one.provider_id for one in answers] == ["s-1", "s-1", "s-2", "s-3", None, None]
    assert all(one.kind is K.ACCEPTED for one in answers if one)
    none, _ = play(
        lambda _: refused("RequestLimitExceeded"), lambda channel, account: channel.query(account, questions[:1])
    )
    assert none == [None]


def test_the_provider_is_asked_no_more_than_twenty_times_a_second() -> None:
    pauses: list[tuple[float, int]] = []

    with Provider(by_number) as provider:

        async def ask() -> Sequence[Any]:
            client = Client(lambda: NOW)

            async def pause(seconds: float) -> None:
                pauses.append((seconds, len(provider.requests)))

            account = Account("a", "sms", settings(provider.url))
            found = await Pulling(client, pause).of(account, [asked(number) for number in range(100, 141)], NOW)
            await client.close()
            return found

        assert asyncio.run(ask()) == [None] * 41
    assert pauses == [(1.0, 20), (1.0, 40)]


def test_receipts_that_were_lost_are_asked_for() -> None:
    questions = [asked(1, "s-1"), asked(2, "s-2"), asked(3, "s-9")]
    receipts, _ = play(by_number, lambda channel, account: channel.follow_up(account, questions))
    delivered, bounced = receipts
    assert delivered == Receipt(kind=ReceiptKind.DELIVERED, time=NOW, message_id="m-1", provider_id="s-1")
    assert (bounced.message_id, bounced.outcome.kind, bounced.outcome.provider_code) == ("m-2", K.PERMANENT, "FAIL")
    assert "1234567" not in bounced.outcome.detail


def test_what_is_held_ready_is_pulled_where_that_is_activated() -> None:
    answer = {"PhoneNumber": "+8613800000001", "ReplyContent": "hello", "ReplyTime": int(NOW.timestamp())}

    def say(request: Request) -> Said:
        if request.headers["x-tc-action"] == "PullSmsReplyStatus":
            return Said({"Response": {"PullSmsReplyStatusSet": [answer]}})
        return Said({"Response": {"PullSmsSendStatusSet": [*HELD["+8613800000001"], *HELD["+8613800000003"]]}})

    reports, requests = play(say, lambda channel, account: channel.collect(account), pulls=True)
    assert [getattr(one, "message_id", "answer") for one in reports] == ["", "m-1", "", "answer"]
    assert reports[0].provider_id == "x"
    assert isinstance(reports[3], Answered)
    assert not reports[3].is_refusal
    assert all(request.json == {"SmsSdkAppId": "1400", "Limit": 100} for request in requests)
    nothing, requests = play(say, lambda channel, account: channel.collect(account))
    assert (nothing, requests) == ([], [])


def test_what_is_pushed_and_says_nothing_is_left_out() -> None:
    item = {"sid": "s-1", "report_status": "FAIL", "errmsg": "MK:0001", "user_receive_time": "soon"}
    items = [
        item,
        {**item, "report_status": "?"},
        {**item, "errmsg": "ACCEPTD"},
        {**item, "errmsg": "UNKNOWN"},
        {"text": "T", "mobile": "1"},
    ]

    def read(told: Any) -> Sequence[Any]:
        callback = Callback(method="POST", body=json.dumps(told).encode(), time=NOW)
        return asyncio.run(TencentSmsChannel().read(Account("a", "sms", settings()), callback))

    bounced, delivered = read(items)
    assert (bounced.outcome.kind, bounced.outcome.provider_code, bounced.time) == (K.PERMANENT, "MK:0001", NOW)
    assert delivered.kind is ReceiptKind.DELIVERED
    assert read({"text": "T", "mobile": "2071838750", "nationcode": "44", "time": 1})[0].address == "+442071838750"


def test_accounts_are_tested_and_settings_checked() -> None:
    for said, kind in ((by_number, K.ACCEPTED), (lambda _: Said(close=True), K.RETRYABLE)):
        outcome, _ = play(said, lambda channel, account: channel.test(account))
        assert outcome.kind is kind
    with pytest.raises(SettingsError, match="endpoint"):
        settings("http://sms.example.com")
    assert tidegate_channels({})[0].manifest.max_var_len == 6
    loose = tidegate_channels({"limits": False, "max_var_len": 0})[0].manifest
    assert (loose.limits, loose.max_var_len) == ((), None)
    for wrong in ({"limits": 1}, {"max_var_len": -1}, {"max_var_len": True}, {"else": 1}):
        with pytest.raises(ValueError, match="max_var_len"):
            tidegate_channels(wrong)
