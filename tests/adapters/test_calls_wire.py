"""What comes over the wire to calls of providers, byte for byte, and which connections are used again."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.certificates import self_signed
from tidegate.channels import OutcomeKind
from tidegate_adapters.calls import Http, NoAnswer, NotSent, http

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True, slots=True)
class Settings:
    connections: int = 4
    connect_timeout: float = 1.0
    timeout: float = 1.0


@dataclass
class Peer:
    """Answers each request with the next of its texts, in the pieces that it is given in; b"" = the connection ends."""

    says: list[Sequence[bytes]]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    ended: int = 0
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length")]
                self.requests.append(head + await reader.readexactly(int(length[0][16:]) if length else 0))
                for piece in self.says.pop(0):
                    if not piece:
                        return
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.01)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.ended += 1
            writer.close()


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110 - the peer runs in this loop, too
        await asyncio.sleep(0.01)


def play(
    peer: Peer,
    scene: Callable[[Http], Awaitable[None]],
    *,
    tls: ssl.SSLContext | None = None,
    ca_file: str = "",
) -> None:
    async def within() -> None:
        server = await asyncio.start_server(peer.serve, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        peer.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/"
        client = Http(Settings(), ca_file=ca_file, longest=1000)
        try:
            await scene(client)
        finally:
            await client.close()
            server.close()
            await until(lambda: peer.ended == peer.connections)

    asyncio.run(asyncio.wait_for(within(), 10.0))


@pytest.mark.parametrize(
    ("said", "status", "body"),
    [
        ([OK], 200, b"ok"),
        ([OK[:9], OK[9:30], OK[30:]], 200, b"ok"),
        ([b"HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", b"1\r\n!\r\n0\r\n\r\n"], 201, b"ok!"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], 204, b""),
        ([b"HTTP/1.1 100 Continue\r\nContent-Length: 9\r\n\r\n" + OK], 200, b"ok"),
        ([b"HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n", OK], 200, b"ok"),
        ([b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"], 302, b""),
    ],
)
def test_answers_are_read_and_their_connection_is_used_again(said: list[bytes], status: int, body: bytes) -> None:
    async def scene(client: Http) -> None:
        answer = await client.post(peer.url, {}, b"1")
        assert (answer.status, answer.body) == (status, body)
        assert (await client.post(peer.url, {}, b"2")).body == b"ok"
        assert peer.connections == 1

    peer = Peer([said, [OK]])
    play(peer, scene)


@pytest.mark.parametrize(
    "said",
    [
        [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"],
        [b"HTTP/1.0 200 OK\r\n\r\no", b"k", b""],
        [OK + b"HTTP/1.1 500 Not asked for\r\nContent-Length: 0\r\n\r\n"],
        [OK, b""],
    ],
)
def test_a_connection_that_can_not_be_trusted_is_not_used_again(said: list[bytes]) -> None:
    async def scene(client: Http) -> None:
        assert (await client.post(peer.url, {}, b"1")).body == b"ok"
        await asyncio.sleep(0.1)
        assert (await client.post(peer.url, {}, b"2")).status == 200
        assert peer.connections == 2

    peer = Peer([said, [OK]])
    play(peer, scene)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([b"220 smtp.example.com ESMTP\r\n"], "no answer"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nok"], "no answer"),
        ([b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000], "no answer"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", b""], "no answer"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"], "in time"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 996\r\n\r\n", *[b"drip"] * 249], "in time"),
        ([b""], "no answer"),
    ],
)
def test_what_is_no_answer_leaves_it_open_whether_the_call_was_taken(said: list[bytes], why: str) -> None:
    async def scene(client: Http) -> None:
        with pytest.raises(NoAnswer, match=why) as raised:
            await client.post(peer.url, {}, b"1")
        assert not isinstance(raised.value, NotSent)
        assert raised.value.outcome.kind is OutcomeKind.UNCERTAIN
        assert (await client.post(peer.url, {}, b"2")).body == b"ok"

    peer = Peer([said, [OK]])
    play(peer, scene)


def test_a_request_says_what_it_is_given_and_nothing_can_be_slipped_into_it() -> None:
    async def scene(client: Http) -> None:
        await client.post(f"{peer.url}a?b=%2F", {"X-Key": "值", "host": "api.example.com"}, b"body")
        for name, value in (("X-Key", "1\r\nX-Other: 2"), ("X-Key", "1\n2"), ("X\r\nY", "1")):
            with pytest.raises(NotSent, match="header"):
                await client.post(peer.url, {name: value}, b"")
        with pytest.raises(NotSent, match="address"):
            await client.post(f"{peer.url}a b", {}, b"")

    peer = Peer([[OK]])
    play(peer, scene)
    (request,) = peer.requests
    assert request.decode().split("\r\n") == [
        "POST /a?b=%2F HTTP/1.1",
        "host: api.example.com",
        "X-Key: 值",
        "Content-Length: 4",
        "",
        "body",
    ]


def test_connections_that_nobody_uses_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_IDLE", 0.05)

    async def scene(client: Http) -> None:
        await asyncio.gather(*(client.post(peer.url, {}, b"1") for _ in range(3)))
        assert (peer.connections, peer.ended) == (3, 0)
        await until(lambda: peer.ended == 3)
        await client.post(peer.url, {}, b"2")
        assert peer.connections == 4

    peer = Peer([[OK]] * 4)
    play(peer, scene)


def test_what_is_under_way_at_the_end_gets_no_answer() -> None:
    async def scene(client: Http) -> None:
        call = asyncio.create_task(client.post(peer.url, {}, b"1"))
        await until(lambda: bool(peer.requests))
        await client.close()
        with pytest.raises(NoAnswer) as raised:
            await call
        assert raised.value.outcome.kind is OutcomeKind.UNCERTAIN
        with pytest.raises(NotSent):
            await client.post(peer.url, {}, b"2")

    peer = Peer([[b"HTTP/1.1 "]])
    play(peer, scene)


def test_who_gives_a_call_up_takes_its_connection_along() -> None:
    async def scene(client: Http) -> None:
        call = asyncio.create_task(client.post(peer.url, {}, b"1"))
        await until(lambda: bool(peer.requests))
        call.cancel()
        assert (await client.post(peer.url, {}, b"2")).body == b"ok"

    peer = Peer([[b"HTTP/1.1 "], [OK]])
    play(peer, scene)
    assert peer.connections == 2


def test_over_tls_only_those_are_called_whose_certificate_is_trusted(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "provider.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)

    async def trusting(client: Http) -> None:
        answers = [await client.post(peer.url, {}, b"1") for _ in range(2)]
        assert [answer.body for answer in answers] == [b"ok", b"ok"]

    async def wary(client: Http) -> None:
        with pytest.raises(NotSent, match="SSLCertVerificationError"):
            await client.post(peer.url, {}, b"1")

    peer = Peer([[OK], [OK]])
    play(peer, trusting, tls=tls, ca_file=str(certificate))
    assert peer.connections == 1
    peer = Peer([])
    play(peer, wary, tls=tls)
