"""The simulated SMS service of Tencent Cloud, held by Tencent's own SDK, and by its published signatures."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from support.callbacks import callbacks
from support.shared_data import shared_data
from support.signed_calls import call_tencent
from tidegate.runtime.clock import ManualClock
from tidegate_simulators.tencent import KEY, LIMITS, SDK_APP_ID, SIGN, SecretKey, TencentSimulator
from tidegate_simulators.tencent.signing import Request, canonical, signature
from tidegate_simulators.web import Entry, Fault

SDK = "the SDK is not installed: pip install --group vendor-sdks"
ANN, BOB, CLEO = "+8613900000001", "+8613900000002", "+8613900000003"
HONG_KONG = "+85251234567"
CODE, NOTICE, MARKETING, ABROAD = "1000001", "1000002", "1000003", "1000004"
ONE = {"PhoneNumberSet": [ANN], "TemplateId": CODE, "SignName": SIGN, "TemplateParamSet": ["4370"]}
TAKEN = '{"result":0,"errmsg":"OK"}'


class Sdk:
    """The vendor's client, one call for each thing that is tried."""

    def __init__(
        self, url: str, secret: str = KEY.secret_key, *, timeout: float = 10, region: str = "ap-guangzhou"
    ) -> None:
        credential = pytest.importorskip("tencentcloud.common.credential", reason=SDK)
        client_profile = pytest.importorskip("tencentcloud.common.profile.client_profile", reason=SDK)
        http_profile = pytest.importorskip("tencentcloud.common.profile.http_profile", reason=SDK)
        client = pytest.importorskip("tencentcloud.sms.v20210111.sms_client", reason=SDK)
        self._models: Any = pytest.importorskip("tencentcloud.sms.v20210111.models", reason=SDK)
        errors = pytest.importorskip("tencentcloud.common.exception.tencent_cloud_sdk_exception", reason=SDK)
        self._error: Any = errors.TencentCloudSDKException
        http = http_profile.HttpProfile(protocol="http", endpoint=url.removeprefix("http://"), reqTimeout=timeout)
        profile = client_profile.ClientProfile(httpProfile=http)
        self._client: Any = client.SmsClient(credential.Credential(KEY.secret_id, secret), region, profile)

    def ask(self, action: str, **given: Any) -> Any:
        request = getattr(self._models, f"{action}Request")()
        for name, value in {"SmsSdkAppId": SDK_APP_ID, **given}.items():
            setattr(request, name, value)
        return getattr(self._client, action)(request)

    def send(self, *numbers: str, template: str = CODE, values: tuple[str, ...] = ("4370",), **given: Any) -> Any:
        asked = {"TemplateId": template, "SignName": SIGN, "TemplateParamSet": list(values), **given}
        return self.ask("SendSms", PhoneNumberSet=list(numbers or (ANN,)), **asked).SendStatusSet

    def codes(self, *numbers: str, **given: Any) -> list[str]:
        return [status.Code for status in self.send(*numbers, **given)]

    def refused(self, action: str = "SendSms", **given: Any) -> str:
        """The code of a call that is refused."""
        asked = ONE if action == "SendSms" else {}
        with pytest.raises(self._error) as caught:
            self.ask(action, **asked | given)
        return str(caught.value.code)


@pytest.fixture
def sdk_time(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """What the SDK takes for the time; it begins as the cloud's."""
    own = ManualClock(clock.now())
    client = pytest.importorskip("tencentcloud.common.abstract_client", reason=SDK)
    monkeypatch.setattr(client, "time", SimpleNamespace(time=lambda: own.now().timestamp()))
    return own


@pytest.fixture
def cloud(clock: ManualClock, sdk_time: ManualClock) -> Iterator[TencentSimulator]:
    """One that posts nothing by itself."""
    with TencentSimulator(clock=clock.now, push_every=0) as running:
        yield running


@pytest.fixture
def sdk(cloud: TencentSimulator) -> Sdk:
    return Sdk(cloud.url)


@pytest.fixture
def move(clock: ManualClock, sdk_time: ManualClock) -> Any:
    """Moves the cloud's time and the SDK's."""

    def both(**delta: float) -> None:
        clock.advance(timedelta(**delta))
        sdk_time.set(clock.now())

    return both


def test_the_sdk_sends_and_pulls_what_became_of_it(cloud: TencentSimulator, sdk: Sdk, move: Any) -> None:
    cloud.account.result_after = 30
    cloud.account.results[BOB] = "MB:1032"
    ann, bob, wrong = sdk.send(
        ANN, "13900000002", "+8612", template=NOTICE, values=("安", "A1"), SessionContext="call-1", ExtendCode="90"
    )
    assert (ann.Code, ann.Message, ann.Fee, ann.IsoCode, ann.SessionContext) == (
        "Ok",
        "send success",
        1,
        "CN",
        "call-1",
    )
    assert (bob.Code, bob.PhoneNumber) == ("Ok", BOB)
    assert (wrong.Code, wrong.SerialNo, wrong.Fee) == ("InvalidParameterValue.IncorrectPhoneNumber", "", 0)
    (sms,) = cloud.received[ANN]
    assert (sms.text, sms.receipt_id, sms.caller_id) == ("【潮汐】安您好，您的订单A1已发货。", ann.SerialNo, "call-1")
    assert sms.extend_code == "90"
    assert ann.SerialNo != bob.SerialNo
    assert cloud.taken == 2

    since = int(cloud._clock().timestamp())
    asked = {"BeginTime": since, "Offset": 0, "Limit": 10, "PhoneNumber": ANN}
    assert sdk.ask("PullSmsSendStatus", Limit=100).PullSmsSendStatusSet == []
    assert sdk.ask("PullSmsSendStatusByPhoneNumber", **asked).PullSmsSendStatusSet == []
    move(seconds=30)
    (first,) = sdk.ask("PullSmsSendStatus", Limit=1).PullSmsSendStatusSet
    (second,) = sdk.ask("PullSmsSendStatus", Limit=100).PullSmsSendStatusSet
    assert sdk.ask("PullSmsSendStatus", Limit=100).PullSmsSendStatusSet == []
    assert (first.SerialNo, first.ReportStatus, first.SessionContext) == (ann.SerialNo, "SUCCESS", "call-1")
    assert (first.CountryCode, first.SubscriberNumber, first.PhoneNumber) == ("86", "13900000001", ANN)
    assert first.UserReceiveTime == since + 30
    assert (second.SerialNo, second.ReportStatus, second.Description) == (bob.SerialNo, "FAIL", "MB:1032")
    (by_number,) = sdk.ask("PullSmsSendStatusByPhoneNumber", **asked).PullSmsSendStatusSet
    assert by_number.SerialNo == ann.SerialNo

    pull = "PullSmsSendStatusByPhoneNumber"
    assert sdk.refused(pull, **asked | {"Limit": 101}) == "InvalidParameterValue.LimitVerifyFail"
    assert sdk.refused(pull, **asked | {"Offset": 1}) == "InvalidParameterValue.OffsetVerifyFail"
    assert sdk.refused(pull, **asked | {"BeginTime": since - 8 * 86_400}) == "InvalidParameterValue.BeginTimeVerifyFail"
    assert sdk.refused(pull, **asked | {"EndTime": since - 1}) == "InvalidParameterValue.EndTimeVerifyFail"
    cloud.account.pull_is_active = False
    assert sdk.refused("PullSmsSendStatus", Limit=1) == "UnauthorizedOperation.RequestPermissionDeny"

    sdk.send(ANN, template=NOTICE, values=("安", "A1"))
    assert cloud.duplicates() == {(ANN, sms.text): 2}


def test_the_gateway_lets_in_what_is_signed_now(
    cloud: TencentSimulator, sdk: Sdk, sdk_time: ManualClock, clock: ManualClock
) -> None:
    stranger = Sdk(cloud.url, secret="another")
    assert stranger.refused() == "AuthFailure.SignatureFailure"
    cloud.account.keys = (SecretKey("another", KEY.secret_key),)
    assert sdk.refused() == "AuthFailure.SecretIdNotFound"
    cloud.account.keys = (KEY,)
    for seconds in (301, -301):
        sdk_time.set(clock.now() + timedelta(seconds=seconds))
        assert sdk.refused() == "AuthFailure.SignatureExpire"
    for seconds in (300, -300):
        sdk_time.set(clock.now() + timedelta(seconds=seconds))
        assert sdk.codes(HONG_KONG, template=ABROAD)
    assert Sdk(cloud.url, region="").refused() == "MissingParameter"
    assert Sdk(cloud.url, region="ap-tokyo").refused() == "UnsupportedRegion"
    assert sdk.refused(SmsSdkAppId="1400000002") == "UnauthorizedOperation.SmsSdkAppIdVerifyFail"


WRONG_REQUESTS: list[tuple[dict[str, Any], str]] = [
    ({"changes": {"authorization": "Bearer x"}}, "AuthFailure.InvalidAuthorization"),
    ({"changes": {"x-tc-timestamp": None}}, "MissingParameter"),
    ({"changes": {"x-tc-timestamp": "now"}}, "InvalidParameterValue"),
    ({"changes": {"content-type": "application/json; charset=utf-8"}}, "AuthFailure.SignatureFailure"),
    ({"signs": {"content-type": "text/plain"}}, "UnsupportedProtocol"),
    ({"signs": {"x-tc-action": "SendMms"}}, "InvalidAction"),
    ({"signs": {"x-tc-version": "2019-07-11"}}, "NoSuchVersion"),
    ({"signs": {"x-tc-token": "t"}}, "AuthFailure.TokenFailure"),
    ({"scope": "cvm"}, "AuthFailure.SignatureFailure"),
    ({"body": b"PhoneNumberSet=1"}, "InvalidRequest"),
    ({"body": b"[]"}, "InvalidRequest"),
    ({"body": b'{"PhoneNumbers":[]}'}, "UnknownParameter"),
    ({"path": "/sms"}, "UnsupportedProtocol"),
]


def test_requests_that_are_not_the_vendors(clock: ManualClock) -> None:
    body = json.dumps(ONE | {"SmsSdkAppId": SDK_APP_ID}).encode()
    with TencentSimulator(clock=clock.now) as cloud:
        for wrong, code in WRONG_REQUESTS:
            given = {"body": body, "path": "/"} | wrong
            status, told = call_tencent(
                cloud.url + given.pop("path"), cloud.settings, given.pop("body"), now=clock.now(), **given
            )
            assert (wrong, status, told["Error"]["Code"]) == (wrong, 200, code)
        assert cloud.taken == 0
        call_tencent(cloud.url, cloud.settings, body, now=clock.now())
        cloud.wait_for(1)
        cloud.account.keys = (replace(KEY, token="t"),)
        _, told = call_tencent(cloud.url, cloud.settings, body, now=clock.now())
        assert told["Error"]["Code"] == "AuthFailure.TokenFailure"
        _, told = call_tencent(cloud.url, cloud.settings, body, now=clock.now(), signs={"x-tc-token": "t"})
        assert told["SendStatusSet"][0]["Code"] == "LimitExceeded.PhoneNumberThirtySecondLimit"
        with pytest.raises(TimeoutError, match="1 messages of 2"):
            cloud.wait_for(2, timeout=0.01)
        with pytest.raises(ValueError, match=r"E\.164"):
            cloud.reply("1", "R")


def test_the_published_signatures() -> None:
    for vector in json.loads(shared_data("vectors/signature_vectors.json").read_text())["tencent_tc3"]:
        headers = {
            "content-type": "application/json; charset=utf-8",
            "host": vector.get("host", "cvm.tencentcloudapi.com"),
            "x-tc-action": vector.get("action", ""),
        }
        text = canonical(Request(headers=headers, body=vector["payload"].encode()), vector["signed_headers"].split(";"))
        given = {"timestamp": vector["timestamp"], "service": vector["service"], "text": text}
        assert signature(vector["secret_key"], **given) == vector["signature"]
        assert signature(f"{vector['secret_key']}x", **given) != vector["signature"]


OF_EACH_NUMBER: list[tuple[dict[str, Any], str]] = [
    ({"SignName": "别人"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
    ({"SignName": None}, "FailedOperation.SignatureIncorrectOrUnapproved"),
    ({"template": "1"}, "FailedOperation.TemplateUnapprovedOrNotExist"),
    ({"template": ABROAD}, "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone"),
    ({"values": ()}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
    ({"values": ("1", "2")}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
    ({"values": ("12a4",)}, "InvalidParameterValue.TemplateParameterFormatError"),
    ({"values": ("1234567",)}, "InvalidParameterValue.TemplateParameterFormatError"),
    ({"template": NOTICE, "values": ("安", "A123456")}, "InvalidParameterValue.TemplateParameterLengthLimit"),
    (
        {"template": NOTICE, "values": ("安", "https://t.cn/a")},
        "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
    ),
]
OF_THE_CALL: list[tuple[dict[str, Any], str]] = [
    ({"SessionContext": "x" * 512}, "InvalidParameter.InvalidParameters"),
    ({"PhoneNumberSet": []}, "MissingParameter.EmptyPhoneNumberSet"),
    ({"PhoneNumberSet": [ANN] * 201}, "LimitExceeded.PhoneNumberCountLimit"),
    ({"PhoneNumberSet": [ANN, HONG_KONG]}, "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber"),
    ({"PhoneNumberSet": None}, "MissingParameter"),
    ({"PhoneNumberSet": ANN}, "InvalidParameter"),
    ({"TemplateParamSet": [4370]}, "InvalidParameter"),
    ({"TemplateId": ""}, "MissingParameter"),
]


def test_what_the_service_refuses(cloud: TencentSimulator, sdk: Sdk) -> None:
    for given, code in OF_EACH_NUMBER:
        assert (given, sdk.codes(ANN, BOB, **given)) == (given, [code, code])
    for given, code in OF_THE_CALL:
        assert (given, sdk.refused(**given)) == (given, code)
    assert sdk.codes(HONG_KONG, template=CODE) == ["UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone"]
    cloud.account.templates[NOTICE] = replace(cloud.account.templates[NOTICE], content="长" * 500)
    assert sdk.codes(template=NOTICE, values=()) == ["InvalidParameterValue.ContentLengthLimit"]
    assert cloud.taken == 0
    (abroad,) = sdk.send(HONG_KONG, template=ABROAD, SignName=None)
    assert (abroad.Code, abroad.IsoCode) == ("Ok", "HK")
    assert cloud.received[HONG_KONG][0].text == "Your code is 4370."


def test_how_often_a_number_may_be_sent_to(cloud: TencentSimulator, sdk: Sdk, move: Any) -> None:
    limit = "LimitExceeded.PhoneNumber"
    assert sdk.codes(ANN, ANN, BOB) == ["Ok", f"{limit}ThirtySecondLimit", "Ok"]
    for _ in range(4):
        move(seconds=30)
        assert sdk.codes() == ["Ok"]
    move(seconds=30)
    assert sdk.codes() == [f"{limit}OneHourLimit"]
    for _ in range(5):
        move(hours=1)
        assert sdk.codes() == ["Ok"]
    move(hours=1)
    assert sdk.codes() == [f"{limit}DailyLimit"]
    move(hours=6)  # it is past midnight in Beijing
    assert sdk.codes() == ["Ok"]
    assert [len(messages) for messages in cloud.received.values()] == [11, 1]


def test_marketing_has_its_hours_and_its_refusals(cloud: TencentSimulator, sdk: Sdk, move: Any) -> None:
    offer: dict[str, Any] = {"template": MARKETING, "values": ("安", "VIP", "aB3x9Q"), "ExtendCode": "12"}
    with callbacks(TAKEN) as platform:
        cloud.call_back(platform.url)
        told = {}
        for hour in (12, 21, 22, 31, 32):
            told[hour] = sdk.codes(**offer)[0]
            move(hours={12: 9, 21: 1, 22: 9, 31: 1, 32: 1}[hour])
        closed = "FailedOperation.MarketingSendTimeConstraint"
        assert told == {12: "Ok", 21: "Ok", 22: closed, 31: closed, 32: "Ok"}
        cloud.reply(ANN, "R")
        assert sdk.codes(ANN, BOB, **offer) == ["FailedOperation.PhoneNumberInBlacklist", "Ok"]
        assert sdk.codes() == ["Ok"]
        cloud.push()
        answer = platform.posts[-1]
        assert answer == {
            "extend": "12",
            "mobile": "13900000001",
            "nationcode": "86",
            "sign": SIGN,
            "text": "R",
            "time": int(cloud._clock().timestamp()),
        }
    (pulled,) = sdk.ask("PullSmsReplyStatus", Limit=10).PullSmsReplyStatusSet
    assert (pulled.PhoneNumber, pulled.ReplyContent, pulled.ExtendCode) == (ANN, "R", "12")
    asked = {"BeginTime": answer["time"], "Offset": 0, "Limit": 10, "PhoneNumber": ANN}
    (of_ann,) = sdk.ask("PullSmsReplyStatusByPhoneNumber", **asked).PullSmsReplyStatusSet
    assert of_ann.ReplyTime == answer["time"]


def test_anything_goes_wrong_on_request(cloud: TencentSimulator, sdk: Sdk) -> None:
    cloud.script.add(Entry(Fault.REFUSE, "RequestLimitExceeded"), times=1)
    assert sdk.refused() == "RequestLimitExceeded"
    cloud.account.limits = replace(LIMITS, calls={"SendSms": 0})
    assert sdk.refused() == "RequestLimitExceeded"
    cloud.account.limits = LIMITS
    cloud.script.add(Entry(Fault.REFUSE, "FailedOperation.ContainSensitiveWord", address=BOB), times=1)
    assert sdk.codes(ANN, BOB) == ["Ok", "FailedOperation.ContainSensitiveWord"]
    cloud.script.add(Entry(Fault.REFUSE, "http:503"), times=1)
    assert sdk.refused() == "ServerNetworkError"
    cloud.account.balance = 1
    assert sdk.codes(BOB, CLEO) == ["Ok", "FailedOperation.InsufficientBalanceInSmsPackage"]
    asked = {"Limit": 10, "Offset": 0, "BeginTime": "2026112800", "EndTime": "2026112812"}
    (package,) = sdk.ask("SmsPackagesStatistics", **asked).SmsPackagesStatisticsSet
    assert (package.PackageAmount, package.CurrentUsage) == (2, 2)
    cloud.account.balance = None
    hurried = Sdk(cloud.url, timeout=1.0)
    for fault, number, taken in (
        (Fault.CLOSE_BEFORE_TAKING, "+8613900000011", 2),
        (Fault.CLOSE_AFTER_TAKING, "+8613900000012", 3),
        (Fault.SILENT_AFTER_TAKING, "+8613900000013", 4),
    ):
        cloud.script.add(Entry(fault), times=1)
        assert hurried.refused(PhoneNumberSet=[number]) == "ClientNetworkError"
        assert cloud.taken == taken
    cloud.script.add(Entry(Fault.SLOW, delay=0.05), times=1)
    assert sdk.codes("+8613900000014") == ["Ok"]


def test_receipts_are_posted_late_twice_and_out_of_order(cloud: TencentSimulator, sdk: Sdk, move: Any) -> None:
    with callbacks(TAKEN) as platform:
        cloud.call_back(platform.url)
        cloud.account.result_after = 3_600
        serials = {}
        for number in (ANN, HONG_KONG):
            (status,) = sdk.send(number, template=CODE if number == ANN else ABROAD)
            serials[number] = status.SerialNo
            move(seconds=1)
        assert cloud.push() == 0
        move(hours=1)
        cloud.receipts.times, cloud.receipts.newest_first = 2, True
        assert cloud.push() == 4
        post = [
            {
                "user_receive_time": time,
                "nationcode": nation,
                "mobile": mobile,
                "report_status": "SUCCESS",
                "errmsg": "DELIVRD",
                "description": "用户短信送达成功",
                "sid": serials[number],
            }
            for number, nation, mobile, time in (
                (HONG_KONG, "852", "51234567", "2026-11-28 13:00:01"),
                (ANN, "86", "13900000001", "2026-11-28 13:00:00"),
            )
        ]
        assert platform.posts == [post, post]
        platform.posts.clear()
        cloud.receipts.times, cloud.account.result_after = 1, 0
        platform.replies = [(200, '{"result":1,"errmsg":"later"}'), (200, "thanks")]
        sdk.send(BOB)
        told = [cloud.push()]
        for minutes in (1, 5):
            move(minutes=minutes)
            told.append(cloud.push())
        assert told == [0, 0, 1]
        assert len(platform.posts) == 3
