"""Signed calls of Dysmsapi 2017-05-25."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from tidegate.channels import Account, Outcome

from tidegate_adapters.aliyun.codes import CALLS, OK, WAITS
from tidegate_adapters.aliyun.settings import AliyunSettings
from tidegate_adapters.aliyun.signing import authorization, canonical_request, digest, query_of
from tidegate_adapters.calls import Answer, Http, Kept, NoAnswer
from tidegate_adapters.calls.answers import Document
from tidegate_adapters.sms.endpoint import host_of
from tidegate_adapters.sms.numbers import redacted
from tidegate_adapters.sms.waits import span

VERSION: Final = "2017-05-25"
_FORM: Final = "application/x-www-form-urlencoded"


class Client:
    """Makes calls for accounts; `clock` says the real time, by which calls are dated.

    Attributes:
        kept: The accounts' connections.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.kept = Kept[AliyunSettings, Http](Http)

    async def call(
        self,
        account: Account[AliyunSettings],
        action: str,
        query: Mapping[str, str],
    ) -> tuple[Outcome, Document]:
        """One call, in its turn.

        Returns:
            What it means, and the body of the answer, empty where there is none.
        """
        try:
            async with self.kept.use(account) as http, http.places.held():
                return await self.made(http, account.settings, action, query)
        except NoAnswer as error:
            return error.outcome, {}

    async def made(
        self,
        http: Http,
        settings: AliyunSettings,
        action: str,
        query: Mapping[str, str],
        form: Mapping[str, str] | None = None,
    ) -> tuple[Outcome, Document]:
        """The same for who has a place. Raises NoAnswer."""
        text = query_of(query)
        body = query_of(form).encode() if form else b""
        headers = self._headers(settings, action, text, body, is_form=bool(form))
        url = f"{settings.endpoint.rstrip('/')}/?{text}"
        answer = await http.post(url, headers, body)
        document = answer.document or {}
        return outcome_of(answer, document, self._clock()), document

    async def close(self) -> None:
        """Close all connections."""
        await self.kept.close()

    def _headers(
        self, settings: AliyunSettings, action: str, query: str, body: bytes, *, is_form: bool
    ) -> dict[str, str]:
        headers = {
            "host": host_of(settings.endpoint),
            "x-acs-action": action,
            "x-acs-version": VERSION,
            "x-acs-date": self._clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-content-sha256": digest(body),
        }
        if is_form:
            headers["content-type"] = _FORM
        if settings.security_token:
            headers["x-acs-security-token"] = settings.security_token.reveal()
        canonical = canonical_request(query, headers)
        secret = settings.access_key_secret.reveal()
        headers["Authorization"] = authorization(canonical, headers, settings.access_key_id, secret)
        return headers


def outcome_of(answer: Answer, body: Document, now: datetime) -> Outcome:
    """What an answer, and the JSON in it, means for each message of the call."""
    code, said = body.get("Code"), redacted(str(body.get("Message") or ""))
    if not isinstance(code, str) or not code:
        return answer.unreadable()
    if code == OK:
        return Outcome.accepted(str(body.get("BizId") or ""), code=code)
    if answer.status >= 500 and not CALLS.knows(code):
        return Outcome.uncertain(f"HTTP status {answer.status}: {said}", code=code)
    outcome = CALLS.outcome(code, said)
    waits = [wait for limit, word, wait in WAITS if limit == code and word in said]
    return replace(outcome, retry_after=span(waits[0], now)) if waits else outcome
