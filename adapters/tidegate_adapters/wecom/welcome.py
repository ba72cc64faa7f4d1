"""The channel `wecom.welcome`: the greeting of a customer who has just become a contact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from tidegate.channels import WECOM_WELCOME, Account, Manifest, OutboundMessage, Outcome

from tidegate_adapters.calls import offer_each
from tidegate_adapters.calls.batches import CALL_TIMEOUT
from tidegate_adapters.wecom.contacts import ContactChannel
from tidegate_adapters.wecom.contents import problem, said
from tidegate_adapters.wecom.settings import CustomerSettings
from tidegate_adapters.weixin.api import Api
from tidegate_adapters.weixin.web import as_json

_PATH: Final = "/cgi-bin/externalcontact/send_welcome_msg"

CODE: Final = "welcome_code"
"""The part that holds the code of the event `wecom_contact_added`."""


class WelcomeChannel(ContactChannel):
    """Each greeting answers one event: its code is good for twenty seconds, and once."""

    manifest = Manifest(
        name="wecom.welcome",
        kinds=(WECOM_WELCOME,),
        title="WeCom greetings of new contacts",
        max_batch=16,
        deadline=timedelta(seconds=20),
        concurrency=8,
        call_timeout=CALL_TIMEOUT,
    )

    async def send(self, account: Account[CustomerSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        async with self.kept.use(account) as api:
            return await offer_each(api.web.places, batch, partial(self._offer, account.settings, api), api.tokens.get)

    async def _offer(self, settings: CustomerSettings, api: Api, message: OutboundMessage) -> Outcome:
        code = message.content.variables.get(CODE, "")
        wrong = problem(settings, message.content, frozenset({CODE}))
        if not code:
            wrong = f"a greeting needs the part {CODE}: that of the event wecom_contact_added"
        if wrong:
            return Outcome.content_rejected(wrong)
        body = {"welcome_code": code, **said(settings, message.content)}
        return self.outcome(await api.call(_PATH, as_json(body)), message.address, code)
