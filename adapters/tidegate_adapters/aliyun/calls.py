"""How messages become calls: which of them share one, and what each carries.

One number goes with SendSms and names its message in OutId. Several of one content go with SendSms, several that
differ with SendBatchSms; OutId is one for the call then, and holds a short digest of each message's id.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tidegate.channels import OutboundMessage

from tidegate_adapters.sms.numbers import is_domestic, national

MOST: Final = 100
"""Most numbers in a call of SendBatchSms; its OutId must stay below 256 characters, too."""

_SHARED: Final = "~"
"""How the OutId of several messages begins."""

_DIGEST_LENGTH: Final = 2

Placed = tuple[int, OutboundMessage]
"""A message with its place in the batch."""


@dataclass(frozen=True, slots=True)
class Call:
    """Messages of one template at the provider, each to another number, that go together."""

    messages: Sequence[Placed]

    def halves(self) -> Sequence[Call]:
        """The same in two calls."""
        middle = len(self.messages) // 2
        return Call(self.messages[:middle]), Call(self.messages[middle:])

    def request(self, sign_name: str) -> tuple[str, dict[str, str], dict[str, str]]:
        """The action, the parameters in the query, and those in the form."""
        messages = [message for _, message in self.messages]
        first = messages[0].content
        query = {"TemplateCode": first.provider_template, "OutId": out_id(messages)}
        if all(message.content.variables == first.variables for message in messages):
            query |= {
                "PhoneNumbers": ",".join(national(message.address) for message in messages),
                "SignName": sign_name,
            }
            if first.variables:
                query["TemplateParam"] = _json(dict(first.variables))
            return "SendSms", query, {}
        form = {
            "PhoneNumberJson": _json([national(message.address) for message in messages]),
            "SignNameJson": _json([sign_name] * len(messages)),
            "TemplateParamJson": _json([dict(message.content.variables) for message in messages]),
        }
        return "SendBatchSms", query, form


def calls_of(messages: Sequence[Placed]) -> Iterator[Call]:
    """The calls in which messages go. Foreign numbers go singly, and a number is in a call once."""
    groups: dict[tuple[str, int], list[Placed]] = defaultdict(list)
    seen: dict[str, int] = defaultdict(int)
    for place, message in messages:
        if not is_domestic(message.address):
            yield Call([(place, message)])
            continue
        groups[message.content.provider_template, seen[message.address]].append((place, message))
        seen[message.address] += 1
    for group in groups.values():
        for start in range(0, len(group), MOST):
            yield Call(group[start : start + MOST])


def out_id(messages: Sequence[OutboundMessage]) -> str:
    """What a call carries so that its messages are known again: the id, or digests of several."""
    if len(messages) == 1:
        return messages[0].message_id
    return _SHARED + "".join(_digest(message.message_id) for message in messages)


def is_shared(given: str) -> bool:
    """Whether an OutId stands for several messages."""
    return given.startswith(_SHARED)


def may_hold(given: str, message_id: str) -> bool:
    """Whether a shared OutId stands for a message; with 100 in it, it says so of one in 40 others."""
    digests = given.removeprefix(_SHARED)
    wanted = _digest(message_id)
    return any(digests[at : at + _DIGEST_LENGTH] == wanted for at in range(0, len(digests), _DIGEST_LENGTH))


def _digest(message_id: str) -> str:
    found = hashlib.blake2b(message_id.encode(), digest_size=3).digest()
    return base64.urlsafe_b64encode(found).decode()[:_DIGEST_LENGTH]


def _json(value: Sequence[str] | Sequence[Mapping[str, str]] | Mapping[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
