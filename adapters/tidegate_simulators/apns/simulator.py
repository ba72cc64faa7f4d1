"""api.push.apple.com: notifications to devices, by provider tokens."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from tidegate_simulators.apns import rules
from tidegate_simulators.apns.codes import OTHERS, STATUSES, Refused
from tidegate_simulators.apns.serving import Http2Served, NoReply, Reply, Request
from tidegate_simulators.apns.tokens import Gatekeeper, SigningKey
from tidegate_simulators.sms.limits import Frequencies, Window
from tidegate_simulators.web import Entry, Fault, Script

KEY_ID: Final = "SIMKEY0001"
TEAM_ID: Final = "SIMTEAM001"
TOPIC: Final = "com.example.shop"

STREAMS: Final = 1000
"""Requests at one time, from the first good provider token of a connection on; before it is one."""

_PATH: Final = re.compile(r"/3/device/([^/?]*)")
_DEVICE: Final = re.compile(r"(?:[0-9a-f]{2}){32,100}")
_NOBODY: Final = re.compile(r"0+")
_STATUS, _FRAME = "http:", "h2:"


@dataclass(frozen=True, slots=True)
class Notification:
    """One that was taken.

    Attributes:
        device: The device token.
        headers: Apple's headers, by name.
        payload: The payload.
        time: When, in seconds since 1970.
    """

    device: str
    headers: Mapping[str, str]
    payload: Mapping[str, Any]
    time: float

    @property
    def id(self) -> str:
        """Its id, a UUID."""
        return self.headers["apns-id"]


@dataclass(slots=True)
class Device:
    """A device token.

    Attributes:
        topic: Bundle id of the app that it belongs to.
        sandbox: Whether it is one of the sandbox.
        gone: Why it is refused: `Unregistered` or `ExpiredToken`; "" = it is not.
        since: Since when it is gone, in seconds since 1970.
    """

    topic: str = TOPIC
    sandbox: bool = False
    gone: str = ""
    since: float = 0.0


class ApnsSimulator(Http2Served):
    """The service for as long as a `with` block lasts.

        with ApnsSimulator() as apple:
            …send to apple.url with apple.settings…
            apple.notifications[0].payload["aps"]

    An entry of the script refuses with a reason of Apple's, with a status alone (`http:503`), or by a frame:
    `h2:refused_stream` says that a request was not looked at, `h2:goaway` the same of it and all later ones of its
    connection, whose earlier ones are answered. Its action is `send`, its address a device token.

    Attributes:
        notifications: What was taken, oldest first.
        repeated: Ids that were taken before.
        gatekeeper: The signing keys, and the provider tokens that were let in.
        topics: Bundle ids of the team's apps.
        devices: What is known of device tokens.
        everybody: Whether tokens that nothing is known of belong to whatever app is named.
        device_limit: How many notifications a device takes in how many seconds; None = any.
        script: What goes wrong.

    Args:
        port: Port to listen on; 0 = any free one.
        callback_url: Not used: Apple tells nothing later.
        sandbox: Whether it is the sandbox, which has devices and keys of its own.
        certificate: File of a certificate with its key; None = no TLS.
        clock: The time in seconds since 1970, by which tokens and limits go.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        callback_url: str = "",
        sandbox: bool = False,
        certificate: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(self._handle, port=port, certificate=certificate)
        self.sandbox = sandbox
        self.notifications: list[Notification] = []
        self.repeated: list[str] = []
        self.gatekeeper = Gatekeeper(sandbox=sandbox)
        self.topics = {TOPIC}
        self.devices: dict[str, Device] = {}
        self.everybody = True
        self.device_limit: Window | None = None
        self.script = Script()
        self._clock = clock
        self._frequencies = Frequencies()
        self._ids: set[str] = set()
        self._taking = threading.Lock()
        self.add_key(KEY_ID, TEAM_ID)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings of an account that sends through it."""
        key = next(iter(self.gatekeeper.keys.values()))
        return {
            "base_url": self.url,
            "key": key.p8,
            "key_id": key.key_id,
            "team_id": key.team_id,
            "topic": min(self.topics),
            "environment": "sandbox" if self.sandbox else "production",
        }

    @property
    def taken(self) -> int:
        """How many notifications it has taken."""
        return len(self.notifications)

    def add_key(self, key_id: str, team_id: str, *, sandbox: bool | None = None) -> SigningKey:
        """Have a signing key; `sandbox` as of SigningKey."""
        key = self.gatekeeper.keys[key_id] = SigningKey.make(key_id, team_id, sandbox=sandbox)
        return key

    def forget(self, device: str, reason: str = "Unregistered") -> None:
        """The app is gone from a device, or its token has ended (`ExpiredToken`)."""
        known = self.devices.setdefault(device, Device(min(self.topics), self.sandbox))
        known.gone, known.since = reason, self._clock()

    async def _handle(self, request: Request) -> Reply:
        apns_id = next((value for name, value in request.headers if name == "apns-id"), "")
        try:
            notification = self._read(request)
            entry = self.script.next("send") or self.script.next("send", notification.device)
            return await self._play(request, notification, entry)
        except Refused as refused:
            return _refusal(refused, apns_id)

    def _read(self, request: Request) -> Notification:
        """What a request asks for, in the order in which Apple looks: the device comes last."""
        now = self._clock()
        if request.method != "POST":
            raise Refused("MethodNotAllowed")
        path = _PATH.fullmatch(request.path)
        if path is None:
            raise Refused("BadPath")
        headers = rules.unique(request.headers)
        self._let_in(request, headers, now)
        bundle = rules.bundle_of(headers)
        if bundle not in self.topics:
            raise Refused("TopicDisallowed")
        rules.check_headers(headers)
        payload = rules.read_payload(request.body, headers.get("apns-push-type", "alert"))
        self._check_device(path[1], bundle, now)
        told = {name: value for name, value in headers.items() if name.startswith("apns-")}
        return Notification(path[1], {"apns-id": str(uuid4()), **told}, payload, now)

    def _let_in(self, request: Request, headers: Mapping[str, str], now: float) -> None:
        key = self.gatekeeper.check(headers.get("authorization"), now)
        connection = request.connection
        if connection.key_id not in ("", key.key_id):
            raise Refused("UnrelatedKeyIdInToken")
        connection.key_id = key.key_id
        connection.allow(STREAMS)

    def _check_device(self, token: str, bundle: str, now: float) -> None:
        if not token:
            raise Refused("MissingDeviceToken")
        device = self.devices.get(token)
        if device is None and self.everybody and _DEVICE.fullmatch(token) and not _NOBODY.fullmatch(token):
            device = Device(bundle, self.sandbox)
        if device is None or device.sandbox is not self.sandbox:
            raise Refused("BadDeviceToken")
        if device.topic != bundle:
            raise Refused("DeviceTokenNotForTopic")
        if device.gone:
            raise Refused(device.gone, since=device.since)
        if self.device_limit and self._frequencies.exceeded([self.device_limit], token, now):
            raise Refused("TooManyRequests")

    async def _play(self, request: Request, notification: Notification, entry: Entry | None) -> Reply:
        """Take it and answer, unless `entry` says otherwise."""
        if entry is None:
            return self._take(notification)
        if entry.fault is Fault.REFUSE:
            return _refused_by(request, notification, entry.code)
        if entry.fault is Fault.CLOSE_BEFORE_TAKING:
            request.connection.abort()
            raise NoReply
        reply = self._take(notification)
        if entry.fault is Fault.CLOSE_AFTER_TAKING:
            request.connection.abort()
            raise NoReply
        if entry.fault is Fault.SILENT_AFTER_TAKING:
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(entry.delay)
        return reply

    def _take(self, notification: Notification) -> Reply:
        with self._taking:
            if notification.id in self._ids:
                self.repeated.append(notification.id)
            self._ids.add(notification.id)
            self.notifications.append(notification)
        if self.device_limit:
            self._frequencies.count([self.device_limit], notification.device, notification.time)
        unique = {"apns-unique-id": str(uuid4())} if self.sandbox else {}
        return Reply(200, {"apns-id": notification.id, **unique})


def _refused_by(request: Request, notification: Notification, code: str) -> Reply:
    if code == f"{_FRAME}refused_stream":
        request.connection.refuse(request.stream)
        raise NoReply
    if code == f"{_FRAME}goaway":
        request.connection.say_goodbye(request.stream - 1, b'{"reason":"Shutdown"}')
        raise NoReply
    if code.startswith(_STATUS):
        return Reply(int(code.removeprefix(_STATUS)), {"apns-id": notification.id})
    raise Refused(code)


def _refusal(refused: Refused, apns_id: str) -> Reply:
    said: dict[str, Any] = {"reason": refused.reason}
    if refused.since:
        said["timestamp"] = int(refused.since * 1000)
    headers = {"apns-id": apns_id or str(uuid4()), "content-type": "application/json"}
    return Reply(STATUSES.get(refused.reason, OTHERS), headers, json.dumps(said).encode())
