"""The values of the channels API hold what their docstrings say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tidegate.channels import (
    EMAIL,
    STANDARD_KINDS,
    Content,
    Kind,
    Manifest,
    OutboundMessage,
    Outcome,
    OutcomeKind,
    Receipt,
    ReceiptKind,
    Scope,
    kind_named,
)


@pytest.mark.parametrize(
    ("outcome", "kind", "scope"),
    [
        (Outcome.accepted(), OutcomeKind.ACCEPTED, Scope.MESSAGE),
        (Outcome.uncertain("lost"), OutcomeKind.UNCERTAIN, Scope.MESSAGE),
        (Outcome.retryable("busy"), OutcomeKind.RETRYABLE, Scope.CALL),
        (Outcome.rate_limited("slow down"), OutcomeKind.RATE_LIMITED, Scope.CALL),
        (Outcome.invalid_recipient("nobody"), OutcomeKind.INVALID_RECIPIENT, Scope.RECIPIENT),
        (Outcome.not_subscribed("refused"), OutcomeKind.NOT_SUBSCRIBED, Scope.RECIPIENT),
        (Outcome.content_rejected("word"), OutcomeKind.CONTENT_REJECTED, Scope.MESSAGE),
        (Outcome.auth_error("key"), OutcomeKind.AUTH_ERROR, Scope.ACCOUNT),
        (Outcome.permanent("no"), OutcomeKind.PERMANENT, Scope.MESSAGE),
    ],
)
def test_each_kind_has_a_maker_with_its_usual_scope(outcome: Outcome, kind: OutcomeKind, scope: Scope) -> None:
    assert (outcome.kind, outcome.scope) == (kind, scope)


def test_only_a_definite_refusal_gives_a_slot_back() -> None:
    kept = {kind for kind in OutcomeKind if not kind.is_definite_refusal}
    assert kept == {OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN}


def test_an_uncertain_message_is_never_offered_again() -> None:
    again = {kind for kind in OutcomeKind if kind.may_retry}
    assert again == {OutcomeKind.RETRYABLE, OutcomeKind.RATE_LIMITED, OutcomeKind.AUTH_ERROR}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": "Email"}, "Manifest.name: 'Email' is no name"),
        ({"max_batch": 0}, "max_batch must be more than zero"),
        ({"concurrency": 0, "daily_cap": 0}, "daily_cap, concurrency must be more than zero"),
        ({"call_timeout": timedelta()}, "call_timeout must be more than zero"),
        ({"deadline": timedelta(seconds=-1)}, "deadline must be more than zero"),
        ({"kinds": (EMAIL, Kind("email", "mail"))}, "names a kind twice"),
    ],
)
def test_an_impossible_manifest_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Manifest(**{"name": "pigeon", "kinds": (EMAIL,), **wrong})


def test_a_manifest_without_kinds_serves_all() -> None:
    assert Manifest(name="any", kinds=()).serves("pigeon")
    assert Manifest(name="mail", kinds=(EMAIL,)).serves("email")
    assert not Manifest(name="mail", kinds=(EMAIL,)).serves("sms")


def test_kinds_are_found_by_name() -> None:
    assert len({kind.name for kind in STANDARD_KINDS}) == len(STANDARD_KINDS)
    assert kind_named("sms").namespace == "phone"
    assert kind_named("pigeon") == Kind("pigeon", "pigeon")
    with pytest.raises(ValueError, match=r"Kind\.name"):
        Kind("Two words", "x")
    with pytest.raises(ValueError, match=r"Kind\.namespace"):
        Kind("pigeon", "")


def test_a_message_does_not_show_whom_it_is_for() -> None:
    message = OutboundMessage(
        message_id="m1",
        address="li.lei@example.org",
        content=Content(text="Dear Li Lei"),
        unsubscribe_url="https://go.example.com/u/li-lei",
    )
    assert repr(message) == "OutboundMessage(message_id='m1', idempotency_key='', attempt=1, expire_time=None)"


NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)


def test_a_receipt_belongs_to_a_message_and_says_why_it_bounced() -> None:
    bounced = Receipt(kind=ReceiptKind.BOUNCED, time=NOON, message_id="m1", outcome=Outcome.invalid_recipient("gone"))
    assert bounced.outcome is not None
    with pytest.raises(ValueError, match="belongs to nothing"):
        Receipt(kind=ReceiptKind.DELIVERED, time=NOON)
    with pytest.raises(ValueError, match="must be aware"):
        Receipt(kind=ReceiptKind.DELIVERED, time=NOON.replace(tzinfo=None), message_id="m1")
    with pytest.raises(ValueError, match="only for a bounce"):
        Receipt(kind=ReceiptKind.BOUNCED, time=NOON, message_id="m1")
    with pytest.raises(ValueError, match="only for a bounce"):
        Receipt(kind=ReceiptKind.OPENED, time=NOON, message_id="m1", outcome=Outcome.permanent("no"))
