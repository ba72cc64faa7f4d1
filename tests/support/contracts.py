"""Every service and method of the contracts, read off the generated code."""

import importlib
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from tidegate.api.common.v1 import annotations_pb2

SOURCES = Path(__file__).resolve().parents[2] / "services"
API = SOURCES / "tidegate" / "api"


def services() -> Iterator[ServiceDescriptor]:
    """The services of all contracts."""
    for path in sorted(API.rglob("*_pb2.py")):
        name = ".".join(path.relative_to(SOURCES).with_suffix("").parts)
        yield from importlib.import_module(name).DESCRIPTOR.services_by_name.values()


def scope_of(method: MethodDescriptor) -> str:
    """The scope that a method asks for."""
    return str(method.GetOptions().Extensions[annotations_pb2.scope])  # type: ignore[index]


METHODS = [method for service in services() for method in service.methods]
