"""Handlers with the edge around them.

A method's handler is wrapped once, when it is registered; an interceptor would do it anew for each call.
Requests come as bytes and are parsed here, so that one that can't be read is INVALID_ARGUMENT like any
other wrong request.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError, Message

from tidegate.runtime.edge.call import check_deadline
from tidegate.runtime.edge.passage import Guard, Passage
from tidegate.runtime.errors import InvalidArgument, Unimplemented

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Behaviour = Callable[[Any, grpc.ServicerContext], Any]
Reader = Callable[[Any, Passage], Any]
_GENERATED = "_pb2_grpc"


def wrap(handler: Handler, guard: Guard) -> Handler:
    """``handler`` with everything around it that a call needs."""
    behave = behaviour(handler)
    if is_generated(behave):
        behave = _unimplemented(guard.method.name)
    answer = _one if not handler.response_streaming else _many
    read = _each(handler, guard) if handler.request_streaming else _single(handler, guard)
    return _FACTORIES[handler.request_streaming, handler.response_streaming](
        answer(guard, behave, read), response_serializer=handler.response_serializer
    )


def behaviour(handler: Handler) -> Behaviour:
    """The servicer's method behind ``handler``."""
    found = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
    assert found is not None
    return found


def is_generated(behave: Behaviour) -> bool:
    """Whether it is the generated base's, because the servicer does not define the method."""
    return behave.__module__.endswith(_GENERATED)


def _one(guard: Guard, behave: Behaviour, read: Reader) -> Behaviour:
    count = guard.method.count_response

    def answer(raw: Any, context: grpc.ServicerContext) -> Message:
        passage = Passage(guard, context)
        try:
            passage.admit()
            response: Message = behave(read(raw, passage), context)
            passage.items += count(response)
            passage.succeed()
        except Exception as error:  # noqa: BLE001  (the caller is told what it was)
            passage.fail(error)
        finally:
            passage.close()
        return response

    return answer


def _many(guard: Guard, behave: Behaviour, read: Reader) -> Behaviour:
    count = guard.method.count_response

    def answer(raw: Any, context: grpc.ServicerContext) -> Iterator[Message]:
        passage = Passage(guard, context)
        try:
            passage.admit()
            for response in behave(read(raw, passage), context):
                check_deadline()
                passage.items += count(response)
                yield response
            passage.succeed()
        except Exception as error:  # noqa: BLE001  (the caller is told what it was)
            passage.fail(error)
        finally:
            passage.close()

    return answer


def _single(handler: Handler, guard: Guard) -> Reader:
    parse, count = handler.request_deserializer, guard.method.count_request

    def read(raw: bytes, passage: Passage) -> Message:
        request = _parsed(parse, raw)
        passage.items += count(request)
        return request

    return read


def _each(handler: Handler, guard: Guard) -> Reader:
    read = _single(handler, guard)

    def read_all(raws: Iterator[bytes], passage: Passage) -> Iterator[Message]:
        for raw in raws:
            yield read(raw, passage)

    return read_all


def _parsed(parse: Any, raw: bytes) -> Message:
    try:
        message: Message = parse(raw)
    except DecodeError as error:
        raise InvalidArgument.at(
            "request",
            "the bytes are no such message; send what the contract says",
            reason="UNREADABLE_REQUEST",
        ) from error
    return message


def _unimplemented(method: str) -> Behaviour:
    def behave(_request: Any, _context: grpc.ServicerContext) -> Message:
        raise Unimplemented(method)

    return behave


_FACTORIES = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}
