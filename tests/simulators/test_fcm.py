"""Firebase Cloud Messaging, simulated: it takes what Google takes, and refuses the rest as Google does."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tidegate_simulators.fcm import FcmSimulator
from tidegate_simulators.fcm.tokens import FORM, GRANT
from tidegate_simulators.sms.limits import Window
from tidegate_simulators.web import Entry, Fault

NOW = 1_795_867_200
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"


class Clock:
    def __init__(self) -> None:
        self.time = float(NOW)

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def google(clock: Clock) -> Iterator[FcmSimulator]:
    with FcmSimulator(clock=clock) as running:
        yield running


Said = tuple[int, Mapping[str, Any], Mapping[str, str]]


def call(url: str, body: bytes, headers: Mapping[str, str], method: str = "POST") -> Said:
    try:
        with urlopen(Request(url, data=body, headers=dict(headers), method=method)) as answer:
            return answer.status, json.loads(answer.read()), dict(answer.headers)
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"{}"), dict(error.headers)


def encoded(part: bytes | Mapping[str, Any]) -> bytes:
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return urlsafe_b64encode(data).rstrip(b"=")


def assertion(google: FcmSimulator, *, key: RSAPrivateKey | None = None, **changes: Any) -> str:
    """As RFC 7515 and 7523 say; changes are of the header or the claims."""
    document = json.loads(google.settings["service_account"])
    private = key or load_pem_private_key(document["private_key"].encode(), None)
    assert isinstance(private, RSAPrivateKey)
    header = {"alg": "RS256", "kid": document["private_key_id"]}
    claims = {
        "iss": document["client_email"],
        "aud": document["token_uri"],
        "scope": SCOPE,
        "iat": NOW,
        "exp": NOW + 3600,
    }
    header |= {name: value for name, value in changes.items() if name in header}
    claims |= {name: value for name, value in changes.items() if name in claims}
    signed = b".".join((encoded(header), encoded(claims)))
    return b".".join((signed, encoded(private.sign(signed, PKCS1v15(), SHA256())))).decode()


def ask(google: FcmSimulator, text: str, grant: str = GRANT, kind: str = FORM) -> Said:
    form = urlencode({"grant_type": grant, "assertion": text}).encode()
    return call(google.token_url, form, {"Content-Type": kind})


def send(google: FcmSimulator, message: object, *, token: str = "", project: str = "", **beside: object) -> Said:
    token = token or str(ask(google, assertion(google))[1]["access_token"])
    url = f"{google.url}/v1/projects/{project or google.account.project}/messages:send"
    return call(url, json.dumps({"message": message, **beside}).encode(), {"Authorization": f"Bearer {token}"})


def code(said: Said) -> tuple[int, str, str]:
    """The HTTP status, Google's, and FCM's code."""
    status, body, _ = said
    error = body.get("error", {})
    codes = [one["errorCode"] for one in error.get("details", []) if "errorCode" in one]
    return status, error.get("status", ""), codes[0] if codes else ""


def fields(said: Said) -> list[str]:
    details = said[1]["error"].get("details", [])
    return [each["field"] for one in details for each in one.get("fieldViolations", [])]


def test_a_token_is_given_for_an_assertion_and_holds_as_long_as_it_says(google: FcmSimulator, clock: Clock) -> None:
    status, said, _ = ask(google, assertion(google))
    assert (status, said["expires_in"], said["token_type"]) == (200, 3599, "Bearer")
    token = said["access_token"]
    clock.time += 3598
    assert code(send(google, {"token": "d"}, token=token)) == (200, "", "")
    clock.time += 1
    assert code(send(google, {"token": "d"}, token=token)) == (401, "UNAUTHENTICATED", "")
    assert google.taken == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"alg": "HS256"}, "invalid_grant"),
        ({"kid": "another"}, "invalid_grant"),
        ({"iss": "nobody@example.com"}, "invalid_grant"),
        ({"aud": "https://elsewhere.example/token"}, "invalid_grant"),
        ({"scope": "https://www.googleapis.com/auth/drive"}, "invalid_scope"),
        ({"iat": "now"}, "invalid_grant"),
        ({"exp": NOW + 3601}, "invalid_grant"),
        ({"exp": NOW - 1}, "invalid_grant"),
        ({"iat": NOW + 301, "exp": NOW + 900}, "invalid_grant"),
        ({"iat": NOW - 3900, "exp": NOW - 301}, "invalid_grant"),
    ],
)
def test_an_assertion_is_believed_by_its_claims(google: FcmSimulator, changes: Mapping[str, Any], error: str) -> None:
    status, said, _ = ask(google, assertion(google, **changes))
    assert (status, said["error"]) == (400, error)
    assert google.account.given == 0


def test_an_assertion_is_believed_by_its_signature(google: FcmSimulator) -> None:
    forged = assertion(google, key=generate_private_key(65537, 2048))
    assert ask(google, forged)[1]["error_description"] == "Invalid JWT Signature."
    assert ask(google, "abc")[1]["error"] == "invalid_request"
    assert ask(google, assertion(google), grant="password")[1]["error"] == "unsupported_grant_type"
    assert ask(google, assertion(google), kind="application/json")[1]["error"] == "invalid_request"
    google.account.enabled = False
    assert ask(google, assertion(google))[1]["error_description"] == "Invalid grant: account disabled"


def test_a_message_is_taken_once_for_each_call_and_not_at_all_on_trial(google: FcmSimulator) -> None:
    message = {
        "token": "device-1",
        "notification": {"title": "t", "body": "b"},
        "data": {"sku": "A-1"},
        "android": {"ttl": "3.5s", "priority": "HIGH", "notification": {"channel_id": "c"}},
        "apns": {"headers": {"apns-expiration": "0"}, "payload": {"aps": {"badge": 1}}},
    }
    assert send(google, message)[1]["name"].startswith(f"projects/{google.account.project}/messages/0:")
    assert code(send(google, message, validate_only=True)) == (200, "", "")
    assert code(send(google, {"topic": "news"})) == (200, "", "")
    assert google.messages == [message, {"topic": "news"}]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("text", "message"),
        ({}, "message"),
        ({"token": "d", "topic": "t"}, "message"),
        ({"token": "no token"}, "message.token"),
        ({"token": 7}, "message.token"),
        ({"token": "d", "colour": "red"}, "message"),
        ({"token": "d", "notification": {"text": "x"}}, "message.notification"),
        ({"token": "d", "notification": "x"}, "message.notification"),
        ({"token": "d", "data": {"n": 1}}, "message.data"),
        ({"token": "d", "data": ["n"]}, "message.data"),
        ({"token": "d", "data": {"from": "x"}}, "message.data[from]"),
        ({"token": "d", "data": {"google.x": "x"}}, "message.data[google.x]"),
        ({"token": "d", "data": {"gcmx": "x"}}, "message.data[gcmx]"),
        ({"token": "d", "android": {"ttl": "1h"}}, "message.android.ttl"),
        ({"token": "d", "android": {"ttl": 60}}, "message.android.ttl"),
        ({"token": "d", "android": {"ttl": "2419201s"}}, "message.android.ttl"),
        ({"token": "d", "android": {"priority": "loud"}}, "message.android.priority"),
        ({"token": "d", "apns": {"headers": {"apns-priority": 10}}}, "message.apns.headers"),
        ({"token": "d", "data": {"x": "y" * 4096}}, "message"),
    ],
)
def test_a_message_that_google_does_not_take_is_refused_by_its_field(
    google: FcmSimulator, message: object, field: str
) -> None:
    said = send(google, message)
    assert code(said) == (400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")
    assert fields(said) == [field]
    assert google.taken == 0


def test_what_stands_beside_the_message_is_refused_too_and_what_is_no_json(google: FcmSimulator) -> None:
    assert fields(send(google, {"token": "d"}, urgent=True)) == ["urgent"]
    token = str(ask(google, assertion(google))[1]["access_token"])
    url = f"{google.url}/v1/projects/{google.account.project}/messages:send"
    assert code(call(url, b"{", {"Authorization": f"Bearer {token}"})) == (400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")


def test_who_may_not_send_is_told(google: FcmSimulator) -> None:
    assert code(send(google, {"token": "d"}, token="ya29.none")) == (401, "UNAUTHENTICATED", "")
    assert code(send(google, {"token": "d"}, project="another")) == (403, "PERMISSION_DENIED", "")
    assert code(call(f"{google.url}/v2/anything", b"{}", {})) == (404, "NOT_FOUND", "")


def test_tokens_of_apps_that_are_gone_or_another_senders_are_told(google: FcmSimulator) -> None:
    google.unregistered.add("gone")
    google.strangers.add("strange")
    assert code(send(google, {"token": "gone"})) == (404, "NOT_FOUND", "UNREGISTERED")
    assert code(send(google, {"token": "strange"})) == (403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH")


def test_quotas_are_of_the_project_and_of_each_device(google: FcmSimulator, clock: Clock) -> None:
    token = str(ask(google, assertion(google))[1]["access_token"])
    google.retry_after = 9
    for _ in range(240):
        google._take({"token": "busy"}, is_trial=False)
    refused = send(google, {"token": "busy"}, token=token)
    assert (code(refused), refused[2]["Retry-After"]) == ((429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), "9")
    assert code(send(google, {"token": "idle"}, token=token))[0] == 200
    clock.time += 61
    google.quota = Window(permits=1, seconds=60)
    assert [code(send(google, {"token": "busy"}, token=token))[0] for _ in range(2)] == [200, 429]


def test_a_script_refuses_by_code_and_asks_to_wait_where_it_is_told_to(google: FcmSimulator) -> None:
    token = str(ask(google, assertion(google))[1]["access_token"])
    google.script.add(Entry(Fault.REFUSE, "UNAVAILABLE", action="send"), times=1)
    google.script.add(Entry(Fault.REFUSE, "APNS_AUTH_ERROR", address="d"), times=1)
    google.script.add(Entry(Fault.REFUSE, "NEW_ERROR", action="send"), times=1)
    told = [send(google, {"token": "d"}, token=token) for _ in range(4)]
    assert sorted(code(said) for said in told) == [
        (200, "", ""),
        (400, "UNKNOWN", "NEW_ERROR"),
        (401, "UNAUTHENTICATED", "APNS_AUTH_ERROR"),
        (503, "UNAVAILABLE", "UNAVAILABLE"),
    ]
    assert all("Retry-After" not in headers for _, _, headers in told)
    google.script.add(Entry(Fault.REFUSE, "invalid_client", action="token"), times=1)
    assert ask(google, assertion(google))[1]["error"] == "invalid_client"
