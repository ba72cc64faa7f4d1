"""The contracts keep the promises that no linter checks, and docs/api.md says what is not there yet."""

import re
import tomllib
from pathlib import Path

import pytest
from google.protobuf.descriptor import MethodDescriptor
from packaging.requirements import Requirement
from packaging.version import Version
from support.contracts import API, METHODS, scope_of
from tidegate.runtime.config import SERVICES

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_every_method_asks_for_a_scope_of_its_service(method: MethodDescriptor) -> None:
    scope = scope_of(method)
    package = method.containing_service.full_name.split(".")[2]
    assert re.fullmatch(rf"{package}\.[a-z]+", scope), f"{method.full_name} asks for {scope!r}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_a_feed_and_exports_a_customer(service: str) -> None:
    names = {method.name for method in METHODS if method.full_name.startswith(f"tidegate.api.{service}.")}
    assert {"ListChanges", "ExportCustomer"} <= names


def test_pages_are_asked_for_alike() -> None:
    for method in METHODS:
        fields = method.input_type.fields_by_name
        if "page_token" in fields:
            assert "page_size" in fields, method.full_name
            assert "next_page_token" in method.output_type.fields_by_name, method.full_name


def test_the_floors_of_our_dependencies_are_those_of_the_generated_code() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    floors = {
        requirement.name: min(Version(part.version) for part in requirement.specifier if part.operator == ">=")
        for requirement in map(Requirement, project["dependencies"])
        if any(part.operator == ">=" for part in requirement.specifier)
    }
    grpc_file = (API / "identity" / "v1" / "identity_service_pb2_grpc.py").read_text()
    generated = Version(re.search(r"GRPC_GENERATED_VERSION = '([^']+)'", grpc_file)[1])  # type: ignore[index]
    assert floors["grpcio"] >= Version(f"{generated.major}.{generated.minor}")
    message_file = (API / "identity" / "v1" / "identity_service_pb2.py").read_text()
    protobuf = Version(re.search(r"# Protobuf Python Version: (\S+)", message_file)[1])  # type: ignore[index]
    assert floors["protobuf"] >= Version(f"{protobuf.major}.{protobuf.minor}")
