"""The channel `push.apns`: its provider tokens, what Apple's reasons mean, and an account's settings."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from support.apns import KEY, settings
from support.shared_data import shared_data
from tidegate.channels import Account, OutcomeKind, Scope, Secret, SettingsError
from tidegate_adapters.apns import ApnsChannel, tidegate_channels
from tidegate_adapters.apns.codes import CODES, meaning
from tidegate_adapters.apns.tokens import LATE, SHORT_SPAN, SPAN, ProviderTokens
from tidegate_adapters.calls import Answer
from tidegate_simulators.apns.codes import STATUSES
from tidegate_simulators.apns.tokens import APART, OLDEST, Gatekeeper, SigningKey

NOON = 1_795_867_200


class Hand:
    """A clock that is set by hand."""

    def __init__(self, time: float = NOON) -> None:
        self.time = time

    def __call__(self) -> float:
        return self.time


def issued(token: str) -> int:
    claims = token.split(".")[1]
    return int(json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iat"])


# Provider tokens.


@given(st.integers(0, 10 * SPAN))
def test_a_token_is_never_too_young_nor_too_old(passed: int) -> None:
    age = NOON + passed - issued(ProviderTokens(settings(), Hand(NOON + passed)).current())
    assert LATE <= age < LATE + SPAN < OLDEST - 2 * LATE


def test_replicas_have_the_same_token_and_change_it_seldom_as_apple_checks() -> None:
    gate = Gatekeeper(sandbox=False)
    gate.keys[KEY.key_id] = KEY
    clock = Hand()
    kept = ProviderTokens(settings(), clock)
    while clock.time < NOON + 4 * SPAN:
        restarted = ProviderTokens(settings(), clock)
        gate.check(f"bearer {kept.current()}", clock.time)
        gate.check(f"bearer {restarted.current()}", clock.time)
        clock.time += 60
    times = [issued(token) for token in gate.tokens]
    assert len(times) == len(set(times)) == 5
    assert {later - earlier for earlier, later in pairwise(times)} == {SPAN}


def test_a_token_that_has_expired_by_apples_clock_is_renewed_as_often_as_apple_lets_it_be() -> None:
    clock = Hand(NOON - NOON % SPAN + LATE)
    tokens = ProviderTokens(settings(), clock)
    first = tokens.current()
    assert tokens.renew(first) is None
    clock.time += SHORT_SPAN
    second = tokens.current()
    assert issued(second) - issued(first) == SHORT_SPAN > APART
    late = ProviderTokens(settings(), clock)
    assert late.current() == first
    assert late.renew(first) == second == late.current()
    assert late.renew(first) == second
    assert late.renew(second) is None


# What Apple's reasons mean.


def test_every_reason_of_the_table_means_what_the_table_says() -> None:
    scopes = {"msg": "message", "rcpt": "recipient", "acct": "account", "call": "call"}
    table = json.loads(Path(shared_data("provider_outcomes.json")).read_text())["apns"]
    ours = {code: (kind.value, scope.value) for code, (kind, scope) in CODES.items()}
    assert {code: (kind, scopes[scope]) for code, (kind, scope) in table.items()}.items() <= ours.items()


def test_every_reason_that_apple_has_is_known() -> None:
    assert CODES.keys() == STATUSES.keys()


@pytest.mark.parametrize("reason", sorted(CODES))
def test_a_reason_is_told_as_the_code(reason: str) -> None:
    outcome = meaning(Answer(STATUSES[reason], json.dumps({"reason": reason}).encode()))
    assert (outcome.kind, outcome.scope) == CODES[reason]
    assert (outcome.provider_code, outcome.is_unknown_code) == (reason, False)
    if outcome.kind is OutcomeKind.RATE_LIMITED or STATUSES[reason] == 500:
        assert outcome.retry_after


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, b"", OutcomeKind.PERMANENT, "400"),
        (403, b"<html>", OutcomeKind.AUTH_ERROR, "Forbidden"),
        (410, b"{}", OutcomeKind.PERMANENT, "410"),
        (413, b"[1]", OutcomeKind.CONTENT_REJECTED, "PayloadTooLarge"),
        (429, b'{"reason": 7}', OutcomeKind.RATE_LIMITED, "TooManyRequests"),
        (502, b"", OutcomeKind.UNCERTAIN, "502"),
        (503, b"", OutcomeKind.RETRYABLE, "ServiceUnavailable"),
        (400, b'{"reason": "TheStarsAreWrong"}', OutcomeKind.PERMANENT, "TheStarsAreWrong"),
    ],
)
def test_an_answer_without_a_reason_that_is_known(status: int, body: bytes, kind: OutcomeKind, code: str) -> None:
    outcome = meaning(Answer(status, body))
    assert (outcome.kind, outcome.provider_code) == (kind, code)
    assert outcome.is_unknown_code is (code == "TheStarsAreWrong")


# Settings.


def pem(key: EllipticCurvePrivateKey | RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"key": Secret("rubbish")}, "key", "the text of the .p8 file, as Apple gives it"),
        ({"key": Secret(pem(generate_private_key(SECP384R1())))}, "key", "a key of the curve P-256"),
        ({"key": Secret(pem(generate_rsa_key(65537, 2048)))}, "key", "a key of the curve P-256"),
        ({"key_id": "abc"}, "key_id", "ten capital letters and digits"),
        ({"team_id": ""}, "team_id", "ten capital letters and digits"),
        ({"topic": "com.example shop"}, "topic", "the app's bundle id"),
        ({"base_url": "http://apple.example"}, "base_url", "must begin with https:// unless it is on this host"),
        ({"base_url": "https://apple.example/3/device"}, "base_url", "address without a path"),
    ],
)
def test_settings_that_can_not_be_say_what_would_be_right(given: Mapping[str, object], field: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(**given)
    (problem,) = refused.value.problems
    assert problem.field == field
    assert words in problem.description
    assert "rubbish" not in str(refused.value)


def test_the_environment_says_where_apple_is_unless_the_address_is_given() -> None:
    assert settings().url == "https://api.push.apple.com"
    assert settings(environment="sandbox").url == "https://api.sandbox.push.apple.com"
    assert settings(base_url="http://127.0.0.1:1/").url == "http://127.0.0.1:1"


def test_device_tokens_belong_to_the_app() -> None:
    assert ApnsChannel().address_namespace(Account("a", "push", settings())) == "apns.token:com.example.shop"


def test_the_adapter_has_no_settings_of_its_own() -> None:
    (channel,) = tidegate_channels({})
    assert channel.manifest.name == "push.apns"
    with pytest.raises(ValueError, match="only accounts have"):
        tidegate_channels({"speed": 1})


def test_the_reasons_that_break_an_account_do_not_condemn_devices() -> None:
    condemned = {code for code, (kind, _) in CODES.items() if kind is OutcomeKind.INVALID_RECIPIENT}
    assert condemned == {"BadDeviceToken", "DeviceTokenNotForTopic", "ExpiredToken", "Unregistered"}
    assert all(CODES[code][1] is Scope.RECIPIENT for code in condemned)


def test_another_key_signs_another_token() -> None:
    other = settings(key=Secret(SigningKey.make("SIMKEY0002", KEY.team_id).p8))
    clock = Hand()
    assert ProviderTokens(other, clock).current() != ProviderTokens(settings(), clock).current()
