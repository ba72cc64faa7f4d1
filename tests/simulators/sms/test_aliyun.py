"""The simulated SMS service of Aliyun, held by Aliyun's own SDK, and by its published example of a signature."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from support.callbacks import callbacks
from support.shared_data import shared_data
from support.signed_calls import call_aliyun
from tidegate.runtime.clock import ManualClock
from tidegate_simulators.aliyun import KEY, LIMITS, SIGN, AccessKey, AliyunSimulator, Registered
from tidegate_simulators.aliyun.signing import Gateway, Refused, Request, canonical, signature
from tidegate_simulators.sms import Template
from tidegate_simulators.web import Entry, Fault

SDK = "the SDK is not installed: pip install --group vendor-sdks"
ANN, BOB, CLEO = "13900000001", "13900000002", "13900000003"
CODE, NOTICE, MARKETING = "SMS_100000001", "SMS_100000002", "SMS_100000003"
CODE_PARAM = '{"code":"4370"}'
ONE = {"PhoneNumbers": ANN, "SignName": SIGN, "TemplateCode": CODE, "TemplateParam": CODE_PARAM}
TAKEN = '{"code":0,"msg":"接收成功"}'


class Sdk:
    """The vendor's client, one call for each thing that is tried."""

    def __init__(self, url: str, secret: str = KEY.secret, *, timeout: int = 10_000) -> None:
        client = pytest.importorskip("alibabacloud_dysmsapi20170525.client", reason=SDK)
        openapi = pytest.importorskip("alibabacloud_tea_openapi.models", reason=SDK)
        self.models: Any = pytest.importorskip("alibabacloud_dysmsapi20170525.models", reason=SDK)
        endpoint = url.removeprefix("http://")
        config = openapi.Config(
            access_key_id=KEY.key_id,
            access_key_secret=secret,
            endpoint=endpoint,
            protocol="http",
            read_timeout=timeout,
        )
        self._client: Any = client.Client(config)

    def send(self, numbers: str = ANN, template: str = CODE, param: str = CODE_PARAM, **given: Any) -> Any:
        request = self.models.SendSmsRequest(
            phone_numbers=numbers,
            sign_name=given.pop("sign", SIGN),
            template_code=template,
            template_param=param,
            **given,
        )
        return self._client.send_sms(request).body

    def send_batch(self, numbers: list[str], params: list[Any], template: str = NOTICE, **given: Any) -> Any:
        request = self.models.SendBatchSmsRequest(
            phone_number_json=json.dumps(numbers),
            sign_name_json=json.dumps(given.pop("signs", [SIGN] * len(numbers))),
            template_code=template,
            template_param_json=json.dumps(params),
            **given,
        )
        return self._client.send_batch_sms(request).body

    def details(self, number: str = ANN, day: str = "20261128", **given: Any) -> Any:
        request = self.models.QuerySendDetailsRequest(
            phone_number=number, send_date=day, **{"page_size": 10, "current_page": 1} | given
        )
        return self._client.query_send_details(request).body

    def refused(self, **given: Any) -> tuple[str, int]:
        """Code and HTTP status of a call that the gateway refuses."""
        exceptions = pytest.importorskip("alibabacloud_tea_openapi.exceptions", reason=SDK)
        with pytest.raises((exceptions.ClientException, exceptions.ServerException)) as caught:
            self.send(**given)
        return caught.value.code, caught.value.status_code


@pytest.fixture
def cloud(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[AliyunSimulator]:
    """One whose time, and the SDK's, is the clock's; it posts nothing by itself."""
    utils = pytest.importorskip("alibabacloud_tea_openapi.utils", reason=SDK)
    monkeypatch.setattr(utils.Utils, "get_timestamp", lambda: f"{clock.now():%Y-%m-%dT%H:%M:%SZ}")
    with AliyunSimulator(clock=clock.now, push_every=0) as running:
        yield running


@pytest.fixture
def sdk(cloud: AliyunSimulator) -> Sdk:
    return Sdk(cloud.url)


def test_the_sdk_sends_one_text_and_own_texts_and_queries_them(cloud: AliyunSimulator, sdk: Sdk) -> None:
    one = sdk.send(f"{ANN},+86{BOB}", NOTICE, '{"name":"安","order":"A1"}', out_id="call-1", sms_up_extend_code="90")
    assert (one.code, one.message) == ("OK", "OK")
    assert one.biz_id.endswith("^0")
    own = sdk.send_batch(
        [ANN, f"0086{CLEO}"], [{"name": "安", "order": "A2"}, {"name": "心", "order": "C1"}], out_id="two"
    )
    texts = {number: [sms.text for sms in messages] for number, messages in cloud.received.items()}
    assert texts == {
        f"+86{ANN}": ["【潮汐】安您好，您的订单A1已发货。", "【潮汐】安您好，您的订单A2已发货。"],
        f"+86{BOB}": ["【潮汐】安您好，您的订单A1已发货。"],
        f"+86{CLEO}": ["【潮汐】心您好，您的订单C1已发货。"],
    }
    first = cloud.received[f"+86{ANN}"][0]
    assert (first.receipt_id, first.caller_id, first.extend_code, first.parts) == (one.biz_id, "call-1", "90", 1)
    assert own.biz_id != one.biz_id
    assert (cloud.taken, cloud.duplicates()) == (4, {})

    both = sdk.details()
    assert (both.code, both.total_count) == ("OK", "2")
    newest, oldest = both.sms_send_detail_dtos.sms_send_detail_dto
    assert (newest.out_id, oldest.out_id) == ("two", "call-1")
    assert (oldest.send_status, oldest.err_code, oldest.phone_num) == (3, "DELIVERED", ANN)
    assert (oldest.send_date, oldest.receive_date) == ("2026-11-28 12:00:00", "2026-11-28 12:00:00")
    paged = sdk.details(page_size=1, current_page=2)
    assert [one.out_id for one in paged.sms_send_detail_dtos.sms_send_detail_dto] == ["call-1"]
    by_id = sdk.details(biz_id=own.biz_id)
    assert [one.content for one in by_id.sms_send_detail_dtos.sms_send_detail_dto] == [texts[f"+86{ANN}"][1]]
    assert sdk.details(day="20261127").total_count == "0"
    assert sdk.details(day="20261028").code == "isv.INVALID_PARAMETERS"

    sdk.send(ANN, NOTICE, '{"name":"安","order":"A1"}', out_id="again")
    assert cloud.duplicates() == {(f"+86{ANN}", "【潮汐】安您好，您的订单A1已发货。"): 2}


def test_what_is_not_known_before_its_time_waits(cloud: AliyunSimulator, sdk: Sdk, clock: ManualClock) -> None:
    cloud.account.result_after = 30
    cloud.account.results[f"+86{ANN}"] = "MOBILE_NOT_ON_SERVICE"
    sdk.send()
    (waiting,) = sdk.details().sms_send_detail_dtos.sms_send_detail_dto
    assert (waiting.send_status, waiting.receive_date) == (1, None)
    clock.advance(timedelta(seconds=30))
    (failed,) = sdk.details().sms_send_detail_dtos.sms_send_detail_dto
    assert (failed.send_status, failed.err_code) == (2, "MOBILE_NOT_ON_SERVICE")


def test_the_gateway_lets_in_what_is_signed_now_and_once(
    cloud: AliyunSimulator, sdk: Sdk, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Exception, match="Specified signature is not matched"):
        Sdk(cloud.url, secret="another").send()
    cloud.account.keys = (AccessKey("another", KEY.secret),)
    assert sdk.refused() == ("InvalidAccessKeyId.NotFound", 404)
    cloud.account.keys = (KEY,)
    utils = pytest.importorskip("alibabacloud_tea_openapi.utils", reason=SDK)
    for minutes, code in ((16, "InvalidTimeStamp.Expired"), (-16, "InvalidTimeStamp.Expired")):
        at = clock.now() - timedelta(minutes=minutes)
        monkeypatch.setattr(utils.Utils, "get_timestamp", lambda at=at: f"{at:%Y-%m-%dT%H:%M:%SZ}")
        assert sdk.refused() == (code, 400)
    at = clock.now() - timedelta(minutes=15)
    monkeypatch.setattr(utils.Utils, "get_timestamp", lambda: f"{at:%Y-%m-%dT%H:%M:%SZ}")
    monkeypatch.setattr(utils.Utils, "get_nonce", lambda: "once")
    assert sdk.send().code == "OK"
    assert sdk.refused(numbers=BOB) == ("SignatureNonceUsed", 400)
    assert list(cloud.received) == [f"+86{ANN}"]


WRONG_REQUESTS: list[tuple[dict[str, Any], int, str]] = [
    ({"changes": {"authorization": None}}, 400, "IncompleteSignature"),
    ({"changes": {"x-acs-signature-nonce": None}}, 400, "IncompleteSignature"),
    ({"changes": {"x-acs-security-token": "t"}}, 400, "InvalidSecurityToken.Malformed"),
    ({"changes": {"x-acs-further": "not signed"}}, 400, "IncompleteSignature"),
    ({"changes": {"content-type": "text/plain"}}, 400, "IncompleteSignature"),
    ({"changes": {"x-acs-action": "SendBatchSms"}}, 400, "SignatureDoesNotMatch"),
    ({"signs": {"x-acs-date": "28 Nov 2026"}}, 400, "InvalidTimeStamp.Format"),
    ({"signs": {"x-acs-date": "2026-11-31T04:00:00Z"}}, 400, "InvalidTimeStamp.Format"),
    ({"signs": {"x-acs-action": "SendMms"}}, 404, "InvalidAction.NotFound"),
    ({"signs": {"x-acs-version": "2016-09-27"}}, 400, "InvalidVersion"),
    ({"path": "/sms"}, 404, "InvalidAction.NotFound"),
    ({"template": "SMS_1"}, 200, "isv.SMS_TEMPLATE_ILLEGAL"),
]


def test_requests_that_are_not_the_vendors(clock: ManualClock) -> None:
    account = Registered(keys=(AccessKey("STS.1", "secret"), AccessKey("STS.2", "secret", token="t")))
    with AliyunSimulator(clock=clock.now, account=account, push_every=0) as cloud:
        for wrong, status, code in WRONG_REQUESTS:
            given = {"template": CODE, "path": "/"} | wrong
            params = ONE | {"TemplateCode": given.pop("template")}
            answer = call_aliyun(cloud.url + given.pop("path"), cloud.settings, params, now=clock.now(), **given)
            assert (wrong, answer[0], answer[1]["Code"]) == (wrong, status, code)
        assert cloud.taken == 0
        temporary = {**cloud.settings, "access_key_id": "STS.2"}
        for signs, code in (({}, "InvalidSecurityToken.Malformed"), ({"x-acs-security-token": "t"}, "OK")):
            assert call_aliyun(f"{cloud.url}/", temporary, ONE, now=clock.now(), signs=signs)[1]["Code"] == code
        query = {"PhoneNumber": ANN, "SendDate": "20261128", "PageSize": "10", "CurrentPage": "1"}
        action = {"x-acs-action": "QuerySendDetails"}
        for change, code in (
            ({"SendDate": "2026-11-28"}, "isv.INVALID_PARAMETERS"),
            ({"PageSize": "51"}, "isv.INVALID_PARAMETERS"),
            ({"CurrentPage": "0"}, "isv.INVALID_PARAMETERS"),
            ({"CurrentPage": ""}, "MissingCurrentPage"),
            ({"PhoneNumber": "1"}, "isv.MOBILE_NUMBER_ILLEGAL"),
            ({}, "OK"),
        ):
            asked = query | change
            answer = call_aliyun(f"{cloud.url}/", cloud.settings, asked, now=clock.now(), signs=action)
            assert (change, answer[1]["Code"]) == (change, code)


def test_the_published_signature() -> None:
    vectors = json.loads(shared_data("vectors/signature_vectors.json").read_text())["aliyun_acs3"]
    for vector in vectors:
        request = Request(
            method=vector["method"],
            path=vector["path"],
            query=vector["query"],
            headers=vector["headers"],
            body=vector["body"].encode(),
        )
        signed = sorted(vector["headers"])
        text = canonical(request, signed, vector["headers"]["x-acs-content-sha256"])
        assert signature(vector["access_key_secret"], text) == vector["signature"]
        key = AccessKey(vector["access_key_id"], vector["access_key_secret"])
        gateway = Gateway(partial(tuple, (key,)), lambda: datetime(2023, 10, 26, 10, 30, tzinfo=UTC))

        def authorized(given: str, names: list[str], request: Request = request, key: AccessKey = key) -> Request:
            line = f"ACS3-HMAC-SHA256 Credential={key.key_id},SignedHeaders={';'.join(names)},Signature={given}"
            return replace(request, headers={**request.headers, "authorization": line})

        for wrong, code in (
            (authorized(vector["signature"], signed[1:]), "IncompleteSignature"),
            (authorized(vector["signature"], signed[::-1]), "IncompleteSignature"),
            (authorized("0" * 64, signed), "SignatureDoesNotMatch"),
            (replace(authorized(vector["signature"], signed), body=b"x"), "SignatureDoesNotMatch"),
            (replace(authorized(vector["signature"], signed), query="RegionId=cn-beijing"), "SignatureDoesNotMatch"),
            (request, "IncompleteSignature"),
        ):
            with pytest.raises(Refused) as caught:
                gateway.check(wrong)
            assert caught.value.code == code
        gateway.check(authorized(vector["signature"], signed))
        with pytest.raises(Refused, match="SignatureNonceUsed"):
            gateway.check(authorized(vector["signature"], signed))


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"numbers": "1390000000"}, "isv.MOBILE_NUMBER_ILLEGAL"),
    ({"numbers": f"{ANN},12300000000000000"}, "isv.MOBILE_NUMBER_ILLEGAL"),
    ({"numbers": "85212345678"}, "isv.MOBILE_NUMBER_ILLEGAL"),
    ({"template": "SMS_100000004"}, "isv.DOMESTIC_NUMBER_NOT_SUPPORTED"),
    ({"numbers": ",".join([ANN] * 1_001)}, "isv.MOBILE_COUNT_OVER_LIMIT"),
    ({"sign": "别人"}, "isv.SMS_SIGNATURE_ILLEGAL"),
    ({"template": "SMS_1"}, "isv.SMS_TEMPLATE_ILLEGAL"),
    ({"param": "{}"}, "isv.TEMPLATE_MISSING_PARAMETERS"),
    ({"param": None}, "isv.TEMPLATE_MISSING_PARAMETERS"),
    ({"param": "code=1"}, "isv.INVALID_JSON_PARAM"),
    ({"param": "[1]"}, "isv.INVALID_JSON_PARAM"),
    ({"param": '{"code":4370}'}, "isv.INVALID_JSON_PARAM"),
    ({"param": '{"code":"43 70"}'}, "isv.TEMPLATE_PARAMS_ILLEGAL"),
    ({"param": '{"code":"1234567"}'}, "isv.PARAM_LENGTH_LIMIT"),
    ({"template": NOTICE, "param": '{"name":"安","order":"t.example.com/a"}'}, "isv.PARAM_NOT_SUPPORT_URL"),
    ({"template": NOTICE, "param": '{"name":"安","order":"10.0.0.1"}'}, "isv.PARAM_NOT_SUPPORT_URL"),
    ({"out_id": "x" * 256}, "isv.INVALID_PARAMETERS"),
]


def test_what_the_service_refuses(cloud: AliyunSimulator, sdk: Sdk) -> None:
    told = [(given, sdk.send(**given).code) for given, _ in REFUSALS]
    assert told == REFUSALS
    assert sdk.refused(template="") == ("MissingTemplateCode", 400)
    of_one = {"name": "安", "order": "A2"}
    assert sdk.send_batch([ANN] * 101, [of_one] * 101).code == "isv.MOBILE_COUNT_OVER_LIMIT"
    assert sdk.send_batch([ANN, BOB], [of_one]).code == "isv.INVALID_PARAMETERS"
    assert sdk.send_batch([ANN, BOB], [of_one] * 2, signs=[SIGN, "别人"]).code == "isv.SMS_SIGNATURE_ILLEGAL"
    assert sdk.send_batch([ANN, BOB], [of_one, {}]).code == "isv.TEMPLATE_MISSING_PARAMETERS"
    cloud.account.templates[CODE] = replace(cloud.account.templates[CODE], is_approved=False)
    assert sdk.send().code == "isv.SMS_TEMPLATE_ILLEGAL"
    assert cloud.taken == 0


def test_texts_abroad_carry_no_signature_and_need_none(cloud: AliyunSimulator, sdk: Sdk) -> None:
    """As the vendor's rules of signatures say: only what goes through the carriers at home needs one."""
    cloud.account.templates["SMS_LONG"] = Template(
        code="SMS_LONG", content=f"Your order ${{order}} has left us. {'x' * 129}", abroad=True
    )
    order = '{"order":"A1"}'
    assert sdk.send("85212345678", "SMS_LONG", order).code == "OK"
    assert sdk.send("85212345678", "SMS_LONG", order, sign="").code == "OK"
    signed, unsigned = cloud.received["+85212345678"]
    assert (signed.text, signed.parts) == (unsigned.text, unsigned.parts)
    assert signed.text.startswith("Your order A1")
    assert (len(signed.text), signed.parts) == (156, 1), "of the GSM alphabet, where a Chinese signature were not"
    assert sdk.send("85212345678", "SMS_LONG", order, sign="别人").code == "isv.SMS_SIGNATURE_ILLEGAL"
    assert sdk.refused(sign="") == ("MissingSignName", 400), "at home each text is signed"


def test_how_often_a_number_may_be_sent_to(cloud: AliyunSimulator, sdk: Sdk, clock: ManualClock) -> None:
    def said(**given: Any) -> str:
        answer = sdk.send(**given)
        return str(answer.message) if answer.code == "isv.BUSINESS_LIMIT_CONTROL" else str(answer.code)

    told = []
    for _ in range(11):
        told.append(said())
        if told[-1] == "OK":
            assert said() == "触发分钟级流控Permits:1"
            assert said(numbers=BOB, template=NOTICE, param='{"name":"b","order":"1"}') == "OK"
        clock.advance(timedelta(minutes=10))
    assert told == ["OK"] * 5 + ["触发小时级流控Permits:5"] + ["OK"] * 5
    clock.advance(timedelta(hours=1))
    assert said() == "触发天级流控Permits:10"
    clock.advance(timedelta(hours=24))
    assert said() == "OK"
    cloud.account.signs.add("别人")
    assert said(sign="别人") == "OK"

    notice = {"numbers": CLEO, "template": NOTICE}
    for number in range(50):
        assert said(param=json.dumps({"name": "c", "order": str(number)}), **notice) == "OK"
    assert said(param='{"name":"c","order":"50"}', **notice) == "触发天级流控Permits:50"
    own = sdk.send_batch([CLEO, ANN], [{"name": "c", "order": "51"}, {"name": "a", "order": "51"}])
    assert own.code == "OK"
    assert [cloud.received[f"+86{number}"][-1].result for number in (CLEO, ANN)] == ["MOBILE_SEND_LIMIT", "DELIVERED"]
    cloud.account.limits = replace(LIMITS, late="")

    def to_ann_of_another_sign(*others: str, times: int) -> str:
        numbers = [ANN] * times + list(others)
        params = [{"name": "a", "order": "53"}] * len(numbers)
        return str(sdk.send_batch(numbers, params, signs=["别人"] * times + [SIGN] * len(others)).code)

    refused = [to_ann_of_another_sign(CLEO, times=1), to_ann_of_another_sign(times=51)]
    assert [*refused, to_ann_of_another_sign(times=50), to_ann_of_another_sign(times=1)] == [
        "isv.BUSINESS_LIMIT_CONTROL", "isv.BUSINESS_LIMIT_CONTROL", "OK", "isv.BUSINESS_LIMIT_CONTROL",
    ]  # fmt: skip


def test_what_is_paid_for_is_used_up(cloud: AliyunSimulator, sdk: Sdk) -> None:
    cloud.account.balance = 3
    assert sdk.send(f"{ANN},{BOB}").code == "OK"
    assert sdk.send_batch([ANN, BOB], [{"name": "a", "order": "1"}] * 2).code == "isv.AMOUNT_NOT_ENOUGH"
    assert sdk.send(CLEO).code == "OK"
    assert cloud.account.balance == 0


def test_anything_goes_wrong_on_request(cloud: AliyunSimulator, sdk: Sdk) -> None:
    cloud.script.add(Entry(Fault.REFUSE, "Throttling.Api", action="SendSms"), times=1)
    assert sdk.refused() == ("Throttling.Api", 400)
    cloud.account.limits = replace(LIMITS, calls={"SendSms": 0})
    assert sdk.refused() == ("Throttling.User", 400)
    cloud.account.limits = LIMITS
    cloud.script.add(Entry(Fault.REFUSE, "isv.OUT_OF_SERVICE"), times=1)
    assert sdk.send().code == "isv.OUT_OF_SERVICE"
    cloud.script.add(Entry(Fault.REFUSE, "isv.BLACK_KEY_CONTROL_LIMIT", address=f"+86{BOB}"))
    assert sdk.send(f"{ANN},{BOB}").code == "isv.BLACK_KEY_CONTROL_LIMIT"
    assert cloud.taken == 0
    assert sdk.send(ANN).code == "OK"
    cloud.script.clear()
    hurried = Sdk(cloud.url, timeout=200)
    for fault, taken in (
        (Fault.CLOSE_BEFORE_TAKING, 1),
        (Fault.CLOSE_AFTER_TAKING, 2),
        (Fault.SILENT_AFTER_TAKING, 3),
    ):
        cloud.script.add(Entry(fault), times=1)
        with pytest.raises(Exception, match=r"(?i)connection|timed out"):
            hurried.send(BOB if taken == 2 else CLEO)
        assert cloud.taken == taken


def test_receipts_are_posted_until_they_are_taken(cloud: AliyunSimulator, sdk: Sdk, clock: ManualClock) -> None:
    with callbacks(TAKEN) as platform:
        cloud.call_back(platform.url)
        cloud.account.results[f"+86{BOB}"] = "MOBILE_IN_BLACK"
        sent = sdk.send(f"{ANN},{BOB}", out_id="m-1")
        assert cloud.push() == 2
        assert platform.posts == [
            [
                {
                    "phone_number": number,
                    "send_time": "2026-11-28 12:00:00",
                    "report_time": "2026-11-28 12:00:00",
                    "success": success,
                    "err_code": code,
                    "err_msg": told,
                    "sms_size": "1",
                    "biz_id": sent.biz_id,
                    "out_id": "m-1",
                }
                for number, success, code, told in (
                    (ANN, True, "DELIVERED", "用户接收成功"),
                    (BOB, False, "MOBILE_IN_BLACK", "手机号在黑名单"),
                )
            ]
        ]
        platform.posts.clear()
        platform.replies = [(500, TAKEN), (200, "thanks"), (200, '{"code":"0"}'), (200, '{"code":7}')]
        sdk.send(CLEO)
        tries = []
        for minutes in (0, 1, 5, 10, 10):
            clock.advance(timedelta(minutes=minutes) - timedelta(seconds=1))
            tries.append(cloud.push())
            clock.advance(timedelta(seconds=1))
            tries.append(cloud.push())
        assert tries == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0]
        assert len(platform.posts) == 4
        clock.advance(timedelta(hours=1))
        platform.replies = [(503, "")] * 4
        sdk.send(CLEO)
        for minutes in (0, 1, 5, 10):
            clock.advance(timedelta(minutes=minutes))
            assert cloud.push() == 0
        assert [one["phone_number"] for one in cloud.receipts.dropped] == [CLEO]
        assert cloud.receipts.waiting == 0


def test_receipts_come_late_twice_and_out_of_order_on_request(
    cloud: AliyunSimulator, sdk: Sdk, clock: ManualClock
) -> None:
    with callbacks(TAKEN) as platform:
        cloud.call_back(platform.url)
        cloud.account.result_after = 3_600
        for number in (ANN, BOB, CLEO):
            sdk.send(number)
            clock.advance(timedelta(seconds=1))
        assert cloud.push() == 0
        cloud.receipts.times, cloud.receipts.newest_first = 2, True
        clock.advance(timedelta(hours=1))
        assert cloud.push() == 6
        assert [[one["phone_number"] for one in post] for post in platform.posts] == [[CLEO, BOB, ANN]] * 2
        assert {one["report_time"] for one in platform.posts[0]} == {f"2026-11-28 13:00:0{n}" for n in range(3)}


def test_who_answers_r_gets_no_more_marketing(cloud: AliyunSimulator, sdk: Sdk, clock: ManualClock) -> None:
    offer = {"template": MARKETING, "param": '{"name":"安","code":"VIP","link":"aB3x9Q"}'}
    with callbacks(TAKEN) as platform:
        cloud.call_back(platform.url)
        sdk.send(**offer, sms_up_extend_code="1234")
        cloud.reply(ANN, "R")
        sdk.send(**offer)
        sdk.send()
        assert cloud.push() == 4
        receipts, (said,) = platform.posts
        assert [one["err_code"] for one in receipts] == ["DELIVERED", "MOBILE_IN_BLACK", "DELIVERED"]
        assert (said["phone_number"], said["content"], said["dest_code"], said["sign_name"]) == (ANN, "R", "1234", SIGN)
    content = cloud.account.templates[MARKETING].content.removesuffix("，拒收请回复R")
    cloud.account.templates[MARKETING] = replace(cloud.account.templates[MARKETING], content=content)
    sdk.send(numbers=BOB, **offer)
    assert cloud.received[f"+86{BOB}"][0].result == "CONTENT_ERROR"


def test_receipts_go_out_by_themselves() -> None:
    with callbacks(TAKEN) as platform, AliyunSimulator(callback_url=platform.url, push_every=0.001) as cloud:
        assert Sdk(cloud.url).send().code == "OK"
        platform.wait_for(1)
        assert platform.posts[0][0]["phone_number"] == ANN
