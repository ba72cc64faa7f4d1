"""What a hostile visitor can't do to a server of HTTP: hold connections, send slowly, or send too much."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiohttp import web
from tidegate.runtime.http import HttpLimits, HttpServer

IN_TIME = 10.0
LIMITS = HttpLimits(connections=4, per_peer=2, head_seconds=0.3, request_seconds=0.3)


async def echo(request: web.Request) -> web.Response:
    return web.Response(text=await request.text())


@contextmanager
def serving(limits: HttpLimits) -> Iterator[int]:
    server = HttpServer("127.0.0.1", 0, setting="PORT", limits=limits)
    app = web.Application(client_max_size=1024)
    app.add_routes([web.post("/", echo), web.get("/", echo)])
    server.start(app)
    try:
        yield server.port
    finally:
        server.stop()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(LIMITS) as port:
        yield port


def connected(port: int, said: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=IN_TIME)
    connection.sendall(said)
    return connection


def answer(connection: socket.socket) -> bytes:
    """All that is said until the server ends the connection; an abrupt end is one too."""
    said = b""
    with connection:
        try:
            while some := connection.recv(4096):
                said += some
        except ConnectionResetError:
            pass
    return said


def asked(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=IN_TIME)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="silent"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ", id="half a head"),
    ],
)
def test_who_makes_no_request_is_cut_off(port: int, said: bytes) -> None:
    assert answer(connected(port, said)) == b""
    assert asked(port) == 200


def test_a_connection_that_was_used_is_not_kept_for_long(port: int) -> None:
    said = answer(connected(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
    assert said.startswith(b"HTTP/1.1 200 OK")
    assert b"Server:" not in said


def test_two_requests_may_share_a_connection(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=IN_TIME)
    for _ in range(2):
        connection.request("POST", "/", body="x")
        assert connection.getresponse().read() == b"x"
    connection.close()


def test_a_body_that_does_not_come_is_not_waited_for(port: int) -> None:
    said = answer(connected(port, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"))
    assert said.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        pytest.param(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000, b"413", id="body"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 9000 + b"\r\n\r\n", b"400", id="header"),
        pytest.param(b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"400", id="address"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n", b"400", id="headers"),
        pytest.param(b"\x16\x03\x01 rubbish\r\n\r\n", b"400", id="rubbish"),
    ],
)
def test_what_is_too_large_is_refused(port: int, said: bytes, status: bytes) -> None:
    assert answer(connected(port, said))[9:12] == status
    assert asked(port) == 200


def test_one_address_does_not_get_all_connections(port: int) -> None:
    held = [connected(port) for _ in range(LIMITS.per_peer)]
    assert answer(connected(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")) == b""
    for one in held:
        one.close()


def test_a_proxy_may_have_them_all_but_no_more() -> None:
    with serving(HttpLimits(connections=3, per_peer=1, head_seconds=IN_TIME, exempt=lambda _: True)) as port:
        held = [connected(port) for _ in range(2)]
        assert asked(port) == 200
        held.append(connected(port))
        assert answer(connected(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")) == b""
        for one in held:
            one.close()
