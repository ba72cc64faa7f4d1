"""Who may know whom: the table of layers, read off the syntax trees of the whole product."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {
    "tidegate": ROOT / "services" / "tidegate",
    "tidegate_adapters": ROOT / "adapters" / "tidegate_adapters",
    "tidegate_simulators": ROOT / "adapters" / "tidegate_simulators",
}
SERVICES = ("identity", "segmentation", "journey", "delivery")
INFRASTRUCTURE = {
    "aiohttp",
    "alembic",
    "cryptography",
    "google",
    "grpc",
    "grpc_health",
    "grpc_reflection",
    "grpc_status",
    "prometheus_client",
    "psycopg",
    "pydantic",
    "pydantic_settings",
    "sqlalchemy",
    "structlog",
    "uuid_utils",
}
STORES = {"store", "analytic_store", "schema", "tables", "migrations"}
SQL = {"sqlalchemy", "alembic", "psycopg", "duckdb", "pyarrow"}
CALLS = {
    "identity": set[str](),
    "segmentation": {"identity"},
    "delivery": {"identity"},
    "journey": {"identity", "segmentation", "delivery"},
}
READS = {"tidegate.identity.asking": {"ListMessages", "ListEnrollments"}}
"""What a module may call against the arrows: reads that are answered from the called service's own database."""
PURE = {
    "tidegate.delivery.addresses",
    "tidegate.delivery.allowances.model",
    "tidegate.delivery.allowances.rules",
    "tidegate.delivery.allowances.standing",
    "tidegate.delivery.allowances.words",
    "tidegate.delivery.breaker",
    "tidegate.delivery.costs",
    "tidegate.delivery.dispatch.sound",
    "tidegate.delivery.gate",
    "tidegate.delivery.gate.address",
    "tidegate.delivery.gate.chain",
    "tidegate.delivery.gate.consent",
    "tidegate.delivery.gate.frequency",
    "tidegate.delivery.gate.holdout",
    "tidegate.delivery.gate.knowledge",
    "tidegate.delivery.gate.order",
    "tidegate.delivery.gate.others",
    "tidegate.delivery.gate.ownership",
    "tidegate.delivery.gate.passing",
    "tidegate.delivery.gate.quiet",
    "tidegate.delivery.gate.ranking",
    "tidegate.delivery.gate.repeats",
    "tidegate.delivery.gate.state",
    "tidegate.delivery.gate.terms",
    "tidegate.delivery.gate.verdicts",
    "tidegate.delivery.gatekeeper.playing",
    "tidegate.delivery.gathering",
    "tidegate.delivery.instants",
    "tidegate.delivery.links.bursts",
    "tidegate.delivery.links.marks",
    "tidegate.delivery.links.model",
    "tidegate.delivery.links.pages",
    "tidegate.delivery.links.preference_page",
    "tidegate.delivery.machine",
    "tidegate.delivery.model",
    "tidegate.delivery.order",
    "tidegate.delivery.policy.calendars",
    "tidegate.delivery.policy.conflicts",
    "tidegate.delivery.policy.deferral",
    "tidegate.delivery.policy.facts",
    "tidegate.delivery.policy.frequency",
    "tidegate.delivery.policy.guards",
    "tidegate.delivery.policy.holding",
    "tidegate.delivery.policy.model",
    "tidegate.delivery.policy.quiet",
    "tidegate.delivery.policy.tally",
    "tidegate.delivery.policy.windows",
    "tidegate.delivery.templates.extent",
    "tidegate.delivery.templates.fitting",
    "tidegate.delivery.templates.language",
    "tidegate.delivery.templates.model",
    "tidegate.delivery.templates.values",
    "tidegate.delivery.words",
    "tidegate.identity.lifetimes",
    "tidegate.identity.normalise",
    "tidegate.identity.relations",
    "tidegate.identity.resolve",
    "tidegate.identity.timeline",
    "tidegate.journey.checks",
    "tidegate.journey.machine",
    "tidegate.segmentation.rules.statistics",
}


def modules() -> dict[str, Path]:
    found = {}
    for package, folder in SOURCES.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            found[".".join([package, *(part for part in parts if part != "__init__")])] = path
    return found


MODULES = modules()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def top(name: str) -> str:
    return name.split(".", 1)[0]


def allowed(module: str, name: str) -> bool:
    """Whether ``module`` may import ``name``."""
    if top(name) in sys.stdlib_module_names:
        return True
    if within(module, "tidegate.api"):
        return within(name, "tidegate.api", "google", "grpc")
    if within(module, "tidegate.channels"):
        return within(name, "tidegate.channels", "pluggy", "pytest")
    if within(module, "tidegate.runtime"):
        return within(name, "tidegate.runtime", "tidegate.api") or top(name) in INFRASTRUCTURE
    if within(module, "tidegate.importing", "tidegate.demo"):
        return not service_of(name) or within(name, *PURE)
    if within(module, "tidegate_adapters", "tidegate_simulators"):
        return within(name, "tidegate.channels", top(module)) or top(name) not in SOURCES
    if service := service_of(module):
        return allowed_in_service(module, name, service)
    return True


def service_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "tidegate" and parts[1] in SERVICES else ""


def allowed_in_service(module: str, name: str, service: str) -> bool:
    if within(name, "tidegate.channels"):
        return service == "delivery"
    if within(name, "tidegate") and not within(name, "tidegate.api", "tidegate.runtime", f"tidegate.{service}"):
        return False
    if is_servicer(module):
        return not is_store(name) and top(name) not in SQL
    if not is_store(module):
        return top(name) not in SQL - {"sqlalchemy"}
    return True


def is_servicer(module: str) -> bool:
    return any(part == "servicer" or part.endswith("_servicer") for part in module.split("."))


def is_store(name: str) -> bool:
    return within(name, "tidegate") and not STORES.isdisjoint(name.split(".")[2:])


def test_modules_import_only_what_their_layers_may() -> None:
    found = {module: {name for name in imports(path) if not allowed(module, name)} for module, path in MODULES.items()}
    assert {module: forbidden for module, forbidden in found.items() if forbidden} == {}


def test_stores_know_no_operation() -> None:
    """What works with a store is above all stores: none imports it."""
    working = {
        module for module, path in MODULES.items() if not is_store(module) and any(map(_of_store, imports(path)))
    }
    found = {
        module: {name for name in imports(path) if within(name, *working)}
        for module, path in MODULES.items()
        if is_store(module) and service_of(module) and "migrations" not in module
    }
    assert {module: names for module, names in found.items() if names} == {}


def _of_store(name: str) -> bool:
    return is_store(name) and not {"store", "analytic_store"}.isdisjoint(name.split("."))


def test_adapters_and_simulators_know_nothing_of_each_other() -> None:
    assert allowed("tidegate_adapters.email.pool", "tidegate.channels.Outcome")
    assert not allowed("tidegate_adapters.email.pool", "tidegate_simulators.mail.MailSink")
    assert not allowed("tidegate_simulators.mail.sink", "tidegate_adapters.email.pool")
    assert not allowed("tidegate_simulators.mail.sink", "tidegate.runtime.clock")


def test_rules_decide_without_the_world() -> None:
    """No database, no peers, no clock of their own, no chance."""
    worldly = {"sqlalchemy", "grpc", "aiohttp", "random", "time", "threading", "structlog"}
    found = {module: set(imports(MODULES[module])) for module in PURE}
    used = {
        module: {each for each in names if top(each) in worldly or is_store(each)} for module, names in found.items()
    }
    assert {module: names for module, names in used.items() if names} == {}
    assert [module for module in PURE if "datetime.now" in MODULES[module].read_text()] == []


def methods_of(service: str) -> set[str]:
    protos = (ROOT / "protos" / "tidegate" / "api" / service).rglob("*.proto")
    return {name for path in protos for name in re.findall(r"^  rpc (\w+)\(", path.read_text(), re.MULTILINE)}


@pytest.mark.parametrize("service", SERVICES)
def test_calls_between_services_form_no_circle(service: str) -> None:
    """Another service is called only along the arrows; what flows back is read from its feed."""
    strangers = set(SERVICES) - CALLS[service] - {service}
    own = methods_of(service) | {name for called in CALLS[service] for name in methods_of(called)}
    forbidden = {name for stranger in strangers for name in methods_of(stranger)} - own - {"ListChanges"}
    for module, path in MODULES.items():
        if service_of(module) == service:
            nodes = ast.walk(ast.parse(path.read_text()))
            called = {node.attr for node in nodes if isinstance(node, ast.Attribute)} & forbidden
            called -= READS.get(module, set())
            assert not called, f"{module} must not call {', '.join(sorted(called))}"
