"""How much one account has at hand: little where it is slow, enough where it is fast."""

from typing import Any

from tidegate.delivery.dispatch.held import Held, Letter
from tidegate.delivery.dispatch.queue import Queue, Room, Waiting
from tidegate.delivery.model import Granted, MessageClass


class _Watch:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def waiting(count: int, kind: MessageClass = MessageClass.MARKETING) -> list[Any]:
    class Facts:
        message_class = kind

    facts: Any = Facts()
    return [Waiting(Granted(facts, None, "", "t"), "{}") for _ in range(count)]  # type: ignore[arg-type]


def serve(queue: Queue, watch: _Watch, *, per_message: float, per_call: float = 0.0, rounds: int = 60) -> None:
    """Lets eight calls at a time go out and come back."""
    for _ in range(rounds):
        if room := queue.promise(1_000):
            queue.arrive(room, waiting(room.expected), decided=room.claims)
        taken = queue.take()
        calls = [min(queue.batch, len(taken) - start) for start in range(0, len(taken), queue.batch)]
        seconds = per_call + per_message * max(calls, default=0)
        watch.now += seconds * max(len(calls) / 8, 1)
        for call in calls:
            queue.called(call, seconds)
        queue.done(len(taken))


def test_a_slow_relay_has_seconds_of_mail_at_hand_not_minutes() -> None:
    watch = _Watch()
    queue = Queue(calls=8, max_batch=500, clock=watch)
    assert queue.depth <= 512
    serve(queue, watch, per_message=0.4)
    assert queue.batch <= 16
    assert queue.depth <= 256


def test_a_fast_relay_is_kept_busy() -> None:
    watch = _Watch()
    queue = Queue(calls=8, max_batch=500, clock=watch)
    serve(queue, watch, per_message=1 / 400)
    assert queue.batch >= 256
    assert queue.depth == 4_000


def test_a_slow_provider_of_single_messages_still_fills_its_calls() -> None:
    watch = _Watch()
    queue = Queue(calls=8, max_batch=1, clock=watch)
    serve(queue, watch, per_message=30.0)
    assert (queue.batch, queue.depth) == (1, 16)


def test_an_account_with_a_rate_has_two_seconds_of_it_at_hand() -> None:
    queue = Queue(calls=8, max_batch=500, most=20)
    assert queue.promise(1_000) == Room(20, 20)
    assert queue.promise(1_000) is None


def test_where_the_gate_stops_most_messages_more_are_claimed() -> None:
    queue = Queue(calls=8, max_batch=1)
    claims = []
    for _ in range(6):
        room = queue.promise(1_000)
        assert room
        claims.append(room.claims)
        assert queue.arrive(room, [], decided=room.claims)
    assert claims == [16, 32, 64, 128, 160, 160]
    room = queue.promise(1_000)
    assert room
    assert queue.arrive(room, waiting(100), decided=100)
    assert queue.promise(1_000) is None  # they were all granted: there are more now than there is room for
    queue.take()
    queue.done(100)
    room = queue.promise(1_000)
    assert room
    assert room.claims < 32


def test_room_is_kept_for_what_is_expected_alone() -> None:
    queue = Queue(calls=8, max_batch=32)
    for _ in range(4):
        room = queue.promise(1_000)
        assert room
        queue.arrive(room, [], decided=room.claims)
    assert queue.promise(1_000) == Room(1_000, 100)
    assert queue.promise(1_000) == Room(1_000, 100)  # two gates at once


def test_what_is_urgent_finds_room_in_a_full_queue_and_goes_first() -> None:
    queue = Queue(calls=8, max_batch=10)
    room = queue.promise(1_000)
    assert room == Room(160, 160)
    assert queue.arrive(room, waiting(160), decided=160)
    assert queue.promise(1_000) is None
    room = queue.promise_urgent(100)
    assert room == Room(100, 100, is_urgent=True)
    urgent = waiting(3, MessageClass.VERIFICATION)
    assert queue.arrive(room, urgent, decided=3)
    assert queue.take()[:3] == urgent
    assert queue.take_urgent() == []
    rooms = [queue.promise_urgent(100) for _ in range(3)]
    assert [each and each.claims for each in rooms] == [100, 100, 53], "no more than so many, on their way or not"
    assert queue.promise_urgent(100) is None
    assert len(queue.close()) == 83


def test_a_closed_queue_takes_nothing_in() -> None:
    queue = Queue(calls=8, max_batch=10)
    room = queue.promise(5)
    assert room
    assert queue.arrive(Room(0, 0), waiting(2), decided=2)
    assert len(queue.close()) == 2
    assert not queue.arrive(room, waiting(5), decided=5)
    assert (queue.promise(5), queue.close(), queue.take()) == (None, [], [])


def letter(message_id: str) -> Letter:
    class Facts:
        pass

    facts: Any = Facts()
    facts.message_id = message_id
    return Letter(Waiting(Granted(facts, None, "", "t"), "{}"), None, 0, 1)  # type: ignore[arg-type]


def test_what_is_given_up_is_told_apart_by_whether_the_adapter_may_have_seen_it() -> None:
    held = Held()
    seen, unseen = [letter("a")], [letter("b")]
    assert held.begin(seen + unseen)
    assert held.call(seen)
    assert held.give_up() == (unseen, seen)
    assert not held.begin([letter("c")])
    assert not held.call(unseen)
    assert not held.end(seen)
    assert held.give_up() == ([], [])
