"""The operator's table of a provider's codes, over the adapter's."""

from datetime import UTC, datetime, timedelta

import pytest
from tidegate.channels import Outcome, OutcomeKind, Receipt, ReceiptKind, Scope
from tidegate.channels.codes import NO_CODES, read_codes

K = OutcomeKind
NOW = datetime(2026, 11, 28, tzinfo=UTC)
CODES = read_codes(
    {
        "full": {"outcome": "rate_limited", "scope": "account", "retry_after": 60},
        "gone": {"outcome": "invalid_recipient"},
        "had": {"outcome": "accepted"},
        "perhaps": {"outcome": "uncertain"},
    }
)


def test_a_refusal_means_what_the_operator_says() -> None:
    full = CODES.outcome(Outcome.unknown("full", "no room"))
    assert (full.kind, full.scope, full.retry_after) == (K.RATE_LIMITED, Scope.ACCOUNT, timedelta(minutes=1))
    assert (full.provider_code, full.detail, full.is_unknown_code) == ("full", "no room", False)
    gone = CODES.outcome(Outcome.retryable("away", code="gone", retry_after=timedelta(seconds=5)))
    assert (gone.kind, gone.scope, gone.retry_after) == (K.INVALID_RECIPIENT, Scope.RECIPIENT, timedelta(seconds=5))


@pytest.mark.parametrize(
    "told", [Outcome.accepted(code="gone"), Outcome.uncertain("no answer", code="gone"), Outcome.unknown("other")]
)
def test_what_may_have_been_taken_and_codes_of_which_it_says_nothing_stay(told: Outcome) -> None:
    assert CODES.outcome(told) is told
    assert NO_CODES.outcome(told) is told


def test_receipts_are_read_by_the_same_table() -> None:
    def bounce(code: str) -> Receipt:
        return Receipt(kind=ReceiptKind.BOUNCED, time=NOW, message_id="m", outcome=Outcome.unknown(code))

    gone, had = CODES.receipt(bounce("gone")), CODES.receipt(bounce("had"))
    assert gone
    assert gone.outcome
    assert gone.outcome.kind is K.INVALID_RECIPIENT
    assert had == Receipt(kind=ReceiptKind.DELIVERED, time=NOW, message_id="m")
    assert CODES.receipt(bounce("perhaps")) is None
    opened = Receipt(kind=ReceiptKind.OPENED, time=NOW, message_id="m")
    assert CODES.receipt(opened) is opened


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "codes must be a table"),
        ({"1": "permanent"}, "codes.1 must be a table such as"),
        ({"1": {"scope": "call"}}, "codes.1 must be a table such as"),
        ({"1": {"outcome": "permanent", "note": "x"}}, "codes.1 must be a table such as"),
        ({"1": {"outcome": "perhaps"}}, "codes.1.outcome must be one of accepted, uncertain"),
        ({"1": {"outcome": "permanent", "scope": 3}}, "codes.1.scope must be one of message, recipient"),
        ({"1": {"outcome": "permanent", "retry_after": -1}}, "codes.1.retry_after must be seconds, from 0"),
        ({"1": {"outcome": "permanent", "retry_after": True}}, "codes.1.retry_after must be seconds, from 0"),
    ],
)
def test_a_wrong_table_is_refused_with_the_key(given: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_codes(given)
