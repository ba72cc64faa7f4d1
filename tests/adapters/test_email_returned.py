"""What mails that come back say: samples of many servers, forgeries, and whatever else arrives there."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.returned_mails import NAMES, mail
from tidegate.channels import Account, Callback, OutcomeKind, Receipt, ReceiptKind, Scope, Secret
from tidegate_adapters.email import EmailChannel, SmtpSettings
from tidegate_adapters.email.return_paths import Way

MESSAGE = "0193c0de-7abc-7def-8123-456789abcdef"
ARRIVED = datetime(2026, 11, 28, tzinfo=UTC)
SETTINGS = SmtpSettings(
    "127.0.0.1",
    "news@example.com",
    bounce_address="bounce@b.example.com",
    unsubscribe_address="unsub@b.example.com",
    return_key=Secret("a key of our own for tests"),
)
ACCOUNT = Account("relay", "email", SETTINGS)
PATHS = SETTINGS.return_paths
assert PATHS is not None
BOUNCE = PATHS.address(Way.BOUNCE, MESSAGE)
UNSUBSCRIBE = PATHS.address(Way.UNSUBSCRIBE, MESSAGE)


def sample(name: str, **changes: str) -> bytes:
    return mail(name, **{"bounce": BOUNCE, "unsubscribe": UNSUBSCRIBE, "id": MESSAGE, **changes})


def posted(body: bytes, **changes: Any) -> Callback:
    values: dict[str, Any] = {"method": "POST", "headers": {"content-type": "message/rfc822"}, "time": ARRIVED}
    return Callback(**{**values, **changes}, body=body)


def told(body: bytes) -> Sequence[Receipt]:
    """What comes of a mail that is posted to the account's callback address."""
    channel, callback = EmailChannel(), posted(body)
    reply = channel.answer(ACCOUNT, callback)
    assert reply.status == 200 if reply.key else 422
    reports = asyncio.run(channel.read(ACCOUNT, callback))
    assert reply.key or not reports
    assert all(isinstance(report, Receipt) for report in reports)
    return [report for report in reports if isinstance(report, Receipt)]


class Bounce(NamedTuple):
    sample: str
    outcome: OutcomeKind
    scope: Scope
    code: str


HARD, FULL, SOFT = OutcomeKind.INVALID_RECIPIENT, OutcomeKind.RETRYABLE, OutcomeKind.RETRYABLE
BOUNCES = (
    Bounce("postfix_unknown", HARD, Scope.RECIPIENT, "550 5.1.1"),
    Bounce("gmail_full", FULL, Scope.RECIPIENT, "552 5.2.2"),
    Bounce("qq_general_status", HARD, Scope.RECIPIENT, "550 5.1.1"),
    Bounce("exchange_unknown", HARD, Scope.RECIPIENT, "550 5.1.10"),
    Bounce("postfix_expired", SOFT, Scope.MESSAGE, "450 4.4.1"),
    Bounce("spam_refused", OutcomeKind.CONTENT_REJECTED, Scope.ACCOUNT, "554 5.7.1"),
    Bounce("qmail", HARD, Scope.RECIPIENT, "550 5.1.1"),
    Bounce("exim", FULL, Scope.RECIPIENT, "550 5.2.2"),
)


@pytest.mark.parametrize("bounce", BOUNCES, ids=[bounce.sample for bounce in BOUNCES])
def test_a_bounce_tells_why(bounce: Bounce) -> None:
    (receipt,) = told(sample(bounce.sample))
    assert (receipt.kind, receipt.message_id) == (ReceiptKind.BOUNCED, MESSAGE)
    assert receipt.outcome is not None
    found = receipt.outcome.kind, receipt.outcome.scope, receipt.outcome.provider_code
    assert found == (bounce.outcome, bounce.scope, bounce.code)
    assert "@" not in receipt.outcome.detail
    assert ARRIVED - timedelta(days=2) < receipt.time < ARRIVED


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("arf_abuse", ReceiptKind.COMPLAINED),
        ("arf_unsubscribe_link_alone", ReceiptKind.COMPLAINED),
        ("arf_opt_out", ReceiptKind.UNSUBSCRIBED),
        ("unsubscribe", ReceiptKind.UNSUBSCRIBED),
        ("postfix_delivered", ReceiptKind.DELIVERED),
    ],
)
def test_reports_and_mails_that_unsubscribe(name: str, kind: ReceiptKind) -> None:
    (receipt,) = told(sample(name))
    assert (receipt.kind, receipt.message_id, receipt.outcome) == (kind, MESSAGE, None)


@pytest.mark.parametrize("name", ["postfix_delayed", "arf_not_spam", "vacation", "unsubscribe_vacation"])
def test_what_says_nothing_of_the_recipient_is_left(name: str) -> None:
    assert told(sample(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_forged_address_tells_nothing_and_is_not_kept(name: str) -> None:
    code = BOUNCE.partition("@")[0].rpartition("-")[2]
    forged = {"bounce": BOUNCE.replace(code, "a" * 14), "unsubscribe": f"unsub+{MESSAGE}-{code}@b.example.com"}
    reply = EmailChannel().answer(ACCOUNT, posted(sample(name, **forged)))
    assert (reply.status, reply.key) == (422, "")
    assert told(sample(name, **forged)) == []


def test_a_mail_is_known_again() -> None:
    channel = EmailChannel()
    first, again = (channel.answer(ACCOUNT, posted(sample("qmail"))).key for _ in range(2))
    assert first == again != channel.answer(ACCOUNT, posted(sample("exim"))).key


def test_what_is_no_mail_is_refused() -> None:
    channel = EmailChannel()
    assert channel.answer(ACCOUNT, posted(b"{}", headers={"content-type": "application/json"})).status == 415
    assert channel.answer(ACCOUNT, posted(b"", method="GET", headers={})).status == 415
    keyless = Account("relay", "email", SmtpSettings("127.0.0.1", "news@example.com"))
    assert channel.answer(keyless, posted(sample("qmail"))).status == 404
    assert asyncio.run(channel.read(keyless, posted(sample("qmail")))) == []


def test_a_mail_over_which_the_library_stumbles_is_left() -> None:
    assert told(sample("qmail").replace(b"\r\nFrom: MAILER-DAEMON@old.example\r\n", b"\r\n")) == []


def test_without_the_extra_only_standard_bounces_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flufl.bounce", None)
    assert told(sample("qmail")) == []
    assert len(told(sample("postfix_unknown"))) == 1


@given(data=st.data())
def test_whatever_a_mail_holds_it_is_read_or_left(data: st.DataObject) -> None:
    """Lines of all samples in any order, cut anywhere: at most one receipt, and no exception."""
    lines = [line for name in NAMES for line in sample(name).splitlines(keepends=True)]
    body = b"".join(data.draw(st.lists(st.sampled_from(lines), max_size=60)))
    head = f"X-Original-To: {BOUNCE}\r\n".encode()
    assert len(told(head + body[: data.draw(st.integers(0, len(body)))])) <= 1


def test_a_date_that_cannot_be_is_the_time_of_arrival() -> None:
    for date in (b"Fri, 27 Nov 2099 12:00:00 +0800", b"yesterday", b"Fri, 99 Nov 2026 12:00:00 +9999"):
        body = sample("unsubscribe").replace(b"Fri, 27 Nov 2026 12:00:00 +0800", date)
        assert [receipt.time for receipt in told(body)] == [ARRIVED]
