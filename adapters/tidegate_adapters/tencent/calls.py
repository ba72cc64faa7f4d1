"""How messages become calls of SendSms, and what is answered for each number.

A call has one content, and either mainland numbers or foreign ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from tidegate.channels import OutboundMessage, Outcome, Scope

from tidegate_adapters.sms.marks import mark_of
from tidegate_adapters.sms.numbers import is_domestic
from tidegate_adapters.sms.parting import Placed, parted
from tidegate_adapters.sms.texts import parts_of
from tidegate_adapters.tencent.codes import OK, outcome_of
from tidegate_adapters.tencent.settings import TencentSettings

MOST: Final = 200
"""Most numbers in a call."""

_MARK: Final = 511
"""Most characters of SessionContext, which must stay below 512."""

_UNORDERED: Final = Outcome.content_rejected(
    "the provider numbers variables: say in the parameters of the account's provider template which part is the first,"
    " and so on, or name the parts 1, 2, 3 without a gap",
    scope=Scope.TEMPLATE,
)
_NO_CODE: Final = Outcome.uncertain("the provider's answer says nothing of what became of the number")
_NO_RESULT: Final = Outcome.uncertain("the provider's answer leaves the number out")


def calls_of(messages: Sequence[Placed]) -> Sequence[Sequence[int]]:
    """The calls in which messages go, by their places; a number is in a call once."""
    return list(parted(messages, MOST, _kind))


def _kind(message: OutboundMessage) -> tuple[object, ...]:
    content = message.content
    return is_domestic(message.address), content.provider_template, tuple(sorted(content.variables.items()))


def variables_of(message: OutboundMessage) -> Sequence[str] | Outcome:
    """The values of variables 1, 2, …, in order."""
    given = message.content.variables
    names = [str(number) for number in range(1, len(given) + 1)]
    return [given[name] for name in names] if set(given) == set(names) else _UNORDERED


def parameters_of(messages: Sequence[OutboundMessage], settings: TencentSettings) -> dict[str, object]:
    """The parameters of SendSms."""
    first = messages[0]
    parameters: dict[str, object] = {
        "PhoneNumberSet": [message.address for message in messages],
        "SmsSdkAppId": settings.sdk_app_id,
        "TemplateId": first.content.provider_template,
        "TemplateParamSet": variables_of(first),
        "SessionContext": mark_of(messages, _MARK),
    }
    if is_domestic(first.address):
        parameters["SignName"] = settings.sign_name
    elif settings.sender_id:
        parameters["SenderId"] = settings.sender_id
    return parameters


def results_of(
    messages: Sequence[OutboundMessage], said: Mapping[str, Any], sign_name: str, now: datetime
) -> Sequence[Outcome]:
    """What the provider says of each number."""
    given = said.get("SendStatusSet")
    rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
    by_number = {str(row.get("PhoneNumber")): row for row in rows}
    found: list[Outcome] = []
    for index, message in enumerate(messages):
        row = by_number.get(message.address)
        if row is None and len(rows) == len(messages) and not rows[index].get("PhoneNumber"):
            row = rows[index]
        found.append(_result(row, message, sign_name, now) if row else _NO_RESULT)
    return found


def _result(row: Mapping[str, Any], message: OutboundMessage, sign_name: str, now: datetime) -> Outcome:
    code = str(row.get("Code") or "")
    if not code:
        return _NO_CODE
    outcome = outcome_of(code, str(row.get("Message") or ""), now)
    if code != OK:
        return outcome
    fee = row.get("Fee")
    parts = fee if type(fee) is int and fee > 0 else parts_of(message, sign_name)
    return replace(outcome, provider_id=str(row.get("SerialNo") or ""), parts=parts, detail="")


def concerns_one(outcome: Outcome) -> bool:
    """Whether the refusal of a call may be for the sake of one number in it."""
    return outcome.kind.is_definite_refusal and outcome.scope is Scope.RECIPIENT
