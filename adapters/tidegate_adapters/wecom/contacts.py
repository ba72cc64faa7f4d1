"""Customers who become contacts of staff: who they are, and the codes that lead to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tidegate.channels import Account, Callback, ContactWay, Happened, Outcome, Report

from tidegate_adapters.calls import NoAnswer
from tidegate_adapters.wecom import ways
from tidegate_adapters.wecom.channel import WecomChannel, text_at
from tidegate_adapters.wecom.events import CONTACT_ADDED, with_unionid
from tidegate_adapters.wecom.settings import CustomerSettings
from tidegate_adapters.weixin.api import Api

_ASKED_FOR: Final = 3.0
"""Seconds for who a new contact is: their welcome has to be sent within twenty."""


class ContactChannel(WecomChannel[CustomerSettings]):
    """A channel of the app that has customers' contacts."""

    settings_type = CustomerSettings

    async def read(self, account: Account[CustomerSettings], callback: Callback) -> Sequence[Report]:
        """What happened; of new contacts with their unionid, where WeCom tells it in time."""
        return [await self._known(account, one) for one in await super().read(account, callback)]

    async def make_contact_way(self, account: Account[CustomerSettings], wanted: ContactWay) -> str | Outcome:
        if (length := len(wanted.source_code)) > ways.LONGEST_SOURCE_CODE:
            words = f"source_code has {length} characters, and WeCom carries {ways.LONGEST_SOURCE_CODE}: make a shorter"
            return Outcome.permanent(words)
        async with self.kept.use(account) as api:
            try:
                given = await ways.add(api, wanted)
            except NoAnswer as error:
                return error.outcome
        if given.code:
            return self.outcome(given, *wanted.staff_ids)
        return text_at(given, "qr_code") or Outcome.uncertain("the answer has no qr_code", code="0")

    async def find_contact_way(
        self, account: Account[CustomerSettings], wanted: ContactWay, begun: datetime
    ) -> str | Outcome | None:
        async with self.kept.use(account) as api:
            try:
                return await ways.find(api, wanted.source_code, begun, self.now()) or None
            except NoAnswer as error:
                return error.outcome
            except ways.Untold as error:
                return self.outcome(error.given, *wanted.staff_ids)

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


async def _unionid(api: Api, external_userid: str) -> str:
    """The unionid of a contact; "" where the company is bound to no open platform, or WeCom does not tell."""
    answered = await api.ask("/cgi-bin/externalcontact/get", {"external_userid": external_userid})
    contact = answered.answer.get("external_contact")
    unionid = contact.get("unionid") if answered.code == 0 and isinstance(contact, dict) else None
    return unionid if isinstance(unionid, str) else ""
