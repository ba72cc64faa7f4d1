"""Apple's service, simulated: it takes what Apple takes, and refuses the rest with Apple's reasons."""

import asyncio
import json
import socket
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import Event, PingAckReceived, RemoteSettingsChanged, StreamEnded
from support.apns import device
from tidegate_adapters.calls import Answer
from tidegate_simulators.apns import ApnsSimulator
from tidegate_simulators.apns.simulator import KEY_ID, STREAMS, TEAM_ID, Device
from tidegate_simulators.apns.tokens import SigningKey
from tidegate_simulators.sms.limits import Window
from tidegate_simulators.web import Entry, Fault

NOW = 1_795_867_200
ALERT: Mapping[str, Any] = {"aps": {"alert": "hello"}}


class Clock:
    def __init__(self) -> None:
        self.time = float(NOW)

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def apple(clock: Clock) -> Iterator[ApnsSimulator]:
    with ApnsSimulator(clock=clock) as running:
        yield running


def encoded(part: bytes | Mapping[str, Any]) -> bytes:
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return urlsafe_b64encode(data).rstrip(b"=")


def token(key: SigningKey, issued: object = NOW, **changes: object) -> str:
    """As RFC 7515 and 7518 (3.4) say; changes are of the header or the claims."""
    header = {"alg": "ES256", "kid": key.key_id} | {k: v for k, v in changes.items() if k in ("alg", "kid")}
    claims = {"iss": key.team_id, "iat": issued} | {k: v for k, v in changes.items() if k == "iss"}
    signed = b".".join((encoded(header), encoded(claims)))
    r, s = decode_dss_signature(key.private.sign(signed, ECDSA(SHA256())))
    return b".".join((signed, encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big")))).decode()


def post(
    apple: ApnsSimulator, *calls: Mapping[str, Any], path: str = f"/3/device/{device(0)}", method: str = "POST"
) -> list[Answer]:
    """Requests on one connection, one after the other: headers by their names, None = without, and the `body`."""

    async def play() -> list[Answer]:
        async with httpx.AsyncClient(http1=False, http2=True, trust_env=False) as client:
            answers = [await client.send(request(call)) for call in calls]
        return [Answer(one.status_code, one.content, one.headers) for one in answers]

    def request(call: Mapping[str, Any]) -> httpx.Request:
        usual = {"authorization": f"bearer {token(key_of(apple))}", "apns-topic": "com.example.shop"}
        headers = {**usual, "apns-push-type": "alert", **call}
        body = headers.pop("body", ALERT)
        rest = [(name, value) for name, value in headers.items() if value is not None]
        twice = [pair for name, value in rest if isinstance(value, list) for pair in ((name, one) for one in value)]
        once = [(name, value) for name, value in rest if isinstance(value, str)]
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.Request(method, apple.url + path, headers=[*once, *twice], content=content)

    return asyncio.run(play())


def key_of(apple: ApnsSimulator) -> SigningKey:
    return apple.gatekeeper.keys[KEY_ID]


def reason(answer: Answer) -> tuple[int, str]:
    said = answer.document or {}
    return answer.status, str(said.get("reason", ""))


def test_a_notification_is_taken_with_the_id_that_it_came_with_or_gets_one(apple: ApnsSimulator) -> None:
    name = "0193a4c2-7b1e-7c3d-8e4f-0123456789ab"
    one = {"authorization": f"bearer {token(key_of(apple))}"}
    named, unnamed, again = post(apple, one | {"apns-id": name}, one, one | {"apns-id": name})
    assert (named.status, named.headers["apns-id"], named.body) == (200, name, b"")
    assert len(unnamed.headers["apns-id"]) == 36
    assert "apns-unique-id" not in named.headers
    assert [each.id for each in apple.notifications] == [name, unnamed.headers["apns-id"], again.headers["apns-id"]]
    assert apple.repeated == [name]
    assert apple.notifications[0].payload == ALERT


def test_the_sandbox_has_ids_of_its_own_and_devices_and_keys_of_its_own() -> None:
    with ApnsSimulator(sandbox=True, clock=lambda: NOW) as sandbox:
        assert sandbox.settings["environment"] == "sandbox"
        (taken,) = post(sandbox, {})
        assert len(taken.headers["apns-unique-id"]) == 36
        sandbox.devices[device(0)] = Device(sandbox=False)
        (foreign,) = post(sandbox, {"authorization": f"bearer {sandbox.gatekeeper.tokens[0]}"})
        assert reason(foreign) == (400, "BadDeviceToken")
        key = sandbox.add_key("SIMKEY0002", TEAM_ID, sandbox=False)
        (refused,) = post(sandbox, {"authorization": f"bearer {token(key)}"})
        assert reason(refused) == (403, "BadEnvironmentKeyIdInToken")


@pytest.mark.parametrize(
    ("call", "refusal"),
    [
        ({"apns-topic": None}, (400, "MissingTopic")),
        ({"apns-topic": "com.example.other"}, (400, "TopicDisallowed")),
        ({"apns-topic": "com example"}, (400, "BadTopic")),
        ({"apns-push-type": "voip"}, (400, "BadTopic")),
        ({"apns-push-type": "shout"}, (400, "InvalidPushType")),
        ({"apns-push-type": "background"}, (400, "BadPriority")),
        ({"apns-push-type": "background", "apns-priority": "5"}, (400, "InvalidPushType")),
        ({"body": {"aps": {"content-available": 1}}}, (400, "InvalidPushType")),
        ({"apns-priority": "7"}, (400, "BadPriority")),
        ({"apns-expiration": "tomorrow"}, (400, "BadExpirationDate")),
        ({"apns-id": "0193A4C2-7B1E-7C3D-8E4F-0123456789AB"}, (400, "BadMessageId")),
        ({"apns-collapse-id": "x" * 65}, (400, "BadCollapseId")),
        ({"apns-id": ["0193a4c2-7b1e-7c3d-8e4f-0123456789ab"] * 2}, (400, "DuplicateHeaders")),
        ({"body": b""}, (400, "PayloadEmpty")),
        ({"body": []}, (400, "PayloadEmpty")),
        ({"body": {"aps": {"alert": "x" * 4096}}}, (413, "PayloadTooLarge")),
        ({"authorization": None}, (403, "MissingProviderToken")),
        ({"authorization": "basic abc"}, (403, "MissingProviderToken")),
        ({"authorization": "bearer abc"}, (403, "InvalidProviderToken")),
        ({"authorization": "bearer WzFd.WzFd.WzFd"}, (403, "InvalidProviderToken")),
    ],
)
def test_what_apple_does_not_take_is_refused_with_its_reason(
    apple: ApnsSimulator, call: Mapping[str, Any], refusal: tuple[int, str]
) -> None:
    (answer,) = post(apple, call)
    assert reason(answer) == refusal
    assert apple.taken == 0


def test_the_pushes_of_other_types_have_topics_and_sizes_of_their_own(apple: ApnsSimulator) -> None:
    voip = {"apns-push-type": "voip", "apns-topic": "com.example.shop.voip", "body": {"aps": {"x": "y" * 5000}}}
    background = {"apns-push-type": "background", "apns-priority": "5", "body": {"aps": {"content-available": 1}}}
    one = {"authorization": f"bearer {token(key_of(apple))}"}
    assert [answer.status for answer in post(apple, voip | one, background | one)] == [200, 200]


def test_a_token_is_believed_that_the_teams_key_has_signed_an_hour_ago_at_most(
    apple: ApnsSimulator, clock: Clock
) -> None:
    key = key_of(apple)
    impostor = SigningKey.make(KEY_ID, TEAM_ID)
    wrong = [
        token(impostor),
        token(key, alg="none"),
        token(key, kid="SIMKEY0009"),
        token(key, iss="SIMTEAM009"),
        token(key, "now"),
        token(key, True),
        token(key, NOW + 61),
        token(key)[:-4],
    ]
    for one in wrong:
        assert reason(*post(apple, {"authorization": f"bearer {one}"})) == (403, "InvalidProviderToken")
    old = token(key)
    clock.time = NOW + 3600
    assert reason(*post(apple, {"authorization": f"bearer {old}"})) == (200, "")
    clock.time += 1
    assert reason(*post(apple, {"authorization": f"bearer {old}"})) == (403, "ExpiredProviderToken")


def test_a_token_is_updated_once_in_twenty_minutes_by_all_who_have_the_key(apple: ApnsSimulator, clock: Clock) -> None:
    def offer(one: str) -> tuple[int, str]:
        return reason(*post(apple, {"authorization": f"bearer {one}"}))

    first, second, third = (token(key_of(apple), NOW - n) for n in range(3))
    assert [offer(first), offer(second), offer(first)] == [(200, "")] * 3
    clock.time += 1199
    assert offer(third) == (429, "TooManyProviderTokenUpdates")
    clock.time += 1
    assert offer(third) == (200, "")


def test_a_connection_belongs_to_the_key_that_it_was_used_with_first(apple: ApnsSimulator) -> None:
    other = apple.add_key("SIMKEY0002", TEAM_ID)
    one = {"authorization": f"bearer {token(key_of(apple))}"}
    _, refused = post(apple, one, {"authorization": f"bearer {token(other)}"})
    assert reason(refused) == (403, "UnrelatedKeyIdInToken")


def test_devices_are_known_by_their_app_until_it_is_gone(apple: ApnsSimulator, clock: Clock) -> None:
    one = {"authorization": f"bearer {token(key_of(apple))}"}
    for strange in ("0" * 64, "xyz", "ab"):
        assert reason(*post(apple, one, path=f"/3/device/{strange}")) == (400, "BadDeviceToken")
    assert reason(*post(apple, one, path="/3/device/")) == (400, "MissingDeviceToken")
    apple.everybody = False
    assert reason(*post(apple, one)) == (400, "BadDeviceToken")
    apple.devices[device(0)] = Device("com.example.other")
    assert reason(*post(apple, one)) == (400, "DeviceTokenNotForTopic")
    apple.devices[device(0)] = Device()
    assert reason(*post(apple, one)) == (200, "")
    clock.time += 5
    apple.forget(device(0))
    (gone,) = post(apple, one)
    assert reason(gone) == (410, "Unregistered")
    assert (gone.document or {})["timestamp"] == (NOW + 5) * 1000
    apple.forget(device(1), "ExpiredToken")
    assert reason(*post(apple, one, path=f"/3/device/{device(1)}")) == (410, "ExpiredToken")


def test_a_device_takes_so_many(apple: ApnsSimulator, clock: Clock) -> None:
    apple.device_limit = Window(permits=1, seconds=60)
    one = {"authorization": f"bearer {token(key_of(apple))}"}
    assert [reason(answer) for answer in post(apple, one, one)] == [(200, ""), (429, "TooManyRequests")]
    clock.time += 61
    assert reason(*post(apple, one)) == (200, "")


def test_only_posts_to_devices_are_answered(apple: ApnsSimulator) -> None:
    assert reason(*post(apple, {}, method="GET")) == (405, "MethodNotAllowed")
    assert reason(*post(apple, {}, path="/4/device/x")) == (404, "BadPath")


def test_a_script_refuses_with_a_reason_or_a_status(apple: ApnsSimulator) -> None:
    one = {"authorization": f"bearer {token(key_of(apple))}"}
    apple.script.add(Entry(Fault.REFUSE, "ServiceUnavailable"), times=1)
    apple.script.add(Entry(Fault.REFUSE, "http:502", address=device(0)), times=1)
    apple.script.add(Entry(Fault.REFUSE, "SomethingNew"), times=1)
    told = [reason(answer) for answer in post(apple, one, one, one, one)]
    assert sorted(told) == [(200, ""), (400, "SomethingNew"), (502, ""), (503, "ServiceUnavailable")]


class Line:
    """A connection on which every frame is one's own."""

    def __init__(self, apple: ApnsSimulator) -> None:
        self._socket = socket.create_connection((apple.host, apple.port), timeout=5.0)
        self._h2 = H2Connection()
        self._h2.initiate_connection()
        self.wait_for(RemoteSettingsChanged)

    @property
    def room(self) -> int:
        """How many requests the server takes at one time."""
        return self._h2.remote_settings.max_concurrent_streams

    def ask(self, *headers: tuple[str, str]) -> int:
        """Begin a request; its number."""
        head = [(":method", "POST"), (":path", f"/3/device/{device(0)}"), (":scheme", "http"), (":authority", "a")]
        number = self._h2.get_next_available_stream_id()
        self._h2.send_headers(number, [*head, ("apns-topic", "com.example.shop"), *headers])
        self._h2.send_data(number, json.dumps(ALERT).encode(), end_stream=True)
        return number

    def give_up(self, number: int) -> None:
        self._h2.reset_stream(number, ErrorCodes.CANCEL)

    def ping(self) -> None:
        """Wait until the server has read all that was said."""
        self._h2.ping(b"tidegate")
        self.wait_for(PingAckReceived)

    def wait_for(self, kind: type[Event]) -> None:
        while True:
            self._socket.sendall(self._h2.data_to_send())
            events = self._h2.receive_data(self._socket.recv(2**16))
            if any(isinstance(event, kind) for event in events):
                return

    def close(self) -> None:
        self._socket.close()


def test_one_request_at_a_time_is_taken_until_the_token_is_known(apple: ApnsSimulator) -> None:
    with closing(Line(apple)) as line:
        before = line.room
        line.ask()
        line.wait_for(StreamEnded)
        unknown = line.room
        line.ask(("authorization", f"bearer {token(key_of(apple))}"))
        line.wait_for(StreamEnded)
        line.ping()
        assert (before, unknown, line.room) == (1, 1, STREAMS)


def test_who_breaks_http2s_rules_is_cut_off(apple: ApnsSimulator) -> None:
    async def play() -> bytes:
        reader, writer = await asyncio.open_connection(apple.host, apple.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: apple\r\n\r\n")
        try:
            return await reader.read()
        finally:
            writer.close()

    with pytest.raises((ConnectionError, AssertionError)):
        assert not asyncio.run(play())


def test_a_request_that_is_given_up_is_forgotten(apple: ApnsSimulator) -> None:
    apple.script.add(Entry(Fault.SILENT_AFTER_TAKING), times=1)
    with closing(Line(apple)) as line:
        number = line.ask(("authorization", f"bearer {token(key_of(apple))}"))
        line.ping()
        assert len(apple.connections[-1]._coming) == 1
        line.give_up(number)
        line.ping()
        assert len(apple.connections[-1]._coming) == 0
