"""The stage of the demo: all four services in this process, and a clock to drive."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr

from tidegate.demo.providers import SECRETS
from tidegate.runtime.client import Credentials, Peers
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.collector import eased
from tidegate.runtime.config import SERVICES, Settings
from tidegate.runtime.db.migrations import upgrade
from tidegate.runtime.loops import settle
from tidegate.runtime.process import Process, find_builders

_LONGEST_SETTLING = 300.0


@dataclass(frozen=True, slots=True)
class Stage:
    """What the play needs: stubs of the services, and the clock."""

    process: Process
    clock: ManualClock
    folder: Path
    services: Peers
    token: str

    @property
    def identity(self) -> str:
        """Where identity listens (host:port)."""
        return self.process.addresses["identity"]

    def move_to(self, instant: datetime) -> None:
        """Moves the business time and waits until everything that is due then has been done."""
        self.clock.set(instant)
        self.settle()

    def settle(self) -> None:
        """Waits until the services have nothing left to do."""
        settle([runner.activity for runner in self.process.runners.values()], timeout=_LONGEST_SETTLING)


@contextmanager
def set_up(start: datetime) -> Iterator[Stage]:
    """Everything on SQLite in a temporary directory, gone at the end; the clock stands at ``start``."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="tidegate-demo-")))
        clock = ManualClock(start)
        process = Process(_settings(folder), find_builders(()), clock=clock, prepare=upgrade)
        process.start()
        stack.callback(process.drain)
        stack.enter_context(eased())
        token = process.provision.developer_token
        assert token is not None
        services = Peers(process.addresses, Credentials(token))
        stack.callback(services.close)
        yield Stage(process, clock, folder, services, token)


def _settings(folder: Path) -> Settings:
    ports: dict[str, Any] = {name: {"port": 0} for name in (*SERVICES, "metrics")}
    ports["delivery"] |= {"http_port": 0, "gather_seconds": 0}  # its clock stands still while a day is played
    secrets = {name: SecretStr(text) for name, text in SECRETS.items()}
    return Settings(data_dir=folder, drain_seconds=10, secrets=secrets, **ports)
