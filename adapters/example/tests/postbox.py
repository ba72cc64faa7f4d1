"""The service, simulated: keeps what it takes, asks for the token, and has every fault there is."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tidegate.channels.testing import Fault

TOKEN = "let-me-in"

REFUSALS = {
    Fault.THROTTLING: (429, "too_fast"),
    Fault.REFUSED_CONTENT: (422, "bad_words"),
    Fault.UNKNOWN_REFUSAL: (418, "teapot"),
}


class Postbox:
    """Listens on loopback from `start` to `stop`."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.fault: Fault | None = None
        self.unknown = ""
        self.ended = threading.Event()
        box = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                box.tell(self)

            def do_POST(self) -> None:
                box.take(self)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing: requests hold addresses."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, request: BaseHTTPRequestHandler) -> None:
        message = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        if self.fault is Fault.CLOSED_BEFORE_TAKING:
            request.close_connection = True
            return
        refusal = self.refusal(message["to"])
        if refusal or not self.knows(request):
            self.answer(request, refusal)
            return
        if self.fault is Fault.SLOW:
            time.sleep(0.25)
        self.taken.append(message["id"])
        if self.fault is Fault.SILENT_AFTER_TAKING:
            self.ended.wait(5)
        if self.fault in (Fault.CLOSED_AFTER_TAKING, Fault.SILENT_AFTER_TAKING):
            request.close_connection = True
            return
        say(request, 202, {"id": f"box-{len(self.taken)}"})

    def tell(self, request: BaseHTTPRequestHandler) -> None:
        kind, _, name = request.path[1:].partition("/")
        self.answer(request, (404, "no_such_message") if kind == "messages" and name not in self.taken else None)

    def refusal(self, name: str) -> tuple[int, str] | None:
        if self.fault is Fault.UNKNOWN_RECIPIENT and name == self.unknown:
            return 404, "no_such_name"
        return REFUSALS.get(self.fault) if self.fault else None

    def knows(self, request: BaseHTTPRequestHandler) -> bool:
        return request.headers["Authorization"] == f"Bearer {TOKEN}"

    def answer(self, request: BaseHTTPRequestHandler, refusal: tuple[int, str] | None = None) -> None:
        if not self.knows(request):
            refusal = 401, "unknown_token"
        if refusal:
            say(request, refusal[0], {"code": refusal[1]})
        else:
            say(request, 200, {})


def say(request: BaseHTTPRequestHandler, status: int, facts: dict[str, str]) -> None:
    body = json.dumps(facts).encode()
    request.send_response(status)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
