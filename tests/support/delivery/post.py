"""An imaginary provider that calls delivery, and is asked by it: letters that are delivered by postmen."""

import asyncio
import hmac
import http.client
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from tidegate.channels import (
    Account,
    Adapter,
    Asked,
    Callback,
    ContactWay,
    Kind,
    Manifest,
    Outcome,
    Receipt,
    Receipts,
    Registry,
    Reply,
    Report,
    Trigger,
    WindowRule,
)
from tidegate.channels.codes import read_codes
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.service import Builder

from support.delivery.adapter import Told, ToldChannel, ToldSettings
from support.delivery.visits import Answer

OPENID = "wechat.openid:wx1"
KEY = b"of the post office"
MANIFEST = Manifest(
    name="post",
    kinds=(Kind("letter", "phone"), Kind("card", OPENID)),
    title="Post",
    max_batch=10,
    receipts=Receipts.PUSH | Receipts.COLLECT | Receipts.FOLLOW_UP,
)
CODES = read_codes({"HAS-IT": {"outcome": "accepted"}, "WHO-KNOWS": {"outcome": "uncertain"}})
"""What the operator says of the provider's codes."""
DESK = Manifest(
    name="desk",
    kinds=(Kind("desk", OPENID),),
    title="The same provider's service desk",
    needs_grant=True,
    windows=(WindowRule(trigger=Trigger.FOLLOW, lifetime=timedelta(hours=1), messages=3),),
)
CONFIRMED = Manifest(
    name="staffed",
    kinds=(Kind("staffed", "phone"),),
    title="Confirmed by staff",
    max_batch=10,
    receipts=Receipts.FOLLOW_UP,
    staff_confirmed=True,
)
GREETING = Manifest(
    name="greeting", kinds=(Kind("greeting", "phone"),), title="Greets", max_batch=10, deadline=timedelta(seconds=20)
)


@dataclass(slots=True)
class Office:
    """What the provider does, and what it was asked."""

    letters: dict[str, Sequence[Report]] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    hanging: set[str] = field(default_factory=set)
    """The accounts whose calls do not come back as long as they are in here."""
    ready: dict[str, list[list[Report]]] = field(default_factory=dict)
    known: Callable[[Asked], Receipt | None] = lambda _: None
    followed: list[Sequence[Asked]] = field(default_factory=list)
    reminded: list[Sequence[Asked]] = field(default_factory=list)
    withdrawn: list[Sequence[Asked]] = field(default_factory=list)
    can_withdraw: bool = True
    rubbish: Any = None
    """What it answers instead, when it is asked about messages."""
    ways: list[ContactWay] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def comes_back(self, account: Account[ToldSettings]) -> None:
        """Returns when the account hangs no more."""
        while account.account_id in self.hanging:  # noqa: ASYNC110  (threads of the test change it)
            await asyncio.sleep(0.01)


class PostChannel(ToldChannel):
    """Its provider signs what it says; whoever says `echo` is answered so."""

    def __init__(self, told: Told, office: Office, manifest: Manifest = MANIFEST) -> None:
        super().__init__(told, manifest)
        self._office = office

    def answer(self, account: Account[ToldSettings], callback: Callback) -> Reply:
        if callback.query.get("echo"):
            return Reply(body=callback.query["echo"])
        if callback.headers.get("x-signature") != signature(callback.body):
            return Reply(status=401)
        key = json.loads(callback.body)["key"]
        return Reply(body=f"<got>{key}</got>", content_type="application/xml", key=key)

    async def read(self, account: Account[ToldSettings], callback: Callback) -> Sequence[Report]:
        key = json.loads(callback.body)["key"]
        with self._office.lock:
            self._office.read.append(key)
        await self._office.comes_back(account)
        if key in self._office.unreadable:
            raise ValueError(f"what does {key} mean?")
        return self._office.letters[key]

    async def collect(self, account: Account[ToldSettings]) -> Sequence[Report]:
        await self._office.comes_back(account)
        with self._office.lock:
            ready = self._office.ready.get(account.account_id)
            return ready.pop(0) if ready else []

    async def follow_up(self, account: Account[ToldSettings], asked: Sequence[Asked]) -> Sequence[Receipt]:
        with self._office.lock:
            self._office.followed.append(asked)
        await self._office.comes_back(account)
        if self._office.rubbish is not None:
            answer: Sequence[Receipt] = self._office.rubbish
            return answer
        return [known for one in asked if (known := self._office.known(one))]

    async def remind(self, account: Account[ToldSettings], asked: Sequence[Asked]) -> None:
        with self._office.lock:
            self._office.reminded.append(asked)

    async def withdraw(self, account: Account[ToldSettings], asked: Sequence[Asked]) -> Sequence[bool]:
        with self._office.lock:
            self._office.withdrawn.append(asked)
        return [self._office.can_withdraw] * len(asked)

    async def make_contact_way(self, account: Account[ToldSettings], wanted: ContactWay) -> str | Outcome:
        if "nobody" in wanted.staff_ids:
            return Outcome.permanent("there is nobody", code="60111")
        with self._office.lock:
            self._office.ways.append(wanted)
            return f"https://post.example/{len(self._office.ways)}"


def signature(body: bytes) -> str:
    """By which the provider shows that it is itself."""
    return hmac.new(KEY, body, "sha256").hexdigest()


def post_builders(told: Told, office: Office) -> Mapping[str, Builder]:
    """Identity, and delivery with this adapter beside `told`."""
    channels = [
        ToldChannel(told),
        PostChannel(told, office),
        PostChannel(told, office, CONFIRMED),
        PostChannel(told, office, DESK),
        ToldChannel(told, GREETING),
    ]
    registry = Registry([Adapter(one.manifest.name, "tests", "1", (one,), codes=CODES) for one in channels])
    return {"identity": build_identity, "delivery": partial(build, registry=registry)}


def call(
    url: str,
    body: bytes | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> Answer:
    """One call to the edge, a POST where there is a body."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    path = parts.path + (f"?{urlencode(query)}" if query else "")
    try:
        connection.request("GET" if body is None else "POST", path, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read())
    finally:
        connection.close()


def tell(url: str, key: str, at: datetime | None = None) -> Answer:
    """The provider says what stands in the letter of a key."""
    body = json.dumps({"key": key}).encode()
    return call(url, body, headers={"X-Signature": signature(body)})
