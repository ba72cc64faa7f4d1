"""A tiny service of the tests' own (protos/echo/v1/echo.proto) that does as a test tells it."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

import grpc
from grpc_tools import protoc
from tidegate.runtime.loops import Loop
from tidegate.runtime.service import Builder, Context, Service

_SUPPORT = Path(__file__).parent / "protos"
_PROTOS = Path(__file__).parents[2] / "protos"


def _generated() -> Iterator[Any]:
    """The modules that protoc makes; their files are needed no longer than it takes to import them."""
    with TemporaryDirectory(prefix="tidegate-echo-") as folder:
        includes = [f"--proto_path={path}" for path in (_SUPPORT, _PROTOS, files("grpc_tools") / "_proto")]
        status = protoc.main(
            ["protoc", *includes, f"--python_out={folder}", f"--grpc_python_out={folder}", "echo/v1/echo.proto"]
        )
        assert status == 0
        sys.path.append(folder)
        try:
            for name in ("echo_pb2", "echo_pb2_grpc"):
                yield import_module(f"echo.v1.{name}")
        finally:
            sys.path.remove(folder)


echo_pb2, echo_pb2_grpc = _generated()
EchoStub: Any = echo_pb2_grpc.EchoServiceStub

Act = Callable[[list[str]], list[str]]


@dataclass
class Echo:
    """The servicer. ``act`` makes the texts of a response from those of a request, or raises.

    ``left`` is set when a call of Split is over, be it that its caller has left.
    """

    act: Act = field(default=lambda texts: texts)
    context: Context | None = None
    loops: list[Loop] = field(default_factory=list)
    left: Event = field(default_factory=Event)

    def builder(self) -> Builder:
        """Builds a service that answers with this servicer."""

        def build(context: Context) -> Service:
            self.context = context
            return Service(context.name, [(echo_pb2_grpc.add_EchoServiceServicer_to_server, self)], self.loops)

        return build

    def Echo(self, request: Any, _context: grpc.ServicerContext) -> Any:  # noqa: N802
        return response(*self.act(list(request.texts)))

    Write = Scopeless = Echo
    Later = echo_pb2_grpc.EchoServiceServicer.Later

    def Split(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:  # noqa: N802
        context.add_callback(self.left.set)
        for text in request.texts:
            yield response(*self.act([text]))

    def Join(self, requests: Iterator[Any], _context: grpc.ServicerContext) -> Any:  # noqa: N802
        return response(*self.act([text for each in requests for text in each.texts]))

    def Talk(self, requests: Iterator[Any], _context: grpc.ServicerContext) -> Iterator[Any]:  # noqa: N802
        for each in requests:
            yield response(*self.act(list(each.texts)))


def request(*texts: str) -> Any:
    """A request with these texts."""
    return echo_pb2.EchoRequest(texts=texts)


def response(*texts: str) -> Any:
    """A response with these texts."""
    return echo_pb2.EchoResponse(texts=texts)
