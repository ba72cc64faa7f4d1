"""What becomes of a mail when the relay misbehaves at each moment of the conversation, over real sockets.

With and without PIPELINING: the moments are the same, the writes are not.
"""

import asyncio
import time
from collections.abc import Iterator

import pytest
from support.mail import account, message, send, send_one
from tidegate.channels import Content, OutcomeKind, Scope
from tidegate_adapters.calls import Spans
from tidegate_adapters.email import EmailChannel
from tidegate_simulators.mail import MailSink, Moment, Step

K, S = OutcomeKind, Scope

HUGE = message(content=Content(text="x" * (24 * 2**20)))
"""More than the buffers between both ends hold, so that the adapter sees how far the relay has read."""

ONCE_BEFORE_END = (Moment.MAIL, Moment.RCPT, Moment.DATA)


@pytest.fixture(params=["pipelined", "in turn"])
def relay(request: pytest.FixtureRequest) -> Iterator[MailSink]:
    with MailSink(pipelining=request.param == "pipelined") as running:
        yield running


@pytest.mark.parametrize(
    ("moment", "reply", "kind", "scope"),
    [
        (Moment.CONNECT, "421 4.3.2 too busy", K.RETRYABLE, S.CALL),
        (Moment.CONNECT, "554 5.7.1 your network is not welcome", K.AUTH_ERROR, S.ACCOUNT),
        (Moment.HELLO, "550 5.7.1 who are you", K.AUTH_ERROR, S.ACCOUNT),
        (Moment.MAIL, "451 4.3.0 try later", K.RETRYABLE, S.MESSAGE),
        (Moment.MAIL, "550 5.1.8 sender's domain does not exist", K.PERMANENT, S.MESSAGE),
        (Moment.MAIL, "530 5.7.0 authentication required", K.AUTH_ERROR, S.ACCOUNT),
        (Moment.RCPT, "450 4.2.1 mailbox busy", K.RETRYABLE, S.RECIPIENT),
        (Moment.RCPT, "451 4.7.1 greylisted", K.RATE_LIMITED, S.RECIPIENT),
        (Moment.RCPT, "452 4.2.2 mailbox full", K.RETRYABLE, S.RECIPIENT),
        (Moment.RCPT, "421 4.7.0 closing", K.RETRYABLE, S.CALL),
        (Moment.RCPT, "550 5.1.1 no such user", K.INVALID_RECIPIENT, S.RECIPIENT),
        (Moment.RCPT, "550 5.1.10 domain takes no mail", K.INVALID_RECIPIENT, S.RECIPIENT),
        (Moment.RCPT, "550 no", K.PERMANENT, S.MESSAGE),
        (Moment.DATA, "451 4.3.1 no space", K.RETRYABLE, S.MESSAGE),
        (Moment.DATA, "554 5.6.0 no", K.CONTENT_REJECTED, S.MESSAGE),
        (Moment.END, "450 4.3.0 try later", K.RETRYABLE, S.MESSAGE),
        (Moment.END, "552 5.3.4 too big", K.CONTENT_REJECTED, S.MESSAGE),
        (Moment.END, "550 5.7.1 looks like spam", K.CONTENT_REJECTED, S.ACCOUNT),
        (Moment.END, "554 no", K.PERMANENT, S.MESSAGE),
    ],
)
def test_a_refusal_means_what_it_says_at_its_moment(
    relay: MailSink, moment: Moment, reply: str, kind: OutcomeKind, scope: Scope
) -> None:
    relay.at(moment, Step(reply))
    outcome = send_one(account(relay))
    assert (outcome.kind, outcome.scope) == (kind, scope)
    assert reply.startswith(outcome.provider_code)
    assert relay.taken == 0


@pytest.mark.parametrize("moment", [Moment.CONNECT, Moment.HELLO, Moment.MAIL, Moment.RCPT, Moment.DATA, Moment.TEXT])
def test_a_connection_that_dies_before_the_end_of_the_text_was_not_taken(relay: MailSink, moment: Moment) -> None:
    relay.at(moment, Step(close=True))
    (outcome,) = send(account(relay), [HUGE if moment is Moment.TEXT else message()])
    assert outcome.kind is K.RETRYABLE
    assert relay.taken == 0


@pytest.mark.parametrize("moment", [Moment.END, Moment.KEPT])
def test_a_connection_that_dies_after_the_end_of_the_text_is_uncertain(relay: MailSink, moment: Moment) -> None:
    relay.at(moment, Step(close=True))
    outcome = send_one(account(relay))
    assert outcome.kind is K.UNCERTAIN
    assert relay.taken == (1 if moment is Moment.KEPT else 0)


@pytest.mark.parametrize(
    ("moment", "kind"),
    [
        (Moment.CONNECT, K.RETRYABLE),
        (Moment.MAIL, K.RETRYABLE),
        (Moment.RCPT, K.RETRYABLE),
        (Moment.DATA, K.RETRYABLE),
        (Moment.END, K.UNCERTAIN),
        (Moment.KEPT, K.UNCERTAIN),
    ],
)
def test_a_relay_that_is_too_slow_is_given_up(relay: MailSink, moment: Moment, kind: OutcomeKind) -> None:
    relay.at(moment, Step(delay=60.0), times=1)
    began = time.monotonic()
    outcome = send_one(account(relay, timeout=1.0, connect_timeout=1.0))
    assert outcome.kind is kind
    assert time.monotonic() - began < 30.0


def test_a_relay_that_stops_reading_in_the_middle_cannot_have_taken_it(relay: MailSink) -> None:
    relay.at(Moment.TEXT, Step(delay=60.0), times=1)
    (outcome,) = send(account(relay, timeout=1.5), [HUGE])
    assert outcome.kind is K.RETRYABLE
    assert "before the end of the text" in outcome.detail


def test_nobody_listens() -> None:
    with MailSink() as gone:
        to = account(gone)
    outcome = send_one(to)
    assert (outcome.kind, outcome.scope) == (K.RETRYABLE, S.CALL)
    assert "ConnectError" in outcome.detail


def test_a_relay_that_cannot_be_reached_is_not_tried_for_every_message_of_a_batch(sink: MailSink) -> None:
    sink.at(Moment.CONNECT, Step(delay=60.0))
    began = time.monotonic()
    outcomes = send(account(sink, connect_timeout=0.3), [message(number) for number in range(200)])
    assert {outcome.kind for outcome in outcomes} == {K.RETRYABLE}
    assert time.monotonic() - began < 30.0


def test_fewer_connections_than_asked_for_do_the_work(sink: MailSink) -> None:
    sink.at(Moment.CONNECT, Step("421 4.7.0 too many connections from you"), times=3)
    outcomes = send(account(sink, connections=4), [message(number) for number in range(40)])
    assert {outcome.kind for outcome in outcomes} == {K.ACCEPTED}
    assert sink.taken == 40
    assert sink.duplicates() == []


def test_one_bad_recipient_among_many_harms_no_other(relay: MailSink) -> None:
    relay.at(Moment.RCPT, Step("550 5.1.1 <c7@example.org>: unknown"), address="c7@example.org")
    outcomes = send(account(relay, connections=1), [message(number) for number in range(20)])
    kinds = [outcome.kind for outcome in outcomes]
    assert kinds == [K.ACCEPTED] * 7 + [K.INVALID_RECIPIENT] + [K.ACCEPTED] * 12
    assert relay.connections == 1
    assert sorted(relay.taken_by_recipient) == sorted(f"c{n}@example.org" for n in range(20) if n != 7)
    assert outcomes[7].detail == "5.1.1 <…>: unknown"


def test_replies_that_are_no_smtp_end_the_conversation(relay: MailSink) -> None:
    relay.at(Moment.RCPT, Step("HTTP/1.1 400 Bad Request"))
    outcome = send_one(account(relay))
    assert outcome.kind is K.RETRYABLE
    assert relay.taken == 0


@pytest.mark.parametrize("moment", ONCE_BEFORE_END)
def test_a_kept_connection_that_died_is_replaced_within_the_call(relay: MailSink, moment: Moment) -> None:
    async def scene() -> OutcomeKind:
        channel = EmailChannel()
        await channel.send(account(relay), [message(1)])
        relay.at(moment, Step(close=True), times=1)
        (outcome,) = await channel.send(account(relay), [message(2)])
        await channel.close()
        return outcome.kind

    assert asyncio.run(scene()) is K.ACCEPTED
    assert relay.taken == 2
    assert relay.connections == 2
    assert relay.duplicates() == []


def test_connections_closed_while_idle_are_replaced(relay: MailSink) -> None:
    async def scene() -> OutcomeKind:
        channel = EmailChannel()
        await channel.send(account(relay), [message(1)])
        await asyncio.to_thread(relay.drop_connections)
        (outcome,) = await channel.send(account(relay), [message(2)])
        await channel.close()
        return outcome.kind

    assert asyncio.run(scene()) is K.ACCEPTED
    assert relay.duplicates() == []


def test_a_cancelled_mail_never_leaves_its_connection_to_the_next(relay: MailSink) -> None:
    async def scene() -> OutcomeKind:
        channel = EmailChannel()
        relay.at(Moment.RCPT, Step(delay=0.3), times=1)
        call = asyncio.create_task(channel.send(account(relay), [message(1)]))
        await asyncio.sleep(0.1)
        call.cancel()
        await asyncio.wait([call])
        assert call.cancelled()
        (outcome,) = await channel.send(account(relay), [message(2)])
        await channel.close()
        return outcome.kind

    assert asyncio.run(scene()) is K.ACCEPTED
    assert [mail.recipients for mail in relay.mails] == [("c2@example.org",)]


def test_a_batch_that_takes_too_long_is_handed_back_unbegun(sink: MailSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidegate_adapters.email.channel._SPANS", Spans(begun=1.0))
    sink.at(Moment.END, Step(delay=0.35))
    outcomes = send(account(sink, connections=1), [message(number) for number in range(20)])
    sent = [outcome for outcome in outcomes if outcome.kind is K.ACCEPTED]
    late = [outcome for outcome in outcomes if (outcome.kind, outcome.scope) == (K.RATE_LIMITED, S.CALL)]
    assert (len(sent), len(late)) == (sink.taken, 20 - sink.taken)
    assert 1 <= len(sent) <= 4
    assert late[0].detail == "the provider was too slow for the whole batch; not begun"


def test_a_relay_that_hangs_keeps_only_what_it_was_offered(sink: MailSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidegate_adapters.email.channel._SPANS", Spans(begun=1.0))
    sink.at(Moment.MAIL, Step(delay=60.0))

    async def scene() -> list[list[OutcomeKind]]:
        channel, to = EmailChannel(), account(sink, connections=4, timeout=1.5)
        batches = [[message(100 * batch + number) for number in range(50)] for batch in range(6)]
        try:
            async with asyncio.timeout(30.0):
                answers = await asyncio.gather(*(channel.send(to, batch) for batch in batches))
        finally:
            await channel.close()
        return [[outcome.kind for outcome in several] for several in answers]

    kinds = [kind for several in asyncio.run(scene()) for kind in several]
    assert kinds.count(K.RETRYABLE) == 4
    assert kinds.count(K.RATE_LIMITED) == 296


def test_a_call_ends_by_itself_and_tells_what_it_knows(sink: MailSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidegate_adapters.email.channel._SPANS", Spans(ended=2.0))
    sink.at(Moment.KEPT, Step(delay=60.0), address="c5@example.org")
    outcomes = send(account(sink, connections=1, timeout=30.0), [message(number) for number in range(10)])
    assert [outcome.kind for outcome in outcomes] == [K.ACCEPTED] * 5 + [K.UNCERTAIN] + [K.RATE_LIMITED] * 4
