"""`tidegate keys`: the keys that seal personal data."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.options import ConfigFile
from tidegate.runtime import keyring
from tidegate.runtime.config import ConfigError, Settings, load
from tidegate.runtime.keyring import ORIGINAL, KeysError

if TYPE_CHECKING:
    from tidegate.runtime.db import Database
    from tidegate.runtime.sealed import Sealed, Standing

_SERVICES = ("identity", "delivery")
"""Those that seal what they store: each has its keys in `vault`, and says in `store.sealed` what it seals."""
_TELL_EVERY = 20
app = typer.Typer(help="The keys that seal personal data.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """The keys that seal personal data."""


@app.command("rotate")
def rotate(config: ConfigFile = None) -> None:
    """Makes a new key, which seals from now on: services that run know it within a second, and re-seal the rest."""
    settings = load(config)
    key_id = keyring.rotate(settings.keys_path, datetime.now(UTC))
    sys.stderr.write(
        f"{settings.keys_path} begins with the new key; keep a copy of the file. What other keys have sealed is "
        f"re-sealed while {' and '.join(_SERVICES)} serve; `tidegate keys list` shows how far that is. "
        "The key's id:\n"
    )
    sys.stdout.write(f"{key_id}\n")


@app.command("list")
def list_keys(config: ConfigFile = None) -> None:
    """Lists the keys, the one that seals first, with how many values each seals."""
    settings = load(config)
    entries = _entries(settings)
    made = {entry.id: f"{entry.made:%Y-%m-%d}" if entry.made else "" for entry in entries}
    counts: Counter[str] = Counter()
    told: list[str] = []
    with _stored(settings) as services:
        for each in services:
            counts.update(each.counts())
            told += [_line(each.service, one) for one in each.standing(next(iter([*made, ORIGINAL])))]
    for key_id in [*made, ORIGINAL, *sorted(counts.keys() - made.keys() - {ORIGINAL, ""})]:
        sys.stdout.write(f"{key_id}  {counts.get(key_id, 0):>13,} values  {_about(key_id, made)}\n")
    if counts.get("", 0):
        sys.stdout.write(f"(none)    {counts['']:>13,} values  stored before there were keys\n")
    sys.stdout.writelines(told)


@app.command("reseal")
def reseal(config: ConfigFile = None) -> None:
    """Re-seals now, beside the services or without them, what the newest key does not seal yet.

    Looks through everything once more. May be ended at any moment and run again: it goes on where it was.
    """
    settings = load(config)
    with _stored(settings) as services:
        sealing = [each.reseal(settings) for each in services]
    sys.stdout.write(f"everything is sealed by {sealing[-1]}\n")


@app.command("retire")
def retire(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key, as `tidegate keys list` names it.")],
    config: ConfigFile = None,
) -> None:
    """Takes a key that seals nothing any more out of the file; refuses while something needs it."""
    settings = load(config)
    if key_id == ORIGINAL:
        raise KeysError(f"{ORIGINAL} is derived from secret_key and is in no file; there is nothing to take out")
    entries = _entries(settings)
    with _stored(settings) as services:
        if any(entry.id == key_id for entry in entries[1:]):  # of others, remove() says what is wrong
            for each in services:
                each.refuse_needed(key_id, newest=entries[0].id)
        keyring.remove(settings.keys_path, key_id)
        for each in services:
            each.forget(key_id)
    sys.stdout.write(f"{key_id} is not in {settings.keys_path} any more; backups made before now still need it\n")


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a service has stored."""

    service: str
    database: "Database"
    sealed: "Sealed"

    def counts(self) -> Counter[str]:
        """How many values each key seals."""
        from tidegate.runtime.sealed import counts

        found: Counter[str] = Counter()
        for part in self.sealed.parts:
            with self.database.read() as connection:  # one a part: a long transaction keeps the feed's readers waiting
                found.update(counts(connection, part))
        return found

    def standing(self, key_id: str) -> "list[Standing]":
        """How far the parts are under a key."""
        with self.database.read() as connection:
            return self.sealed.standing(connection, key_id)

    def reseal(self, settings: Settings) -> str:
        """Puts everything under the newest key, whose id it returns."""
        from tidegate.runtime.errors import DataLoss
        from tidegate.runtime.provision import secrets_of
        from tidegate.runtime.resealing import Resealer, run_to_end

        known = import_module(f"tidegate.{self.service}.vault").open_keyring(settings, secrets_of(settings))
        resealer = Resealer(self.database, self.sealed, known)
        resealer.begin(again=resealer.is_finished())
        try:
            run_to_end(resealer, _Teller(self.service))
        except DataLoss as error:
            raise KeysError(error.message) from error
        return str(known.newest.key_id)

    def refuse_needed(self, key_id: str, *, newest: str) -> None:
        """Writers that are late may still use a key before everything was gone through under the newest one."""
        with self.database.read() as connection:
            is_finished = self.sealed.is_finished(connection, newest)
        if not is_finished:
            raise KeysError(
                f"{key_id} is still needed: {self.service} is not through with re-sealing under {newest}; serve it "
                "and wait (`tidegate keys list` shows how far it is), or run `tidegate keys reseal`"
            )
        if count := self.counts().get(key_id, 0):
            raise KeysError(f"{key_id} is still needed: it seals {count:,} values; run `tidegate keys reseal` first")

    def forget(self, key_id: str) -> None:
        """Forgets how far the parts were under a key."""
        with self.database.write() as connection:
            self.sealed.forget(connection, key_id)


class _Teller:
    """Tells how far a re-sealing is, not of every stretch."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._steps = 0

    def __call__(self, standing: "Standing") -> None:
        self._steps += 1
        if self._steps % _TELL_EVERY == 0 or standing.finished:
            sys.stdout.write(_line(self._service, standing))
            sys.stdout.flush()


def _about(key_id: str, made: Mapping[str, str]) -> str:
    if key_id == ORIGINAL:
        return "derived from secret_key" if made else "seals; derived from secret_key"
    if key_id not in made:
        return "IS NOT IN THE FILE: put it back, these values can't be read"
    use = "seals" if key_id == next(iter(made)) else "is read"
    return f"{use}; made {made[key_id]}" if made[key_id] else use


def _line(service: str, standing: "Standing") -> str:
    state = "finished" if standing.finished else "under way"
    done = f"{standing.seen:,} rows looked at, {standing.resealed:,} re-sealed"
    return f"{service}: {standing.part}: {done}, {state}\n"


def _entries(settings: Settings) -> list[keyring.KeyEntry]:
    return keyring.read(settings.keys_path) if settings.keys_path.exists() else []


@contextmanager
def _stored(settings: Settings) -> Iterator[list[_Stored]]:
    """What the services have stored that were ever served here. Raises ConfigError for a database not up to date."""
    from tidegate.runtime.db.migrations import refuse_pending
    from tidegate.runtime.opening import is_made, open_database

    made = [name for name in _SERVICES if is_made(settings, name)]
    if not made:
        raise ConfigError(f"no database is made yet; run `tidegate migrate {' '.join(_SERVICES)}`")
    with ExitStack() as stack:
        found = []
        for name in made:
            database = open_database(settings, name)
            stack.callback(database.close)
            refuse_pending(database, name)
            found.append(_Stored(name, database, import_module(f"tidegate.{name}.store.sealed").SEALED))
        yield found
