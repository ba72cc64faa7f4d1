"""The small server reads what clients write, however it comes, and answers one after the other."""

import asyncio
import socket
from collections.abc import Iterator

import aiohttp
import pytest
from tidegate_simulators.weixin.serving import LeanServed, Manner, Reply, Request


def answer(request: Request) -> Reply:
    if request.target == "/later":
        return Reply(b"later", after=0.05)
    if request.target == "/drop":
        return Reply(b"", manner=Manner.CLOSED)
    if request.target == "/broken":
        return Reply(b"broken", status=503)
    return Reply(f"{request.method} {request.target} {request.content.decode()}".encode())


@pytest.fixture(scope="module")
def served() -> Iterator[LeanServed]:
    with LeanServed(answer) as running:
        yield running


def said(served: LeanServed, *parts: bytes, ends: bytes) -> bytes:
    """What is answered, until `ends` comes, to what is written in these parts."""
    with socket.create_connection((served.host, served.port), timeout=5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            connection.sendall(part)
        text = b""
        while not text.endswith(ends):
            some = connection.recv(65536)
            if not some:
                return text
            text += some
        return text


def test_requests_in_a_row_are_answered_in_their_order(served: LeanServed) -> None:
    requests = (
        b"GET /later HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /b?c=d HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        b"GET /e HTTP/1.1\r\n\r\n",
    )
    text = said(served, b"".join(requests), ends=b"GET /e ")
    order = [text.index(part) for part in (b"later", b"POST /b?c=d abc", b"GET /e ")]
    assert order == sorted(order)


def test_a_request_may_come_in_pieces(served: LeanServed) -> None:
    whole = b"POST /pieces HTTP/1.1\r\ncontent-LENGTH: 5\r\n\r\nhello"
    assert said(served, *(whole[at : at + 1] for at in range(len(whole))), ends=b"hello").endswith(
        b"POST /pieces hello"
    )


def test_what_it_does_not_read_it_says(served: LeanServed) -> None:
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert said(served, head, ends=b"never").startswith(b"HTTP/1.1 411 Length Required")
    assert said(served, b"GET /broken HTTP/1.1\r\n\r\n", ends=b"broken").startswith(b"HTTP/1.1 503 Service Unavailable")
    assert said(served, b"GET /drop HTTP/1.1\r\n\r\n", ends=b"never") == b""
    closing = b"GET /last HTTP/1.1\r\nConnection: close\r\n\r\n"
    assert said(served, closing, ends=b"never").endswith(b"GET /last ")


def test_a_client_may_wait_for_leave_to_go_on(served: LeanServed) -> None:
    with socket.create_connection((served.host, served.port), timeout=5) as connection:
        connection.sendall(b"POST /big HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"ok")
        assert connection.recv(1024).endswith(b"POST /big ok")


def test_aiohttps_client_keeps_one_connection(served: LeanServed) -> None:
    async def ask() -> list[str]:
        async with aiohttp.ClientSession() as session:
            texts = []
            for number in range(3):
                async with session.post(f"{served.url}/many", json={"number": number}) as response:
                    assert response.headers["Content-Type"] == "application/json; encoding=utf-8"
                    texts.append(await response.text())
            return texts

    assert asyncio.run(ask()) == [f'POST /many {{"number": {number}}}' for number in range(3)]
