"""fcm.googleapis.com, HTTP v1, and oauth2.googleapis.com: messages to registration tokens."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final

from aiohttp import web

from tidegate_simulators.fcm import rules
from tidegate_simulators.fcm.codes import Refused
from tidegate_simulators.fcm.tokens import FORM, NoGrant, ServiceAccount
from tidegate_simulators.sms.limits import Frequencies, Window
from tidegate_simulators.web import Script, Served, answer

PROJECT: Final = "simulated-shop"
_DEVICE: Final = (Window(permits=240, seconds=60), Window(permits=5000, seconds=3600))
"""How many messages one device takes."""

_MINUTE: Final = 60


class FcmSimulator(Served):
    """The service for as long as a `with` block lasts.

        with FcmSimulator() as google:
            …send to google.url with google.settings…
            google.messages[0]["notification"]

    An entry of the script refuses with a code of FCM's, with `UNAUTHENTICATED`, `PERMISSION_DENIED` or `NOT_FOUND`
    of Google's, or with a status alone (`http:503`). Its action is `send` or `token`, its address a registration token.

    Attributes:
        messages: What was taken, oldest first.
        account: The service account that may send.
        unregistered: Registration tokens of apps that are gone.
        strangers: Registration tokens of other senders' apps.
        quota: How many messages the project sends in how many seconds; None = any.
        retry_after: Seconds that refusals of quotas ask to wait; None = none are named.
        script: What goes wrong.

    Args:
        port: Port to listen on; 0 = any free one.
        callback_url: Not used: FCM tells nothing later.
        clock: The time in seconds since 1970, by which tokens and limits go.
    """

    def __init__(self, *, port: int = 0, callback_url: str = "", clock: Callable[[], float] = time.time) -> None:
        super().__init__(self._handle, port=port)
        self.messages: list[Mapping[str, Any]] = []
        self.account = ServiceAccount(PROJECT, clock)
        self.unregistered: set[str] = set()
        self.strangers: set[str] = set()
        self.quota: Window | None = Window(permits=600_000, seconds=_MINUTE)
        self.retry_after: int | None = None
        self.script = Script()
        self._clock = clock
        self._numbers = count(1)
        self._of_devices = Frequencies()
        self._of_project = Frequencies()

    @property
    def token_url(self) -> str:
        """Where tokens are given."""
        return f"{self.url}/token"

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings of an account that sends through it."""
        return {"service_account": self.account.document(self.token_url), "base_url": self.url}

    @property
    def taken(self) -> int:
        """How many messages it has taken."""
        return len(self.messages)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        if request.path == "/token":
            entry = self.script.next("token")
            return await answer(request, entry, take=lambda: self._grant(request, body), refuse=_no_grant)
        try:
            message, is_trial = self._read(request, body)
        except Refused as refused:
            return self._refusal(refused)
        entry = self.script.next("send") or self.script.next("send", str(message.get("token", "")))
        return await answer(
            request,
            entry,
            take=lambda: self._take(message, is_trial=is_trial),
            refuse=lambda code: self._refusal(Refused(code)),
        )

    def _read(self, request: web.BaseRequest, body: bytes) -> tuple[Mapping[str, Any], bool]:
        if request.method != "POST" or not request.path.startswith("/v1/projects/"):
            raise Refused("NOT_FOUND", "The requested URL was not found on this server.")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not self.account.knows(token):
            raise Refused("UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if request.path != f"/v1/projects/{self.account.project}/messages:send":
            raise Refused("PERMISSION_DENIED", "Permission 'cloudmessaging.messages.create' denied.")
        message, is_trial = rules.read(body)
        self._check_token(str(message.get("token", "")))
        return message, is_trial

    def _check_token(self, token: str) -> None:
        now = self._clock()
        if token in self.unregistered:
            raise Refused("UNREGISTERED", "Requested entity was not found.")
        if token in self.strangers:
            raise Refused("SENDER_ID_MISMATCH", "SenderId mismatch")
        if token and self._of_devices.exceeded(_DEVICE, token, now):
            raise Refused("QUOTA_EXCEEDED", "Quota exceeded for the device.", retry_after=self.retry_after)
        if self.quota and self._of_project.exceeded([self.quota], self.account.project, now):
            raise Refused("QUOTA_EXCEEDED", "Quota exceeded for the project.", retry_after=self.retry_after)

    def _take(self, message: Mapping[str, Any], *, is_trial: bool) -> web.StreamResponse:
        if is_trial:
            return web.json_response({"name": f"projects/{self.account.project}/messages/fake_message_id"})
        now = self._clock()
        self._of_devices.count(_DEVICE, str(message.get("token", "")), now)
        if self.quota:
            self._of_project.count([self.quota], self.account.project, now)
        self.messages.append(message)
        name = f"0:{int(now * 1_000_000)}%{next(self._numbers):x}"
        return web.json_response({"name": f"projects/{self.account.project}/messages/{name}"})

    def _grant(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method != "POST" or request.headers.get("Content-Type", "").partition(";")[0] != FORM:
            return _no_grant("invalid_request")
        try:
            return web.json_response(self.account.grant(body.decode(errors="replace"), self.token_url))
        except NoGrant as refused:
            return _no_grant(refused.error, refused.description)

    def _refusal(self, refused: Refused) -> web.StreamResponse:
        status, said = refused.answer
        wait = refused.retry_after if refused.retry_after is not None else self._wait(status)
        headers = {} if wait is None else {"Retry-After": str(wait)}
        return web.json_response(said, status=status, headers=headers)

    def _wait(self, status: int) -> int | None:
        return self.retry_after if status in (429, 503) else None


def _no_grant(error: str, description: str = "") -> web.StreamResponse:
    return web.json_response({"error": error, "error_description": description}, status=400)
