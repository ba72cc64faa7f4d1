"""The channel `push.apns`: what is known of a request when the server misbehaves."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from h2.errors import ErrorCodes
from hyperframe.frame import DataFrame, Frame, GoAwayFrame, HeadersFrame, PingFrame, RstStreamFrame
from support.apns import Conversation, greeting, say, server, settings
from support.certificates import self_signed
from tidegate.channels import OutcomeKind
from tidegate_adapters.apns.connection import Connection
from tidegate_adapters.calls import Answer, NoAnswer, NotSent

K = OutcomeKind
ToldT = TypeVar("ToldT")
PATH, BODY = "/3/device/00", b"{}"
OK = HeadersFrame(1, b"\x88", flags=["END_HEADERS"])


async def ask(connection: Connection, seconds: float = 10.0) -> Answer | NoAnswer:
    """What one request brings: an answer, or what is raised."""
    try:
        return await connection.post(PATH, {"apns-topic": "t"}, BODY, seconds)
    except NoAnswer as error:
        return error


async def with_server(conversation: Conversation, talk: Callable[[Connection], Awaitable[ToldT]]) -> ToldT:
    async with server(conversation) as url:
        made = await Connection.make(settings(base_url=url, connect_timeout=10.0))
        try:
            return await talk(made)
        finally:
            await made.close()


def answer_to(conversation: Conversation) -> Answer | NoAnswer:
    """What a request brings that this server is asked first."""
    return asyncio.run(with_server(conversation, ask))


def after_request(*frames: Frame) -> Conversation:
    """A server that says these frames once the first request is there as a whole."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        say(writer, greeting(MAX_CONCURRENT_STREAMS=10))
        await until_end_of(reader, 1)
        say(writer, *frames)
        await reader.read()

    return talk


async def until_end_of(reader: asyncio.StreamReader, stream: int) -> bytes:
    end, heard = DataFrame(stream, flags=["END_STREAM"]).serialize(), b""
    while end not in heard:
        heard += await reader.read(2**16)
    return heard


def test_a_request_that_is_broken_off_is_open() -> None:
    reset = RstStreamFrame(1, error_code=int(ErrorCodes.INTERNAL_ERROR))
    got = answer_to(after_request(OK, reset))
    assert isinstance(got, NoAnswer)
    assert not isinstance(got, NotSent)
    assert got.outcome.kind is K.UNCERTAIN
    assert got.outcome.detail == "no answer from APNs: RemoteProtocolError"


def test_a_body_is_read_and_one_without_end_is_not() -> None:
    whole: list[Frame] = [OK, DataFrame(1, b"a"), PingFrame(0, b"anything"), DataFrame(1, b"b", flags=["END_STREAM"])]
    got = answer_to(after_request(*whole))
    assert isinstance(got, Answer)
    assert (got.status, got.body) == (200, b"ab")
    got = answer_to(after_request(OK, *[DataFrame(1, b"x" * 16_000)] * 5))
    assert isinstance(got, NoAnswer)
    assert got.outcome.detail == "the answer is too long to be one of Apple's"


def test_a_good_bye_says_why() -> None:
    goodbye = GoAwayFrame(0, last_stream_id=0, error_code=2, additional_data=b'{"reason":"BadCertificate"}')
    got = answer_to(after_request(goodbye))
    assert isinstance(got, NoAnswer)
    assert got.outcome.detail == 'APNs ended the connection (code 2) {"reason":"BadCertificate"}'


@pytest.mark.parametrize("said", [DataFrame(7, b"to nobody").serialize(), b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_who_breaks_the_rules_is_left(said: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        say(writer, greeting(MAX_CONCURRENT_STREAMS=10))
        await until_end_of(reader, 1)
        writer.write(said)
        await reader.read()

    async def play(made: Connection) -> tuple[object, bool, object]:
        return await ask(made), made.is_open, await ask(made)

    got, is_open, again = asyncio.run(with_server(talk, play))
    assert isinstance(got, NoAnswer)
    assert got.outcome.kind is K.UNCERTAIN
    assert not is_open
    assert isinstance(again, NotSent)


def test_over_tls_http2_must_be_agreed_on_and_the_certificate_known(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "server.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["http/1.1"])

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def play(ca_file: str) -> None:
        async with await asyncio.start_server(hold, "127.0.0.1", 0, ssl=context) as listening:
            port = listening.sockets[0].getsockname()[1]
            made = await Connection.make(settings(base_url=f"https://127.0.0.1:{port}", ca_file=ca_file))
            try:
                await made.post(PATH, {}, BODY, 10.0)
            finally:
                await made.close()

    with pytest.raises(NotSent, match="speaks no HTTP/2; see the account's base_url"):
        asyncio.run(play(str(certificate)))
    with pytest.raises(NotSent, match=r"no connection to APNs: .*certificate verify failed"):
        asyncio.run(play(""))
    with pytest.raises(NotSent, match="ca_file can't be used: FileNotFoundError") as refused:
        asyncio.run(play(str(tmp_path / "none")))
    assert refused.value.outcome.kind is K.AUTH_ERROR


def test_what_is_given_up_before_it_is_begun_is_never_written() -> None:
    """The server takes one request at a time. It answers the first after the second was given up; a third waits."""
    given_up = asyncio.Event()
    heard = b""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        say(writer, greeting(MAX_CONCURRENT_STREAMS=1))
        await until_end_of(reader, 1)
        await given_up.wait()
        say(writer, OK, DataFrame(1, flags=["END_STREAM"]))
        heard = await reader.read()

    async def play(made: Connection) -> list[Answer | NoAnswer]:
        first = asyncio.create_task(ask(made))
        await asyncio.sleep(0.1)
        second, third = asyncio.create_task(ask(made, 0.1)), asyncio.create_task(ask(made, 2.0))
        await second
        given_up.set()
        return list(await asyncio.gather(first, second, third))

    first, second, third = asyncio.run(with_server(talk, play))
    assert isinstance(first, Answer)
    assert isinstance(second, NotSent)
    assert isinstance(third, NotSent)
    assert second.outcome.detail == "0.1 s have passed before anything was said"
    assert third.outcome.detail == "not offered: 0.1 s have passed before anything was said"
    assert BODY not in heard


def test_one_that_is_cancelled_leaves_the_others_on_the_connection_as_they_are() -> None:
    are_there = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        say(writer, greeting(MAX_CONCURRENT_STREAMS=10))
        await until_end_of(reader, 5)
        are_there.set()
        await asyncio.sleep(0.1)
        for stream in (5, 3, 1):
            say(writer, HeadersFrame(stream, b"\x88", flags=["END_HEADERS", "END_STREAM"]))
        await reader.read()

    async def play(made: Connection) -> tuple[list[object], bool]:
        tasks = [asyncio.create_task(ask(made)) for _ in range(3)]
        await are_there.wait()
        tasks[1].cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        return list(answers), made.is_open

    answers, is_open = asyncio.run(with_server(talk, play))
    assert [type(answer) for answer in answers] == [Answer, asyncio.CancelledError, Answer]
    assert not is_open


def test_nothing_is_begun_on_a_connection_that_is_to_end() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def play(made: Connection) -> object:
        await made.retire("enough")
        return await ask(made)

    assert isinstance(asyncio.run(with_server(talk, play)), NotSent)
