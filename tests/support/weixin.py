"""Plain clients for the simulators of WeChat and WeCom: who calls them, and whom they call."""

import hashlib
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

HALF_PAST_NINE = 1_790_904_600.0
"""2026-10-02 09:30 in Shanghai."""


@dataclass(slots=True)
class Clock:
    """A time that stands until it is moved on."""

    now: float = HALF_PAST_NINE

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@dataclass(slots=True)
class Caller:
    """Calls an endpoint with a token, which `token` may be changed to."""

    url: str
    token: str = ""
    seconds: float = 5.0

    def post(self, action: str, body: object, **query: str) -> dict[str, Any]:
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return self._call(action, content, query)

    def get(self, action: str, **query: str) -> dict[str, Any]:
        return self._call(action, None, query)

    def code(self, action: str, body: object) -> int:
        """The errcode of a call that is posted."""
        return int(self.post(action, body)["errcode"])

    def _call(self, action: str, content: bytes | None, query: dict[str, str]) -> dict[str, Any]:
        parameters = {"access_token": self.token, **query} if self.token else query
        request = urllib.request.Request(f"{self.url}/cgi-bin/{action}?{urlencode(parameters)}", content)
        with urllib.request.urlopen(request, timeout=self.seconds) as answer:
            value: dict[str, Any] = json.loads(answer.read())
        return value


def status_of(caller: Caller, action: str, body: object) -> int:
    """The HTTP status of a call that is refused with one."""
    try:
        caller.post(action, body)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    return 200


@dataclass(slots=True)
class Server:
    """A developer's server: keeps what it is told, and answers with the next of `answers`, else `success`.

    It echoes what is signed with `token`, or what `echo` makes of it.
    """

    url: str = ""
    token: str = ""
    told: list[tuple[dict[str, str], str]] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)
    echo: Callable[[str], str] | None = None
    silent: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def answer(self, method: str, target: str, body: str) -> tuple[int, str]:
        query = dict(parse_qsl(urlsplit(target).query))
        if method == "GET" and self.echo is not None:
            return 200, self.echo(query["echostr"])
        if method == "GET":
            signed = hashlib.sha1("".join(sorted([self.token, query["timestamp"], query["nonce"]])).encode())
            return (200, query["echostr"]) if signed.hexdigest() == query.get("signature") else (403, "")
        self.told.append((query, body))
        if self.silent:
            self.silent -= 1
            self.ended.wait()
        return self.answers.pop(0) if self.answers else (200, "success")


@contextmanager
def serving(token: str = "") -> Iterator[Server]:
    """A developer's server on loopback."""
    server = Server(token=token)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do(b"")

        def do_POST(self) -> None:
            self._do(self.rfile.read(int(self.headers["Content-Length"])))

        def _do(self, body: bytes) -> None:
            status, text = server.answer(self.command, self.path, body.decode())
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())
            except ConnectionError:
                return

        def log_request(self, code: object = "-", size: object = "-") -> None:
            return

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_port}/called"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        http.shutdown()
        thread.join()
        http.server_close()
