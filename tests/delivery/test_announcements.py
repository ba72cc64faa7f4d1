"""What the feed says of moves that are announced together: each has its own, whatever they have alike."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from support.delivery.vault import VAULT
from tidegate.api.delivery.v1 import changes_pb2, messages_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.channels import OutcomeKind
from tidegate.delivery.announce import Announcer, Moved, put_changes
from tidegate.delivery.model import DropReason, Facts, MessageClass, MessageState, RecipientKind
from tidegate.delivery.schema import FEED, METADATA
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Feed

NOON = int(datetime(2026, 11, 11, 12, tzinfo=UTC).timestamp()) * 1_000_000
LATER = NOON + 3_600_000_001


@dataclass
class Written:
    """Stands in for a feed, and keeps what is appended."""

    entries: list[tuple[str, int, bytes, int]]

    def append(self, _connection: object, entries: list[tuple[str, int, bytes, int]]) -> None:
        self.entries += entries


def message(number: int, campaign_id: str, tier: str) -> Facts:
    return Facts(
        message_id=f"message-{number}",
        caller="shop",
        idempotency_key=f"key-{number}",
        customer_id=number,
        original_customer_id=number,
        recipient_kind=RecipientKind.CUSTOMER,
        entity_id="",
        channels=("sms", "email"),
        template_id="hello",
        message_class=MessageClass.MARKETING,
        purpose="marketing",
        brand="main",
        campaign_id=campaign_id,
        phase_id="eve",
        journey_id="eleven",
        enrollment_id=f"enrollment-{number}" if number % 2 else "",
        node_id="first",
        tier=tier,
        sender_unit="shop",
        language="",
        priority=0,
        holdout_experiment="control",
        override_end=0,
        accept_time=NOON,
        expire_time=LATER,
        state=MessageState.CALLING,
        channel="sms",
        channel_index=0,
        account_id="sms-1",
        attempts=1,
    )


MOVES = st.builds(
    Moved,
    st.builds(message, st.integers(1, 5), st.sampled_from(["", "double11"]), st.sampled_from(["", "fan"])),
    st.sampled_from(MessageState),
    st.sampled_from([NOON, LATER]),
    st.sampled_from(["sms", "email"]),
    account_id=st.sampled_from(["", "sms-1"]),
    reason=st.sampled_from([None, DropReason.HELD_OUT, DropReason.QUIET]),
    outcome=st.sampled_from([None, OutcomeKind.ACCEPTED]),
    wake_time=st.sampled_from([None, LATER]),
    rule_id=st.sampled_from(["", "daily"]),
    tier=st.sampled_from(["", "gold"]),
    cost_micros=st.sampled_from([0, 45_000]),
)


def announced(*moves: Moved) -> list[bytes]:
    written = Written([])
    Announcer(written, VAULT).moved(None, moves)  # type: ignore[arg-type]
    assert [(kind, customer_id, time) for kind, customer_id, _, time in written.entries] == [
        ("message_changed", move.message.customer_id, move.time) for move in moves
    ]
    return [body for _, _, body, _ in written.entries]


@given(moves=st.lists(MOVES, max_size=8))
def test_moves_announced_together_say_what_each_says_alone(moves: list[Moved]) -> None:
    assert announced(*moves) == [announced(move)[0] for move in moves]


def test_a_reader_gets_the_position_the_customer_and_the_time(open_database: Callable[..., Database]) -> None:
    database = open_database(METADATA)
    feed = Feed(database, FEED)
    feed.rebase()
    held = Moved(message(7, "double11", ""), MessageState.DROPPED, LATER, "sms", reason=DropReason.HELD_OUT)
    with database.write() as connection:
        Announcer(feed, VAULT).moved(connection, [held])
    page = feed.read(0, limit=10)
    answer = pb.ListChangesResponse()
    put_changes(answer.changes, page.entries)
    expected = changes_pb2.Change(position=page.next_position, customer_id=7)
    expected.time.FromMicroseconds(LATER)
    told = expected.message_changed
    told.message_id, told.idempotency_key, told.caller, told.customer_id = "message-7", "key-7", "shop", 7
    told.channel, told.state = "sms", messages_pb2.MESSAGE_STATE_DROPPED
    told.drop_reason, told.holdout_experiment_id = messages_pb2.DROP_REASON_HELD_OUT, "control"
    told.campaign_id, told.phase_id, told.journey_id = "double11", "eve", "eleven"
    told.enrollment_id, told.node_id, told.template_id, told.brand = "enrollment-7", "first", "hello", "main"
    told.message_class = messages_pb2.MESSAGE_CLASS_MARKETING
    told.time.FromMicroseconds(LATER)
    assert list(answer.changes) == [expected]
