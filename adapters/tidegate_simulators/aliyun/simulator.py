"""The endpoint of dysmsapi 2017-05-25 on loopback."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from itertools import count
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from tidegate_simulators.aliyun import telling
from tidegate_simulators.aliyun.account import Registered
from tidegate_simulators.aliyun.codes import BUSINESS, GATEWAY
from tidegate_simulators.aliyun.sending import Params, Sending, e164
from tidegate_simulators.aliyun.signing import Gateway, Refused, Request
from tidegate_simulators.sms import REFUSALS, SmsCloud
from tidegate_simulators.web import Entry, answer
from tidegate_simulators.web.courier import Manners

VERSION: Final = "2017-05-25"
_MISSING: Final = 400
_OK: Final = 200
_FORM: Final = "application/x-www-form-urlencoded"


class AliyunSimulator(SmsCloud):
    """Aliyun's SMS service for as long as a `with` block lasts.

        with AliyunSimulator() as cloud:
            …send to cloud.url with cloud.settings…
            cloud.received["+8613900001234"]

    Receipts and answers are SmsReport and SmsUp. An entry of the script with an address refuses the calls that
    send to this number, since a call has one answer.

    Attributes:
        account: What is registered: keys, signatures, templates, limits, balance, results by number.

    Args:
        account: What is registered; None = what `tidegate simulate` has.
        given: The rest is SmsCloud's: port, callback_url, clock, push_every, keep.
    """

    def __init__(self, *, account: Registered | None = None, **given: Any) -> None:
        self.account = account or Registered()
        manners = Manners(is_taken=telling.is_taken)
        super().__init__(manners=(manners, manners), **given)
        self._gateway = Gateway(lambda: self.account.keys, self._clock)
        self._sending = Sending(self.account)
        self._sequence = count(1)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings of an account that sends through it."""
        key = self.account.keys[0]
        return {
            "access_key_id": key.key_id,
            "access_key_secret": key.secret,
            "sign_name": min(self.account.signs, default=""),
            "endpoint": self.url,
        }

    def reply(self, number: str, text: str) -> None:
        """A customer answers: it is told to the callback address, and a refusal is kept in `account.refusing`."""
        number, now = e164(number), self._clock()
        messages = self.received.get(number)
        sign, extend_code = (messages[-1].sign, messages[-1].extend_code) if messages else ("", "")
        if text.strip().upper() in REFUSALS:
            self.account.refusing.add(number)
        told = telling.answer_of(
            number, text, sign=sign, extend_code=extend_code, sequence=next(self._sequence), time=now
        )
        self.answers.add([told], now)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        came = _request(request, await request.read())
        action = came.headers.get("x-acs-action", "")
        try:
            self._gateway.check(came)
            params = _params(came)
            self._check_call(action, came)
        except Refused as refused:
            return _refusal(refused)
        entry = self.script.next(action) or self._entry_of_number(action, params)
        return await answer(
            request,
            entry,
            take=lambda: self._take(action, params),
            refuse=lambda code: _refusal(Refused(code)),
        )

    def _check_call(self, action: str, came: Request) -> None:
        if came.path != "/" or action not in ("SendSms", "SendBatchSms", "QuerySendDetails"):
            raise Refused("InvalidAction.NotFound")
        if came.headers["x-acs-version"] != VERSION:
            raise Refused("InvalidVersion")
        if not self._calls.has_room(action, self.account.limits.calls.get(action)):
            raise Refused("Throttling.User")

    def _entry_of_number(self, action: str, params: Params) -> Entry | None:
        for number in _numbers(params) if self.script else ():
            entry = self.script.next(action, number)
            if entry:
                return entry
        return None

    def _take(self, action: str, params: Params) -> web.Response:
        now = self._clock()
        try:
            if action == "QuerySendDetails":
                return _success(telling.details(params, self.received, now))
            send = self._sending.send_one_text if action == "SendSms" else self._sending.send_own_texts
            messages = send(params, now)
        except Refused as refused:
            return _refusal(refused)
        self._taken.add(messages)
        if self.receipts.url:
            self.receipts.add([telling.receipt(sms) for sms in messages], messages[0].result_time)
        return _success({"BizId": messages[0].receipt_id})


def _request(request: web.BaseRequest, body: bytes) -> Request:
    path, _, query = request.raw_path.partition("?")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Request(method=request.method, path=path, query=query, headers=headers, body=body)


def _params(came: Request) -> dict[str, str]:
    """Parameters stand in the query or in the form."""
    params = dict(parse_qsl(came.query, keep_blank_values=True))
    if came.headers.get("content-type", "").partition(";")[0].strip() == _FORM:
        params |= parse_qsl(came.body.decode(errors="replace"), keep_blank_values=True)
    return params


def _numbers(params: Params) -> list[str]:
    """The numbers of a call that can be read."""
    try:
        given = params["PhoneNumbers"].split(",") if "PhoneNumbers" in params else json.loads(params["PhoneNumberJson"])
        return [e164(one) for one in given]
    except (KeyError, ValueError, TypeError, Refused):
        return []


def _success(facts: Mapping[str, Any]) -> web.Response:
    return _response(_OK, {"Message": "OK", "RequestId": _request_id(), "Code": "OK", **facts})


def _refusal(refused: Refused) -> web.Response:
    code, message = refused.code, refused.message
    told = {"RequestId": _request_id(), "Code": code}
    if code in GATEWAY:
        status, usual = GATEWAY[code]
        return _response(status, told | {"Message": message or usual, "HostId": "dysmsapi.aliyuncs.com"})
    if code.startswith("Missing"):
        return _response(_MISSING, told | {"Message": message, "HostId": "dysmsapi.aliyuncs.com"})
    return _response(_OK, told | {"Message": message or BUSINESS.get(code, code)})


def _response(status: int, facts: Mapping[str, Any]) -> web.Response:
    text = json.dumps(facts, ensure_ascii=False)
    return web.Response(status=status, text=text, content_type="application/json", charset="utf-8")


def _request_id() -> str:
    return str(uuid.uuid4()).upper()
