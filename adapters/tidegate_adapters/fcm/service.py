"""FCM for one account: connections, and an access token that is renewed when it is refused."""

from __future__ import annotations

from functools import partial
from typing import Final
from urllib.parse import quote

from tidegate_adapters.calls import Answer, Http, Tokens
from tidegate_adapters.fcm.codes import is_stale
from tidegate_adapters.fcm.settings import FcmSettings, read_service_account
from tidegate_adapters.fcm.tokens import fetch_token


class Service:
    """Made in the event loop that is running, and used there."""

    def __init__(self, settings: FcmSettings) -> None:
        account = read_service_account(settings.service_account.reveal())
        self.http: Final = Http(settings)
        self.tokens: Final = Tokens(partial(fetch_token, account, self.http))
        self._url = f"{settings.base_url.rstrip('/')}/v1/projects/{quote(account.project, safe='')}/messages:send"

    async def post(self, body: bytes) -> Answer:
        """Post a message; a second time with a new token where the first is refused.

        Raises:
            NotSent: It was surely not posted, or no token is to be had.
            NoAnswer: It may have been taken.
        """
        token = await self.tokens.get()
        answer = await self._post(token.text, body)
        if not is_stale(answer):
            return answer
        self.tokens.drop(token)
        return await self._post((await self.tokens.get()).text, body)

    async def close(self) -> None:
        """Let go of connections, and of what is being fetched."""
        await self.tokens.close()
        await self.http.close()

    async def _post(self, token: str, body: bytes) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return await self.http.post(self._url, headers, body)
