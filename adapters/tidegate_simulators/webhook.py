"""A gateway that is called by Standard Webhooks: checks signatures, drops what it has seen, and tells what it did.

Signatures are checked and made by the standard's own library, and not by code of the adapter's.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from uuid import uuid4

import aiohttp
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from tidegate_simulators.web import Script, Served, answer

SECRET: Final = "whsec_" + "c2ltdWxhdGVkIHNlY3JldCBvZiAyNCBieXRlcw=="
"""Fixed, so that a receiver may be set up before the simulator starts."""

_REFUSED: Final = 422


class WebhookEndpoint:
    """Listens on loopback from `start` to `stop`; tells its callback address of each message that it was delivered.

    Attributes:
        messages: What was taken, each once, oldest first: the data of the events.
        calls: The ids of all calls that were signed, repetitions included.
        script: What goes wrong. A refusal's code is an outcome, or a status written as `http:410`.
        headers: What is answered with besides, such as Retry-After.
    """

    def __init__(self, *, port: int = 0, callback_url: str = "", secret: str = SECRET) -> None:
        self.messages: list[Mapping[str, Any]] = []
        self.calls: list[str] = []
        self.script = Script()
        self.headers: dict[str, str] = {}
        self._known: set[str] = set()
        self._callback_url = callback_url
        self._telling: set[asyncio.Task[None]] = set()
        self._secret = secret
        self._signer = Webhook(secret)
        self._served = Served(self._handle, port=port)

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._served.url

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings of an account of the channel `webhook`; the operator names 127.0.0.0/8 as a network."""
        return {"url": f"{self.url}/tidegate", "secret": self._secret}

    @property
    def taken(self) -> int:
        """How many messages it has taken."""
        return len(self.messages)

    def start(self) -> None:
        """Listen."""
        self._served.start()

    def stop(self) -> None:
        """End every connection."""
        self._served.stop()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        try:
            event = self._signer.verify(body, dict(request.headers))
        except WebhookVerificationError as error:
            return web.json_response({"detail": str(error)}, status=401)
        call = request.headers["webhook-id"]
        self.calls.append(call)
        if event["type"] != "message.send":
            return web.Response(status=204)
        data = event["data"]
        address = str(data["address"])
        entry = self.script.next("send") or self.script.next("send", address)
        response = await answer(request, entry, take=lambda: self._take(call, data), refuse=partial(_refuse, address))
        if self.headers:
            response.headers.update(self.headers)
        return response

    def _take(self, call: str, data: Mapping[str, Any]) -> web.StreamResponse:
        if call not in self._known:
            self._known.add(call)
            self.messages.append(data)
            if self._callback_url:
                task = asyncio.get_running_loop().create_task(self._tell_delivered(str(data["message_id"])))
                self._telling.add(task)
                task.add_done_callback(self._telling.discard)
        return web.json_response({"id": f"gateway-{len(self.messages)}"}, status=202)

    async def _tell_delivered(self, message_id: str) -> None:
        now = datetime.now(UTC)
        event = {"type": "message.delivered", "timestamp": now.isoformat(), "data": {"message_id": message_id}}
        headers, body = signed(self._secret, event, now)
        async with aiohttp.ClientSession() as session, session.post(self._callback_url, data=body, headers=headers):
            pass


def signed(
    secret: str, event: Mapping[str, Any], time: datetime, event_id: str = ""
) -> tuple[Mapping[str, str], bytes]:
    """The headers and the body by which whoever has the secret tells an event at that time."""
    body = json.dumps(event, ensure_ascii=False)
    name = event_id or f"evt_{uuid4().hex}"
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(time.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, time, body),
    }
    return headers, body.encode()


def _refuse(address: str, code: str) -> web.StreamResponse:
    """Gateways like to repeat the address in what they say."""
    detail = f"refused by the script: {address}"
    return web.json_response({"outcome": code, "code": f"E-{code}", "detail": detail}, status=_REFUSED)
