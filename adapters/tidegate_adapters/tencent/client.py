"""Signed calls of Tencent Cloud's SMS 2021-01-11."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tidegate.channels import Account, Outcome

from tidegate_adapters.calls import Answer, Http, Kept, NoAnswer
from tidegate_adapters.sms.endpoint import host_of
from tidegate_adapters.tencent.codes import CALLS, outcome_of
from tidegate_adapters.tencent.settings import TencentSettings
from tidegate_adapters.tencent.signing import authorization, canonical_request, day_of, signature, signing_key

VERSION: Final = "2021-01-11"
_SERVICE: Final = "sms"
_JSON: Final = "application/json; charset=utf-8"

Said = Mapping[str, Any]


class Client:
    """Makes calls for accounts; `clock` says the real time, by which calls are dated.

    Attributes:
        kept: The accounts' connections.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.kept = Kept[TencentSettings, Http](Http)
        self._key = ("", "", b"")

    async def call(
        self, account: Account[TencentSettings], action: str, parameters: Mapping[str, object]
    ) -> Said | Outcome:
        """One call, in its turn: what the provider says, or what its refusal, or its silence, means."""
        try:
            async with self.kept.use(account) as http, http.places.held():
                return await self.made(http, account.settings, action, parameters)
        except NoAnswer as error:
            return error.outcome

    async def made(
        self, http: Http, settings: TencentSettings, action: str, parameters: Mapping[str, object]
    ) -> Said | Outcome:
        """The same for who has a place. Raises NoAnswer."""
        body = json.dumps(parameters, ensure_ascii=False, separators=(",", ":")).encode()
        headers = self._headers(settings, action, body)
        return self._read(await http.post(f"{settings.endpoint.rstrip('/')}/", headers, body))

    async def close(self) -> None:
        """Close all connections."""
        await self.kept.close()

    def _read(self, answer: Answer) -> Said | Outcome:
        said = (answer.document or {}).get("Response")
        if not isinstance(said, dict):
            return answer.unreadable()
        error = said.get("Error")
        if not isinstance(error, dict):
            return said
        code, words = str(error.get("Code") or ""), str(error.get("Message") or "")
        if answer.status >= 500 and not CALLS.knows(code):
            return Outcome.uncertain(f"HTTP status {answer.status}", code=code)
        return outcome_of(code, words, self._clock())

    def _headers(self, settings: TencentSettings, action: str, body: bytes) -> dict[str, str]:
        time = int(self._clock().timestamp())
        signed = {"content-type": _JSON, "host": host_of(settings.endpoint), "x-tc-action": action}
        key = self._signing_key(settings.secret_key.reveal(), day_of(time))
        proof = signature(canonical_request(body, signed), key, _SERVICE, time)
        headers = {
            **signed,
            "X-TC-Version": VERSION,
            "X-TC-Region": settings.region,
            "X-TC-Timestamp": str(time),
            "Authorization": authorization(signed, proof, settings.secret_id, _SERVICE, time),
        }
        if settings.token:
            headers["X-TC-Token"] = settings.token.reveal()
        return headers

    def _signing_key(self, secret: str, day: str) -> bytes:
        known = self._key
        if known[:2] != (secret, day):
            known = self._key = (secret, day, signing_key(secret, _SERVICE, day))
        return known[2]
