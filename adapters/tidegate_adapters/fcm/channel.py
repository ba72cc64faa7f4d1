"""The channel: one call for each message, several at one time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from tidegate.channels import PUSH, Account, Channel, Manifest, OutboundMessage, Outcome

from tidegate_adapters.fcm.codes import meaning
from tidegate_adapters.fcm.settings import FcmSettings
from tidegate_adapters.fcm.tokens import Tokens
from tidegate_adapters.sms.web import Web


class FcmChannel(Channel[FcmSettings]):
    """Notifications to apps. Addresses are registration tokens."""

    manifest = Manifest(
        name="push.fcm",
        kinds=(PUSH,),
        title="App push through Firebase Cloud Messaging (HTTP v1)",
        max_batch=100,
        concurrency=4,
        call_timeout=timedelta(minutes=5),
    )
    settings_type = FcmSettings

    def __init__(self) -> None:
        self._web = Web()
        self._tokens: dict[str, Tokens] = {}

    async def send(self, account: Account[FcmSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        tokens = self._of(account)
        token = await tokens.token(self._web, account.account_id)
        if isinstance(token, Outcome):
            return [token] * len(batch)
        return await asyncio.gather(*(self._post(account, tokens, token, message) for message in batch))

    async def test(self, account: Account[FcmSettings]) -> Outcome:
        """Get a token, which sends nothing."""
        token = await Tokens(account.settings).token(self._web, account.account_id)
        return token if isinstance(token, Outcome) else Outcome.accepted(detail="the service account gets a token")

    async def close(self) -> None:
        self._tokens.clear()
        await self._web.close()

    def _of(self, account: Account[FcmSettings]) -> Tokens:
        kept = self._tokens.get(account.account_id)
        if kept and kept.settings == account.settings and kept.loop is asyncio.get_running_loop():
            return kept
        self._tokens[account.account_id] = fresh = Tokens(account.settings)
        return fresh

    async def _post(
        self, account: Account[FcmSettings], tokens: Tokens, token: str, message: OutboundMessage
    ) -> Outcome:
        settings = account.settings
        url = f"{settings.base_url.rstrip('/')}/v1/projects/{quote(tokens.account.project, safe='')}/messages:send"
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        answer = await self._web.post(account.account_id, settings, url, headers, _body(settings, message))
        if isinstance(answer, Outcome):
            return answer
        outcome = meaning(answer)
        if outcome.provider_code == "UNAUTHENTICATED":
            tokens.drop(token)
        return outcome


def _body(settings: FcmSettings, message: OutboundMessage) -> bytes:
    """The message: what is shown, and for the app its data, with our id and the link."""
    content = message.content
    data = {**content.variables, **content.headers, "message_id": message.message_id}
    if content.link:
        data["link"] = content.link
    said: dict[str, Any] = {"token": message.address, "data": data}
    notification = {"title": content.subject, "body": content.text}
    if shown := {name: text for name, text in notification.items() if text}:
        said["notification"] = shown
    if settings.android_channel:
        said["android"] = {"notification": {"channel_id": settings.android_channel}}
    return json.dumps({"message": said}, ensure_ascii=False).encode("utf-8", "replace")
