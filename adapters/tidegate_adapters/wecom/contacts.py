"""Customers who become contacts of staff: who they are, and the codes that lead to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from tidegate.channels import Account, Callback, ContactWay, Happened, Report

from tidegate_adapters.calls import NoAnswer
from tidegate_adapters.calls.documents import as_json
from tidegate_adapters.wecom.channel import WecomChannel
from tidegate_adapters.wecom.events import CONTACT_ADDED, with_unionid
from tidegate_adapters.wecom.settings import CustomerSettings
from tidegate_adapters.weixin.api import Answered, Api

_ASKED_FOR: Final = 3.0
"""Seconds for who a new contact is: their welcome has to be sent within twenty."""

LONGEST_SOURCE_CODE: Final = 30
"""Characters that a contact way's `state` takes."""

_ONE, _SEVERAL = 1, 2
_QR_CODE: Final = 2


class ContactChannel(WecomChannel[CustomerSettings]):
    """A channel of the app that has customers' contacts."""

    settings_type = CustomerSettings

    async def read(self, account: Account[CustomerSettings], callback: Callback) -> Sequence[Report]:
        """What happened; of new contacts with their unionid, where WeCom tells it in time."""
        return [await self._known(account, one) for one in await super().read(account, callback)]

    async def _known(self, account: Account[CustomerSettings], report: Report) -> Report:
        if not isinstance(report, Happened) or report.name != CONTACT_ADDED:
            return report
        async with self.kept.use(account) as api:
            try:
                async with asyncio.timeout(_ASKED_FOR):
                    unionid = await _unionid(api, report.identifiers[0][1])
            except (NoAnswer, TimeoutError):
                return report
        return with_unionid(report, unionid) if unionid else report


async def ask_contact_way(api: Api, wanted: ContactWay) -> Answered:
    """Have WeCom make a code that brings whoever scans it to one of the staff, unasked."""
    asked = {
        "type": _ONE if len(wanted.staff_ids) == 1 else _SEVERAL,
        "scene": _QR_CODE,
        "remark": wanted.remark,
        "skip_verify": True,
        "state": wanted.source_code,
        "user": list(wanted.staff_ids),
    }
    return await api.call("/cgi-bin/externalcontact/add_contact_way", as_json(asked))


async def _unionid(api: Api, external_userid: str) -> str:
    """The unionid of a contact; "" where the company is bound to no open platform, or WeCom does not tell."""
    answered = await api.ask("/cgi-bin/externalcontact/get", {"external_userid": external_userid})
    contact = answered.answer.get("external_contact")
    unionid = contact.get("unionid") if answered.code == 0 and isinstance(contact, dict) else None
    return unionid if isinstance(unionid, str) else ""
