"""The endpoint of SMS 2021-01-11 on loopback."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from tidegate_simulators.sms import REFUSALS, SmsCloud
from tidegate_simulators.tencent import parameters, telling
from tidegate_simulators.tencent.account import Registered
from tidegate_simulators.tencent.codes import message
from tidegate_simulators.tencent.numbers import e164
from tidegate_simulators.tencent.sending import Sending
from tidegate_simulators.tencent.signing import Gateway, Refused, Request
from tidegate_simulators.tencent.telling import Answer, Pulled
from tidegate_simulators.web import answer
from tidegate_simulators.web.courier import Manners

VERSION: Final = "2021-01-11"
_JSON: Final = "application/json"

Facts = dict[str, Any]


class TencentSimulator(SmsCloud):
    """Tencent Cloud's SMS service for as long as a `with` block lasts.

        with TencentSimulator() as cloud:
            …send to cloud.url with cloud.settings…
            cloud.received["+8613900001234"]

    An entry of the script for SendSms with an address and the fault REFUSE is the status of this number alone.

    Attributes:
        account: What is registered: keys, applications, signatures, templates, limits, balance, results by number.

    Args:
        account: What is registered; None = what `tidegate simulate` has.
        given: The rest is SmsCloud's: port, callback_url, clock, push_every, keep.
    """

    def __init__(self, *, account: Registered | None = None, **given: Any) -> None:
        self.account = account or Registered()
        one_by_one = Manners(is_taken=telling.is_taken, pack=telling.alone, batch=1)
        manners = (Manners(is_taken=telling.is_taken), one_by_one)
        super().__init__(manners=manners, **given)
        self._gateway = Gateway(lambda: self.account.keys, self._clock)
        self._sending = Sending(self.account)
        self._results, self._said = Pulled(telling.result), Pulled(telling.said)
        self._answers: dict[str, list[Answer]] = {}
        self._actions = {
            "SendSms": self._send,
            "PullSmsSendStatus": self._pull_results,
            "PullSmsReplyStatus": self._pull_answers,
            "PullSmsSendStatusByPhoneNumber": self._results_of_number,
            "PullSmsReplyStatusByPhoneNumber": self._answers_of_number,
            "SmsPackagesStatistics": self._packages,
        }

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings of an account that sends through it."""
        key = self.account.keys[0]
        return {
            "secret_id": key.secret_id,
            "secret_key": key.secret_key,
            "sdk_app_id": min(self.account.sdk_app_ids, default=""),
            "sign_name": min(self.account.signs, default=""),
            "region": min(self.account.limits.regions, default=""),
            "endpoint": self.url,
        }

    def reply(self, number: str, text: str) -> None:
        """A customer answers: it is posted and can be pulled, and a refusal is kept in `account.refusing`."""
        now, number = self._clock(), e164(number)
        if not number:
            raise ValueError("a number is +86 and eleven digits, or another one in E.164")
        messages = self.received.get(number)
        sign, extend_code = (messages[-1].sign, messages[-1].extend_code) if messages else ("", "")
        told = Answer(number=number, text=text, sign=sign, extend_code=extend_code, time=now)
        if text.strip().upper() in REFUSALS:
            self.account.refusing.add(number)
        self._answers.setdefault(number, []).append(told)
        self._said.add(told, now)
        self.answers.add([telling.posted(told)], now)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        came = Request(headers=headers, body=await request.read())
        action = headers.get("x-tc-action", "")
        try:
            self._check_request(request, headers)
            self._gateway.check(came)
            self._check_call(action, headers)
        except Refused as refused:
            return _refusal(refused)
        return await answer(
            request,
            self.script.next(action),
            take=lambda: self._take(action, came.body),
            refuse=lambda code: _refusal(Refused(code)),
        )

    def _check_request(self, request: web.BaseRequest, headers: Mapping[str, str]) -> None:
        if request.method != "POST" or request.raw_path != "/":
            raise Refused("UnsupportedProtocol", "The simulator takes a POST to / only.")
        if headers.get("content-type", "").partition(";")[0].strip() != _JSON:
            raise Refused("UnsupportedProtocol", f"Content-Type is {_JSON}.")

    def _check_call(self, action: str, headers: Mapping[str, str]) -> None:
        if action not in self._actions:
            raise Refused("InvalidAction", f"There is no action {action}.")
        if headers["x-tc-version"] != VERSION:
            raise Refused("NoSuchVersion", f"The version is {VERSION}.")
        region = headers.get("x-tc-region")
        if not region:
            raise Refused("MissingParameter", "The request is missing the header X-TC-Region.")
        if region not in self.account.limits.regions:
            raise Refused("UnsupportedRegion")
        if not self._calls.has_room(action, self.account.limits.calls.get(action)):
            raise Refused("RequestLimitExceeded")

    def _take(self, action: str, body: bytes) -> web.Response:
        try:
            return _response(self._actions[action](self._read(action, body)))
        except Refused as refused:
            return _refusal(refused)

    def _read(self, action: str, body: bytes) -> Facts:
        params = parameters.read(action, body)
        if params["SmsSdkAppId"] not in self.account.sdk_app_ids:
            raise Refused("UnauthorizedOperation.SmsSdkAppIdVerifyFail")
        return params

    def _send(self, params: Facts) -> Facts:
        statuses, messages = self._sending.send(params, self._clock(), self._code_of)
        self._taken.add(messages)
        for sms in messages if self._taken.keep else ():
            self._results.add(sms, sms.result_time)
        if messages and self.receipts.url:
            self.receipts.add([telling.receipt(sms) for sms in messages], messages[0].result_time)
        return {"SendStatusSet": statuses}

    def _code_of(self, number: str) -> str:
        entry = self.script.next("SendSms", number) if self.script else None
        return entry.code if entry else ""

    def _pull_results(self, params: Facts) -> Facts:
        self._check_pulling()
        return {"PullSmsSendStatusSet": self._results.take(params, self._clock())}

    def _pull_answers(self, params: Facts) -> Facts:
        self._check_pulling()
        return {"PullSmsReplyStatusSet": self._said.take(params, self._clock())}

    def _check_pulling(self) -> None:
        if not self.account.pull_is_active:
            raise Refused("UnauthorizedOperation.RequestPermissionDeny")

    def _results_of_number(self, params: Facts) -> Facts:
        now = self._clock()
        number, is_within, most = telling.of_number(params, now)
        messages = self.received.get(number, ())
        found = [telling.result(sms) for sms in messages if is_within(sms.time) and sms.result_time <= now]
        return {"PullSmsSendStatusSet": found[:most]}

    def _answers_of_number(self, params: Facts) -> Facts:
        number, is_within, most = telling.of_number(params, self._clock())
        found = [telling.said(one) for one in self._answers.get(number, ()) if is_within(one.time)]
        return {"PullSmsReplyStatusSet": found[:most]}

    def _packages(self, _params: Facts) -> Facts:
        """One package that never expires, with what is left of it."""
        used = self._taken.parts
        amount = used + (self.account.balance if self.account.balance is not None else 10**9)
        return {
            "SmsPackagesStatisticsSet": [
                {
                    "PackageCreateTime": 1_704_038_400,
                    "PackageEffectiveTime": 1_704_038_400,
                    "PackageExpiredTime": 4_102_416_000,
                    "PackageAmount": amount,
                    "PackageType": 1,
                    "PackageId": 1,
                    "CurrentUsage": used,
                }
            ]
        }


def _refusal(refused: Refused) -> web.Response:
    return _response({"Error": {"Code": refused.code, "Message": refused.message or message(refused.code)}})


def _response(facts: Facts) -> web.Response:
    """The vendor's SDKs know an error by this very media type, without a charset."""
    body = json.dumps({"Response": facts | {"RequestId": str(uuid.uuid4())}}, ensure_ascii=False).encode()
    return web.Response(body=body, content_type=_JSON)
