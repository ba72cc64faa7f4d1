"""The channel `push.apns`: what is known of a request when the server misbehaves, frame by frame."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from h2.errors import ErrorCodes
from hyperframe.frame import DataFrame, GoAwayFrame, HeadersFrame, PingFrame, RstStreamFrame
from support.apns import greeting, say, server, settings
from support.certificates import self_signed
from tidegate.channels import OutcomeKind
from tidegate_adapters.apns import connection as connection_module
from tidegate_adapters.apns.connection import Connection
from tidegate_adapters.calls import NoAnswer, NotSent
from tidegate_simulators.apns import ApnsSimulator

K = OutcomeKind


@pytest.fixture
def apple() -> Iterator[ApnsSimulator]:
    with ApnsSimulator() as running:
        yield running


async def answer_of(conversation: object, *, seconds: float = 10.0) -> object:
    """What one request brings: an answer, or what is raised."""
    async with server(conversation) as url:  # type: ignore[arg-type]
        made = await Connection.open(settings(base_url=url, connect_timeout=10.0))
        try:
            return await made.post(HEAD, b"{}", seconds)
        except NoAnswer as error:
            return error
        finally:
            await made.leave()


def after_request(*frames: object, initial_window: int = 65_535) -> object:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        say(writer, greeting(MAX_CONCURRENT_STREAMS=10, INITIAL_WINDOW_SIZE=initial_window))
        heard = b""
        while ENCODED not in heard:
            heard += await reader.read(2**16)
        say(writer, *frames)  # type: ignore[arg-type]
        await reader.read()

    return talk


AUTHORITY, ENCODED = "*****", b"\xf9\xf9\xf9\xf9\xf9"
HEAD = [(":method", "POST"), (":path", "/"), (":scheme", "http"), (":authority", AUTHORITY)]
OK = HeadersFrame(1, b"\x88", flags=["END_HEADERS"])


def test_an_answer_before_all_was_said_is_an_answer() -> None:
    refused = HeadersFrame(1, b"\x8c", flags=["END_HEADERS", "END_STREAM"])  # :status 400
    got = asyncio.run(answer_of(after_request(refused, initial_window=0)))
    assert getattr(got, "status", None) == 400


def test_what_never_was_written_whole_was_surely_not_carried_out() -> None:
    got = asyncio.run(answer_of(after_request(initial_window=0), seconds=0.2))
    assert isinstance(got, NotSent)
    assert got.outcome.kind is K.RETRYABLE


def test_a_request_that_is_broken_off_is_open() -> None:
    reset = RstStreamFrame(1, error_code=int(ErrorCodes.INTERNAL_ERROR))
    got = asyncio.run(answer_of(after_request(OK, reset)))
    assert isinstance(got, NoAnswer)
    assert not isinstance(got, NotSent)
    assert got.outcome.detail == "APNs broke the request off without an answer"


def test_a_body_is_read_and_one_without_end_is_cut_off() -> None:
    whole = [OK, DataFrame(1, b"a"), PingFrame(0, b"anything"), DataFrame(1, b"b", flags=["END_STREAM"])]
    assert getattr(asyncio.run(answer_of(after_request(*whole))), "body", None) == b"ab"
    endless = [OK, *[DataFrame(1, b"x" * 16_000)] * 4, DataFrame(1, b"x" * 1_000), DataFrame(1, flags=["END_STREAM"])]
    got = asyncio.run(answer_of(after_request(*endless)))
    assert len(getattr(got, "body", b"")) <= 2**16


def test_a_good_bye_says_why() -> None:
    goodbye = GoAwayFrame(0, last_stream_id=0, error_code=2, additional_data=b'{"reason":"BadCertificate"}')
    got = asyncio.run(answer_of(after_request(goodbye)))
    assert isinstance(got, NotSent)
    assert got.outcome.detail == 'APNs ends the connection (code 2) {"reason":"BadCertificate"}'


def test_who_breaks_the_rules_is_left() -> None:
    broken = DataFrame(7, b"to nobody")
    got = asyncio.run(answer_of(after_request(broken)))
    assert isinstance(got, NoAnswer)
    assert "broke HTTP/2's rules" in got.outcome.detail


def test_what_speaks_no_http2_is_told() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()

    async def play() -> None:
        async with server(talk) as url:
            await Connection.open(settings(base_url=url))

    with pytest.raises(NotSent, match=r"the server broke HTTP/2's rules \(a frame of 4740180 bytes\)"):
        asyncio.run(play())


def test_over_tls_http2_must_be_agreed_on_and_the_certificate_known(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "server.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def play(ca_file: str) -> None:
        async with await asyncio.start_server(hold, "127.0.0.1", 0, ssl=context) as listening:
            port = listening.sockets[0].getsockname()[1]
            await Connection.open(settings(base_url=f"https://127.0.0.1:{port}", ca_file=ca_file))

    with pytest.raises(NotSent, match="speaks no HTTP/2; see the account's base_url"):
        asyncio.run(play(str(certificate)))
    with pytest.raises(NotSent, match="no connection to APNs: SSLCertVerificationError"):
        asyncio.run(play(""))
    with pytest.raises(NotSent, match="ca_file can't be used: FileNotFoundError") as refused:
        asyncio.run(play(str(tmp_path / "none")))
    assert refused.value.outcome.kind is K.AUTH_ERROR


def test_a_server_that_takes_nothing_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "_PATIENCE", 0.1)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        say(writer, greeting(MAX_CONCURRENT_STREAMS=0))
        await reader.read()

    got = asyncio.run(answer_of(talk))
    assert isinstance(got, NotSent)
    assert got.outcome.detail == "not offered: APNs took no further request within 0.1 s"


def test_nothing_is_begun_on_a_connection_that_is_to_end(apple: ApnsSimulator) -> None:
    async def play() -> str:
        made = await Connection.open(settings(base_url=apple.url))
        made.retire("enough")
        with pytest.raises(NotSent) as refused:
            await made.post(HEAD, b"{}", 1.0)
        await made.leave()
        return refused.value.outcome.detail

    assert asyncio.run(play()) == "not offered: enough"


def test_a_connection_that_has_had_all_its_numbers_is_replaced(apple: ApnsSimulator) -> None:
    async def play() -> tuple[object, bool]:
        made = await Connection.open(settings(base_url=apple.url))
        made._h2.highest_outbound_stream_id = 2**31 - 1
        try:
            await made.post(HEAD, b"{}", 1.0)
        except NotSent as error:
            return error.outcome.detail, made.is_open
        finally:
            await made.leave()
        return None, True

    assert asyncio.run(play()) == ("not offered: the connection is worn out (NoAvailableStreamIDError)", False)
