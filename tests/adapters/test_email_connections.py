"""Connections: kept, renewed, protected, and following the account's settings."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from support.certificates import self_signed
from support.mail import account, message, send, send_one
from tidegate.channels import OutcomeKind, Secret, SettingsError
from tidegate_adapters.email import EmailChannel, Security, SmtpSettings
from tidegate_simulators.mail import MailSink, Moment, Step

K = OutcomeKind

GOOD = Secret("correct-horse")


def test_connections_are_kept_between_batches(sink: MailSink) -> None:
    async def scene() -> None:
        channel, to = EmailChannel(), account(sink, connections=3)
        for batch in range(5):
            await channel.send(to, [message(batch * 30 + number) for number in range(30)])
        await channel.close()

    asyncio.run(scene())
    assert sink.taken == 150
    assert sink.connections == 3
    assert sink.duplicates() == []


def test_a_connection_is_renewed_after_its_share_of_messages(sink: MailSink) -> None:
    outcomes = send(account(sink, connections=1, messages_per_connection=10), [message(n) for n in range(35)])
    assert {outcome.kind for outcome in outcomes} == {K.ACCEPTED}
    assert sink.connections == 4


def test_an_old_connection_is_not_trusted(sink: MailSink, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        channel = EmailChannel()
        await channel.send(account(sink), [message(1)])
        monkeypatch.setattr("tidegate_adapters.email.pool._IDLE", 0.0)
        await channel.send(account(sink), [message(2)])
        await channel.close()

    asyncio.run(scene())
    assert (sink.taken, sink.connections) == (2, 2)


def test_changed_settings_are_followed_at_the_next_call(sink: MailSink) -> None:
    async def scene() -> None:
        channel = EmailChannel()
        await channel.send(account(sink), [message(1)])
        await channel.send(account(sink, sender="Other <other@example.net>"), [message(2)])
        await channel.close()

    asyncio.run(scene())
    assert [mail.sender for mail in sink.mails] == ["news@example.com", "other@example.net"]


def test_bounces_go_where_the_account_says(sink: MailSink) -> None:
    send_one(account(sink, bounce_address="bounces@example.com"))
    assert sink.mails[0].sender == "bounces@example.com"
    assert b"From: Example Shop <news@example.com>" in sink.mails[0].text


def test_the_queue_id_of_the_relay_is_kept(sink: MailSink) -> None:
    sink.at(Moment.KEPT, Step("250 2.0.0 Ok: queued as 4F5G6H"))
    outcome = send_one(account(sink))
    assert (outcome.provider_id, outcome.provider_code) == ("4F5G6H", "250 2.0.0")


# TLS and login.


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 with its key, in one file."""
    return self_signed(tmp_path_factory.mktemp("tls") / "sink.pem")


@pytest.fixture(params=[Security.STARTTLS, Security.TLS])
def security(request: pytest.FixtureRequest) -> Security:
    return Security(request.param)


@pytest.fixture
def secure_sink(certificate: Path, security: Security) -> Callable[[], MailSink]:
    def make() -> MailSink:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        return MailSink(tls=context, implicit_tls=security is Security.TLS, credentials=("tidegate", GOOD.reveal()))

    return make


def test_mail_goes_over_tls_after_login(
    secure_sink: Callable[[], MailSink], security: Security, certificate: Path
) -> None:
    with secure_sink() as sink:
        to = account(
            sink,
            security=security,
            ca_file=str(certificate),
            username="tidegate",
            password=GOOD,
            connections=2,
        )
        outcomes = send(to, [message(number) for number in range(20)])
        assert {outcome.kind for outcome in outcomes} == {K.ACCEPTED}, outcomes[0]
        assert sink.taken == 20


def test_an_untrusted_certificate_gets_no_mail_and_no_password(
    secure_sink: Callable[[], MailSink], security: Security
) -> None:
    with secure_sink() as sink:
        to = account(sink, security=security, username="tidegate", password=GOOD)
        outcome = send_one(to)
        assert outcome.kind is K.RETRYABLE
        assert sink.taken == 0


def test_a_relay_without_starttls_gets_nothing(sink: MailSink) -> None:
    outcome = send_one(account(sink, security=Security.STARTTLS))
    assert outcome.kind is K.RETRYABLE
    assert "STARTTLS" in outcome.detail
    assert sink.taken == 0


def test_a_wrong_password_speaks_of_the_account() -> None:
    with MailSink(credentials=("tidegate", "correct-horse")) as sink:
        outcome = send_one(account(sink, username="tidegate", password=Secret("guess")))
    assert (outcome.kind, outcome.scope, outcome.provider_code) == (K.AUTH_ERROR, "account", "535 5.7.8")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sender": "Example Shop"}, "sender"),
        ({"sender": "Shop <a@b.c>\nBcc: x@y.z"}, "sender"),
        ({"reply_to": "nobody"}, "reply_to"),
        ({"bounce_address": "a b@c.d"}, "bounce_address"),
        ({"message_id_domain": "two words"}, "message_id_domain"),
        ({"password": GOOD}, "password"),
        (
            {"host": "smtp.example.com", "username": "u", "password": GOOD, "security": Security.NONE},
            "security",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(changes: dict[str, object], field: str) -> None:
    with pytest.raises(SettingsError) as caught:
        SmtpSettings(**{"host": "127.0.0.1", "sender": "a@example.com", **changes})  # type: ignore[arg-type]
    assert [problem.field for problem in caught.value.problems] == [field]


def test_ports_follow_the_security() -> None:
    ports = {way: SmtpSettings("relay", "a@example.com", security=way).relay_port for way in Security}
    assert ports == {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}
