"""What the contracts say of a method: its scope, and what counts as its items."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.message import Message

from tidegate.api.common.v1 import annotations_pb2

_SCOPE: Any = annotations_pb2.scope  # the generated types do not tell what it extends
Count = Callable[[Message], int]


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a service.

    ``name`` is `IdentityService/IngestEvents`. ``scope`` is empty when the contract names none: no caller may
    call it then. ``streaming``: either side sends any number of messages. ``count_request`` and
    ``count_response`` say how many items a message carries.
    """

    name: str
    scope: str
    streaming: bool
    count_request: Count
    count_response: Count


@cache
def methods_of(service: str) -> Mapping[str, Method]:
    """The methods of the service with this full name (`tidegate.api.identity.v1.IdentityService`)."""
    descriptor = descriptor_pool.Default().FindServiceByName(service)
    return MappingProxyType({method.name: _method(method) for method in descriptor.methods})


def _method(descriptor: MethodDescriptor) -> Method:
    by_request = _batch_field(descriptor.input_type)
    by_response = None if by_request else _batch_field(descriptor.output_type)
    return Method(
        name=f"{descriptor.containing_service.name}/{descriptor.name}",
        scope=descriptor.GetOptions().Extensions[_SCOPE],
        streaming=descriptor.client_streaming or descriptor.server_streaming,
        count_request=_counter(by_request),
        count_response=_counter(by_response),
    )


def _batch_field(message: Descriptor) -> str | None:
    """The first repeated field: batches carry their items, and pages their entries, in it."""
    return next((field.name for field in message.fields if field.is_repeated), None)


def _counter(field: str | None) -> Count:
    if field is None:
        return lambda _message: 0
    return lambda message: len(getattr(message, field))
