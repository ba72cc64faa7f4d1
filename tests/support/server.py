"""Services in the test's own process, behind real servers on loopback, called through real stubs.

with serving(tmp_path, "identity", clock=clock) as suite:
    identity = suite.stub("identity", IdentityServiceStub)
    identity.UpsertCustomers(...)
    suite.settle()          # every background loop has passed and found nothing
    clock.advance(...)
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import grpc
from tidegate.runtime.client import Credentials, open_channel
from tidegate.runtime.clock import Clock
from tidegate.runtime.config import SERVICES, Settings
from tidegate.runtime.loops import settle
from tidegate.runtime.process import Process, find_builders
from tidegate.runtime.runner import Prepare
from tidegate.runtime.service import Builder

from support.schemas import bring_up

S = TypeVar("S")


@dataclass
class Suite:
    """Running services, and channels to them."""

    process: Process
    channels: list[grpc.Channel] = field(default_factory=list)
    _stubs: dict[tuple[str, Any, str | None], Any] = field(default_factory=dict)
    _shared: dict[tuple[str, str | None], grpc.Channel] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """The token of development, which may do everything."""
        token = self.process.provision.developer_token
        assert token is not None
        return token

    @property
    def peer_token(self) -> str:
        """The token by which the services know each other."""
        return self.process.provision.peer_token

    def stub(self, service: str, make: Callable[[grpc.Channel], S], *, token: str | None = None) -> S:
        """The stub that ``make`` makes, calling ``service`` with ``token``, else with that of development."""
        key = (service, make, token)
        if key not in self._stubs:
            if (service, token) not in self._shared:
                self._shared[service, token] = self.channel(service, token=token)
            self._stubs[key] = make(self._shared[service, token])
        stub: S = self._stubs[key]
        return stub

    def stub_as(self, peer: str, service: str, make: Callable[[grpc.Channel], S]) -> S:
        """The same, calling as another service of the suite does."""
        return make(self._opened(service, Credentials(self.peer_token, service=peer)))

    def channel(self, service: str, *, token: str | None = None) -> grpc.Channel:
        """A channel to ``service`` whose calls carry ``token``, else that of development."""
        return self._opened(service, Credentials(token or self.token))

    def bare_channel(self, service: str) -> grpc.Channel:
        """A channel to ``service`` whose calls carry nothing."""
        return self._opened(service, None)

    def settle(self, timeout: float = 60.0) -> None:
        """Waits until the services have nothing left to do."""
        settle([runner.activity for runner in self.process.runners.values()], timeout=timeout)

    def hurry(self, service: str, loops: Collection[str]) -> None:
        """Has these loops of ``service`` look at once for what they would find when they have rested."""
        self.process.runners[service].activity.wake(loops)

    def _opened(self, service: str, credentials: Credentials | None) -> grpc.Channel:
        channel = open_channel(self.process.addresses[service], credentials)
        self.channels.append(channel)
        return channel


@contextmanager
def serving(
    folder: Path,
    *services: str,
    clock: Clock | None = None,
    database_url: str | None = None,
    builders: Mapping[str, Builder] | None = None,
    prepare: Prepare = bring_up,
    **settings: Any,
) -> Iterator[Suite]:
    """Runs ``services`` (all, when none is named) until the end of the block, then drains them.

    ``folder`` takes the SQLite files, unless ``database_url`` names a PostgreSQL database. ``clock`` is the
    business time of all. ``builders`` stand in for the suite's own. Further ``settings`` are those of
    Settings, tables as dicts: ``limits={"streams": 2}``.
    """
    process = Process(
        settings_for(folder, database_url=database_url, **settings),
        builders if builders is not None else find_builders(services),
        clock=clock,
        prepare=prepare,
    )
    process.start()
    suite = Suite(process)
    try:
        yield suite
    finally:
        for channel in suite.channels:
            channel.close()
        process.drain()


def settings_for(folder: Path, *, database_url: str | None = None, **settings: Any) -> Settings:
    """Settings with free ports everywhere and everything else below ``folder``."""
    tables: dict[str, Any] = {name: {"port": 0} for name in (*SERVICES, "metrics")}
    tables["delivery"] |= {"http_port": 0, "gather_seconds": 0}  # clocks of tests stand still
    for name, value in settings.items():
        tables[name] = {**tables.get(name, {}), **value} if isinstance(value, dict) else value
    shared = database_url if database_url and database_url.startswith("postgresql") else None
    return Settings(
        **{"data_dir": folder / "data", "drain_seconds": 10, "notice_seconds": 0, "database_url": shared, **tables}
    )
