"""Codes that an adapter does not know: permanent, counted and told of, until the operator says what they mean."""

from datetime import datetime

from structlog.testing import capture_logs
from support.delivery.post import Office, tell
from support.delivery.shop import Shop, state_name
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.channels import Outcome, Receipt, ReceiptKind
from tidegate.delivery.dispatch.codes import OTHER, UnknownCodes
from tidegate.runtime.metrics import Metrics

NAME = "tidegate_delivery_unknown_provider_code_total"


def counted(shop: Shop, code: str) -> float:
    labels = {"account_id": "post-1", "code": code}
    return shop.suite.process.metrics.registry.get_sample_value(NAME, labels) or 0.0


def sent(shop: Shop, outcome: Outcome, count: int = 1) -> list[str]:
    """How messages end whose provider says that."""
    shop.told.answer = lambda _message: outcome
    messages = [shop.message(one, "letter", template_id="letter") for one in shop.customers(count)]
    ended = shop.final(*shop.send(*messages))
    shop.told.answer = None
    return [state_name(one) for one in ended]


def bounced(time: datetime, message_id: str, outcome: Outcome) -> Receipt:
    return Receipt(kind=ReceiptKind.BOUNCED, time=time, message_id=message_id, outcome=outcome)


def test_what_nobody_knows_is_counted_and_told_of_once_and_what_the_operator_says_counts(
    posting: Shop, office: Office
) -> None:
    strange = Outcome.unknown("NEVER-SEEN", "the stars are not right")
    with capture_logs() as logs:
        assert sent(posting, strange, 3) == ["failed:permanent"] * 3
    assert counted(posting, "NEVER-SEEN") == 3.0
    (warning,) = [one for one in logs if one["event"] == "provider.unknown_code"]
    assert (warning["log_level"], warning["account_id"]) == ("warning", "post-1")
    assert "the stars" not in str(warning), "a provider's words may name who was called"
    assert warning["message_id"]
    assert '[channels.post.codes]: "NEVER-SEEN" = { outcome' in warning["advice"]

    assert sent(posting, Outcome.unknown("HAS-IT")) == ["sent"]
    assert sent(posting, Outcome.permanent("known, and meant otherwise", code="HAS-IT")) == ["sent"]
    assert counted(posting, "HAS-IT") == 0.0

    ids = posting.send(*(posting.message(one, "letter", template_id="letter") for one in posting.customers(3)))
    posting.final(*ids)
    outcomes = [Outcome.unknown(code) for code in ("LATER", "HAS-IT", "WHO-KNOWS")]
    pairs = zip(ids, outcomes, strict=True)
    account = posting.delivery.GetAccount(pb.GetAccountRequest(account_id="post-1")).account
    office.letters["k1"] = [bounced(posting.clock.now(), key, outcome) for key, outcome in pairs]
    assert tell(account.callback_url, "k1").status == 200
    office.ready["post-1"] = [[bounced(posting.clock.now(), ids[0], Outcome.unknown("COLLECTED"))]]
    posting.suite.settle()
    states = [state_name(posting.get(key)) for key in ids]
    assert [counted(posting, code) for code in ("LATER", "HAS-IT", "WHO-KNOWS", "COLLECTED")] == [1.0, 0.0, 0.0, 1.0]
    assert states == ["bounced", "delivered", "sent"]


def test_codes_beyond_the_most_are_counted_as_others() -> None:
    metrics = Metrics()
    unknown = UnknownCodes(metrics)
    with capture_logs() as logs:
        for number in range(300):
            unknown.count("a", "post", Outcome.unknown(f"C{number}"))
    assert len(logs) == 200
    assert metrics.registry.get_sample_value(NAME, {"account_id": "a", "code": OTHER}) == 100.0
