"""The mail sink keeps what it is sent and does what its script says."""

import json
import signal
import smtplib
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tidegate_simulators.mail import Mail, MailSink, Moment, Step

TEXT = "From: a@example.com\r\nMessage-ID: <m1@example.com>\r\n\r\n.hello\r\n"


def deliver(sink: MailSink, *, times: int = 1) -> None:
    with smtplib.SMTP(sink.host, sink.port, timeout=5) as client:
        for _ in range(times):
            client.sendmail("a@example.com", ["b@example.org", "c@example.org"], TEXT)


def test_it_keeps_what_any_client_sends(sink: MailSink) -> None:
    deliver(sink, times=2)
    sink.wait_for(2)
    mail = Mail("a@example.com", ("b@example.org", "c@example.org"), TEXT.encode())
    assert sink.mails == [mail, mail]
    assert (sink.taken, sink.connections) == (2, 1)
    assert sink.taken_by_recipient == {"b@example.org": 2, "c@example.org": 2}
    assert mail.message_id == "m1@example.com"
    assert sink.duplicates() == ["m1@example.com"]


def test_a_step_happens_as_often_as_it_was_asked_for(sink: MailSink) -> None:
    sink.at(Moment.RCPT, Step("450 4.2.1 later"), address="c@example.org", times=1)
    with smtplib.SMTP(sink.host, sink.port, timeout=5) as client:
        refused = client.sendmail("a@example.com", ["b@example.org", "c@example.org"], TEXT)
        assert refused == {"c@example.org": (450, b"4.2.1 later")}
        assert client.sendmail("a@example.com", ["c@example.org"], TEXT) == {}


def test_login_is_asked_for() -> None:
    with MailSink(credentials=("me", "secret")) as sink, smtplib.SMTP(sink.host, sink.port) as client:
        with pytest.raises(smtplib.SMTPSenderRefused):
            client.sendmail("a@example.com", ["b@example.org"], TEXT)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("me", "guess")
        client.login("me", "secret")
        client.sendmail("a@example.com", ["b@example.org"], TEXT)
        assert sink.taken == 1


def test_waiting_for_what_never_comes_fails(sink: MailSink) -> None:
    with pytest.raises(TimeoutError, match=r"0 mails of 1 after 0\.05 s"):
        sink.wait_for(1, timeout=0.05)


def test_mails_can_be_handed_on_without_being_kept() -> None:
    seen: list[str] = []
    with MailSink(keep=False, on_mail=lambda mail: seen.append(mail.message_id)) as sink:
        deliver(sink)
        sink.wait_for(1)
    assert seen == ["m1@example.com"]
    assert sink.mails == []


@contextmanager
def started(*options: str) -> Iterator["subprocess.Popen[str]"]:
    """A process of its own, which is killed when the test is done with it or has waited for too long."""
    command = [sys.executable, "-m", "tidegate_simulators.mail", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        watchdog = threading.Timer(60, process.kill)  # what waits for a line then sees the end instead
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()


def test_it_runs_as_a_process_of_its_own() -> None:
    with started("--pipe") as process:
        assert process.stdout is not None
        assert process.stdin is not None
        place = json.loads(process.stdout.readline())
        with smtplib.SMTP(place["host"], place["port"], timeout=5) as client:
            client.sendmail("a@example.com", ["b@example.org"], TEXT)
        process.stdin.close()
        assert json.loads(process.stdout.readline()) == {"taken": 1, "recipients": 1, "connections": 1}
        assert process.wait(timeout=60) == 0


def test_it_ends_on_sigterm() -> None:
    with started() as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
