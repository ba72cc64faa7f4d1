"""What docs/ say of settings, scopes and errors is what the code has."""

import re
from enum import Enum
from pathlib import Path

from pydantic.fields import FieldInfo
from support.contracts import METHODS, scope_of
from tidegate.delivery.orders import OVERRIDE_SCOPE
from tidegate.runtime.config import SERVICES, fields

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "services" / "tidegate" / "runtime"
API = (ROOT / "docs" / "api.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
ROW = re.compile(r"^\| `([a-z_.<>]+)`( \*)? \|(.*?)\| (.+) \|$", re.MULTILINE)


def section(text: str, heading: str) -> str:
    return text.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def documented() -> dict[str, tuple[bool, str]]:
    """Per setting: whether it is called a secret, and the default that is named."""
    found = {}
    for name, secret, default, _ in ROW.findall(section(OPERATIONS, "Settings")):
        for service in SERVICES if name.startswith("<service>") else ("",):
            found[name.replace("<service>", service)] = (bool(secret), default.strip())
    return found


def shown(field: FieldInfo) -> str:
    default = field.default.value if isinstance(field.default, Enum) else field.default
    return "" if default is None or default in ({}, ()) else str(default)


def test_every_setting_is_in_the_reference_and_every_other_is_not() -> None:
    assert set(documented()) == {".".join(path) for path, _ in fields()}


def test_secrets_are_marked() -> None:
    secrets = {".".join(path) for path, field in fields() if "SecretStr" in str(field.annotation)}
    assert {name for name, (secret, _) in documented().items() if secret} == secrets


def test_defaults_are_those_of_the_code() -> None:
    told = {name: default for name, (_, default) in documented().items() if not name.endswith(".port")}
    assert told == {name: shown(field) for name, field in by_name().items() if not name.endswith(".port")}


def test_ports_are_those_of_the_code() -> None:
    text = section(OPERATIONS, "Settings")
    for service in SERVICES:
        assert f"{service} {by_name()[f'{service}.port'].default}" in text


def test_the_scopes_of_the_contracts_are_named() -> None:
    named = set(re.findall(r"`([a-z]+\.[a-z]+)`", section(API, "Who calls")))
    assert named == {scope_of(method) for method in METHODS} | {OVERRIDE_SCOPE}


def test_the_reasons_of_the_runtime_are_named() -> None:
    source = "".join(path.read_text() for path in RUNTIME.rglob("*.py"))
    reasons = set(re.findall(r'reason="([A-Z_]+)"', source)) | set(re.findall(r'reason: str = "([A-Z_]+)"', source))
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)*)`", section(API, "Errors")))
    assert reasons <= named
    assert named - reasons == set()


def by_name() -> dict[str, FieldInfo]:
    return {".".join(path): field for path, field in fields()}
