"""How messages become calls: which of them share one, and what each carries.

One number goes with SendSms and names its message in OutId. Several of one content go with SendSms, several that
differ with SendBatchSms; OutId is one for the call then, and holds a short digest of each message's id.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tidegate.channels import OutboundMessage

from tidegate_adapters.sms.marks import mark_of
from tidegate_adapters.sms.numbers import is_domestic, national
from tidegate_adapters.sms.parting import Placed, parted

MOST: Final = 100
"""Most numbers in a call of SendBatchSms."""

_MARK: Final = 255
"""Most characters of OutId, which must stay below 256."""


@dataclass(frozen=True, slots=True)
class Call:
    """Messages of one template at the provider, each to another number, that go together."""

    messages: Sequence[OutboundMessage]

    @property
    def is_alike(self) -> bool:
        """Whether all its messages say the same."""
        first = self.messages[0].content.variables
        return all(message.content.variables == first for message in self.messages)

    def request(self, sign_name: str) -> tuple[str, dict[str, str], dict[str, str]]:
        """The action, the parameters in the query, and those in the form."""
        messages, first = self.messages, self.messages[0].content
        query = {"TemplateCode": first.provider_template, "OutId": mark_of(messages, _MARK)}
        if self.is_alike:
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


def calls_of(messages: Sequence[Placed]) -> Iterator[Sequence[int]]:
    """The calls in which messages go, by their places. Foreign numbers go singly, and a number is in a call once."""
    yield from ([place] for place, message in messages if not is_domestic(message.address))
    domestic = [one for one in messages if is_domestic(one[1].address)]
    yield from parted(domestic, MOST, lambda message: message.content.provider_template)


def _json(value: Sequence[str] | Sequence[Mapping[str, str]] | Mapping[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
