"""`tidegate doctor`: looks for what would keep the services from working, and says what to do about it."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import typer

from tidegate.cli.health import SERVING, state_of
from tidegate.cli.options import ConfigFile
from tidegate.runtime import keyring
from tidegate.runtime.callers import CallersError, read
from tidegate.runtime.config import SERVICES, ConfigError, Mode, Settings, load
from tidegate.runtime.keyring import ORIGINAL, KeysError
from tidegate.runtime.provision import Provision

_ANSWER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``advice`` says what to do and is empty when all is well."""

    subject: str
    state: str
    advice: str = ""


def doctor(config: ConfigFile = None) -> None:
    """Looks at settings, databases, adapters and peers; ends with status 1 when something is wrong."""
    findings = list(examine(config))
    for finding in findings:
        mark = "!!" if finding.advice else "ok"
        sys.stdout.write(f"{mark}  {finding.subject}: {finding.state}\n")
        if finding.advice:
            sys.stdout.write(f"      {finding.advice}\n")
    if any(finding.advice for finding in findings):
        raise typer.Exit(1)


def examine(config: Path | None) -> Iterator[Finding]:
    """What is found, thing by thing; wrong settings keep the rest from being looked at."""
    try:
        settings = load(config)
    except ConfigError as error:
        yield Finding("settings", "wrong", str(error))
        return
    yield Finding("settings", f"{settings.mode}, company zone {settings.zone}")
    for look in _LOOKS:
        yield from look(settings)


def _data_dir(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir.resolve()
    if not folder.is_dir() or os.access(folder, os.W_OK):
        yield Finding("data_dir", str(folder))
    elif _writes_there(settings):
        yield Finding("data_dir", f"{folder} can't be written", "give the process the right to write there")
    else:
        yield Finding("data_dir", f"{folder} can't be written, which segmentation alone needs")


def _writes_there(settings: Settings) -> bool:
    """Whether this process keeps something there: not so a service in production, on PostgreSQL, with peers elsewhere.

    Segmentation keeps its analytic store there, but where it has an address it is another process, or says so itself.
    """
    on_sqlite = any(settings.database_of(name).startswith("sqlite") for name in SERVICES)
    return settings.mode is Mode.DEVELOPMENT or on_sqlite or settings.segmentation.address is None


def _provision(settings: Settings) -> Iterator[Finding]:
    """In development what is missing is made at the first start."""
    if settings.mode is Mode.DEVELOPMENT:
        return
    alone = not any(settings.service(name).address for name in SERVICES)
    try:
        Provision.of(settings, alone=alone)
    except ConfigError as error:
        yield Finding("secrets", "missing", str(error))
    else:
        yield Finding("secrets", "set")


def _callers(settings: Settings) -> Iterator[Finding]:
    path = settings.callers_path
    if not path.exists():
        advice = "make a caller: `tidegate token new NAME --scope …`" if settings.mode is Mode.PRODUCTION else ""
        yield Finding("callers", f"there is no {path}", advice)
        return
    try:
        names = sorted(caller.name for caller in read(path).values())
    except CallersError as error:
        yield Finding("callers", "can't be read", str(error))
    else:
        yield Finding("callers", ", ".join(names) or "none")


def _keys(settings: Settings) -> Iterator[Finding]:
    path = settings.keys_path
    if not path.exists():
        yield Finding("keys", f"there is no {path}; the key derived from secret_key seals")
        return
    try:
        entries = keyring.read(path)
    except KeysError as error:
        yield Finding("keys", "can't be read", str(error))
    else:
        yield Finding("keys", ", ".join([entry.id for entry in entries] + [ORIGINAL]))


def _databases(settings: Settings) -> Iterator[Finding]:
    for name in SERVICES:
        yield _database(settings, name)


def _database(settings: Settings, name: str) -> Finding:
    from tidegate.runtime.db import migrations
    from tidegate.runtime.opening import is_made, open_database, reach

    subject = f"{name}'s database"
    if not is_made(settings, name):
        return Finding(subject, "not made yet", f"run `tidegate migrate {name}`")
    try:
        with closing(open_database(settings, name)) as database:
            reach(database, name, seconds=0)
            missing = migrations.pending(database, name)
    except ConfigError as error:
        return Finding(subject, "can't be used", str(error))
    if missing:
        return Finding(subject, f"lacks {', '.join(missing)}", f"run `tidegate migrate {name}`")
    return Finding(subject, f"{database.dialect}, up to date")


def _accounts(settings: Settings) -> Iterator[Finding]:
    """The accounts of delivery's database, where that can be read; what is wrong with it is said already."""
    from tidegate.delivery.breaker import BreakerState
    from tidegate.delivery.model import AccountState
    from tidegate.delivery.store import accounts, breakers
    from tidegate.runtime.opening import open_database

    if _database(settings, "delivery").advice:
        return
    with closing(open_database(settings, "delivery")) as database, database.read() as connection:
        found = accounts.find(connection)
        standings, now = breakers.read(connection, [one.account_id for one in found])
    for one in found:
        breaker = standings.get(one.account_id)
        if one.state is AccountState.BROKEN:
            advice = f"{one.state_reason}; correct it, and resume the account"
        elif breaker and breaker.state(now) is not BreakerState.CLOSED:
            advice = f"its last {breaker.failures} calls failed; look at the provider, or wait: it is tried again"
        else:
            advice = ""
        yield Finding(f"account {one.account_id}", f"{one.state}, through {one.adapter}", advice)


def _clock(settings: Settings) -> Iterator[Finding]:
    if settings.clock_file is None:
        yield Finding("clock", "the host's")
    else:
        yield Finding("clock", f"driven by {settings.clock_file}")


def _adapters(settings: Settings) -> Iterator[Finding]:
    from tidegate.channels.registry import Registry

    for adapter in Registry.load(settings.channels).adapters:
        subject = f"adapter {adapter.name}"
        if adapter.error:
            yield Finding(subject, "broken", f"{adapter.error}; repair or remove {adapter.distribution}")
        else:
            yield Finding(subject, ", ".join(channel.manifest.name for channel in adapter.channels))


def _peers(settings: Settings) -> Iterator[Finding]:
    """A service with an address of its own is expected there; a sibling may not have been started."""
    for name in SERVICES:
        address = settings.address_of(name)
        state = state_of(address, timeout=_ANSWER_SECONDS)
        wrong = settings.service(name).address is not None and state != SERVING
        advice = f"start it, or correct {name}.address" if wrong else ""
        yield Finding(f"{name} at {address}", state, advice)


_LOOKS: Sequence[Callable[[Settings], Iterator[Finding]]] = (
    _data_dir,
    _provision,
    _callers,
    _keys,
    _databases,
    _clock,
    _adapters,
    _accounts,
    _peers,
)
