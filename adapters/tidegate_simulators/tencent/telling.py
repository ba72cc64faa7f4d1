"""What the cloud tells of messages and of answers to them: posted, and pulled."""

from __future__ import annotations

import heapq
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from tidegate_simulators.sms import Sms, beijing_time
from tidegate_simulators.tencent.codes import DELIVERED, RECEIPTS
from tidegate_simulators.tencent.numbers import country, e164
from tidegate_simulators.tencent.signing import Refused

_MOST: Final = 100
_BACK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a customer wrote back."""

    number: str
    text: str
    sign: str
    extend_code: str
    time: datetime


def is_taken(status: int, body: bytes) -> bool:
    """Whether an answer to a push says that it came: its `result` is 0."""
    try:
        said = json.loads(body)
    except ValueError:
        return False
    return status == 200 and isinstance(said, dict) and said.get("result") == 0 and said["result"] is not False


def alone(items: Sequence[Any]) -> Any:
    """Answers are posted one by one, and not in a list."""
    return items[0]


def receipt(sms: Sms) -> dict[str, Any]:
    """One element of what is posted of messages."""
    calling = country(sms.number)[0]
    return {
        "user_receive_time": beijing_time(sms.result_time),
        "nationcode": calling,
        "mobile": sms.number[1 + len(calling) :],
        "report_status": _status(sms),
        "errmsg": sms.result,
        "description": RECEIPTS.get(sms.result, sms.result),
        "sid": sms.receipt_id,
    }


def posted(answer: Answer) -> dict[str, Any]:
    """What is posted of an answer."""
    calling = country(answer.number)[0]
    return {
        "extend": answer.extend_code,
        "mobile": answer.number[1 + len(calling) :],
        "nationcode": calling,
        "sign": answer.sign,
        "text": answer.text,
        "time": int(answer.time.timestamp()),
    }


@dataclass(slots=True)
class Pulled:
    """What waits to be pulled, each once, as soon as it is known.

    Attributes:
        tell: One element of what is pulled.
    """

    tell: Callable[[Any], dict[str, Any]]
    _waiting: list[tuple[datetime, int, Any]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def add(self, one: Any, known_from: datetime) -> None:
        """Have it pulled from then on."""
        heapq.heappush(self._waiting, (known_from, next(self._numbers), one))

    def take(self, params: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
        """The oldest of what is known, as many as are asked for."""
        most, found = _limit(params), list[dict[str, Any]]()
        while len(found) < most and self._waiting and self._waiting[0][0] <= now:
            found.append(self.tell(heapq.heappop(self._waiting)[2]))
        return found


def result(sms: Sms) -> dict[str, Any]:
    """One element of the results that are pulled."""
    calling = country(sms.number)[0]
    return {
        "UserReceiveTime": int(sms.result_time.timestamp()),
        "CountryCode": calling,
        "SubscriberNumber": sms.number[1 + len(calling) :],
        "PhoneNumber": sms.number,
        "SerialNo": sms.receipt_id,
        "ReportStatus": _status(sms),
        "Description": RECEIPTS.get(sms.result, sms.result),
        "SessionContext": sms.caller_id,
    }


def said(answer: Answer) -> dict[str, Any]:
    """One element of the answers that are pulled."""
    calling = country(answer.number)[0]
    return {
        "ExtendCode": answer.extend_code,
        "CountryCode": calling,
        "SubscriberNumber": answer.number[1 + len(calling) :],
        "PhoneNumber": answer.number,
        "SignName": answer.sign,
        "ReplyContent": answer.text,
        "ReplyTime": int(answer.time.timestamp()),
    }


def of_number(params: Mapping[str, Any], now: datetime) -> tuple[str, Callable[[datetime], bool], int]:
    """What is asked for by number: the number, whether a time is within, and how many at most.

    Raises:
        Refused: A parameter is wrong.
    """
    begin, end = params["BeginTime"], params.get("EndTime") or int(now.timestamp())
    if begin < (now - _BACK).timestamp():
        raise Refused("InvalidParameterValue.BeginTimeVerifyFail")
    if end < begin:
        raise Refused("InvalidParameterValue.EndTimeVerifyFail")
    if params["Offset"] != 0:
        raise Refused("InvalidParameterValue.OffsetVerifyFail")
    number = e164(params["PhoneNumber"])
    if not number:
        raise Refused("InvalidParameterValue.IncorrectPhoneNumber")
    return number, lambda time: begin <= int(time.timestamp()) <= end, _limit(params)


def _limit(params: Mapping[str, Any]) -> int:
    limit: int = params["Limit"]
    if not 0 < limit <= _MOST:
        raise Refused("InvalidParameterValue.LimitVerifyFail")
    return limit


def _status(sms: Sms) -> str:
    return "SUCCESS" if sms.result in DELIVERED else "FAIL"
