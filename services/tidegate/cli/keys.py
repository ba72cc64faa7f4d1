"""`tidegate keys`: the keys that seal personal data."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.options import ConfigFile
from tidegate.runtime import keyring
from tidegate.runtime.config import ConfigError, Settings, load
from tidegate.runtime.keyring import ORIGINAL, KeysError

if TYPE_CHECKING:
    from tidegate.identity.store.sealed import Standing
    from tidegate.runtime.db import Database

_SERVICE = "identity"
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
        "re-sealed while identity serves; `tidegate keys list` shows how far that is. The key's id:\n"
    )
    sys.stdout.write(f"{key_id}\n")


@app.command("list")
def list_keys(config: ConfigFile = None) -> None:
    """Lists the keys, the one that seals first, with how many values of identity's each seals."""
    from tidegate.identity.store import sealed

    settings = load(config)
    entries = _entries(settings)
    made = {entry.id: f"{entry.made:%Y-%m-%d}" if entry.made else "" for entry in entries}
    with _database(settings) as database:
        counts = _counts(database)
        with database.read() as connection:
            standing = sealed.standing(connection, next(iter([*made, ORIGINAL])))
    for key_id in [*made, ORIGINAL, *sorted(counts.keys() - made.keys() - {ORIGINAL, ""})]:
        sys.stdout.write(f"{key_id}  {counts.get(key_id, 0):>13,} values  {_about(key_id, made)}\n")
    if counts.get("", 0):
        sys.stdout.write(f"(none)    {counts['']:>13,} values  stored before there were keys\n")
    for each in standing:
        sys.stdout.write(_line(each))


@app.command("reseal")
def reseal(config: ConfigFile = None) -> None:
    """Re-seals now, beside the services or without them, what the newest key does not seal yet.

    Looks through everything once more. May be ended at any moment and run again: it goes on where it was.
    """
    from tidegate.identity.resealing import Resealer, run_to_end
    from tidegate.identity.vault import open_keyring
    from tidegate.runtime.errors import DataLoss
    from tidegate.runtime.provision import Provision

    settings = load(config)
    with _database(settings) as database:
        known = open_keyring(settings, Provision.of(settings, alone=True).secrets)
        resealer = Resealer(database, known)
        resealer.begin(again=resealer.is_finished())
        try:
            run_to_end(resealer, _Teller())
        except DataLoss as error:
            raise KeysError(error.message) from error
    sys.stdout.write(f"everything is sealed by {known.newest.key_id}\n")


@app.command("retire")
def retire(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key, as `tidegate keys list` names it.")],
    config: ConfigFile = None,
) -> None:
    """Takes a key that seals nothing any more out of the file; refuses while something needs it."""
    from tidegate.identity.store import sealed

    settings = load(config)
    if key_id == ORIGINAL:
        raise KeysError(f"{ORIGINAL} is derived from secret_key and is in no file; there is nothing to take out")
    entries = _entries(settings)
    with _database(settings) as database:
        if any(entry.id == key_id for entry in entries[1:]):  # of others, remove() says what is wrong
            _refuse_needed(database, key_id, newest=entries[0].id)
        keyring.remove(settings.keys_path, key_id)
        with database.write() as connection:
            sealed.forget(connection, key_id)
    sys.stdout.write(f"{key_id} is not in {settings.keys_path} any more; backups made before now still need it\n")


class _Teller:
    """Tells how far a re-sealing is, not of every stretch."""

    def __init__(self) -> None:
        self._steps = 0

    def __call__(self, standing: "Standing") -> None:
        self._steps += 1
        if self._steps % _TELL_EVERY == 0 or standing.finished:
            sys.stdout.write(_line(standing))
            sys.stdout.flush()


def _refuse_needed(database: "Database", key_id: str, *, newest: str) -> None:
    """Writers that are late may still use a key before everything was gone through under the newest one."""
    from tidegate.identity.store import sealed

    with database.read() as connection:
        standing = sealed.standing(connection, newest)
    if not sealed.BY_NAME.keys() <= {each.part for each in standing if each.finished}:
        raise KeysError(
            f"{key_id} is still needed: identity is not through with re-sealing under {newest}; serve it and wait "
            "(`tidegate keys list` shows how far it is), or run `tidegate keys reseal`"
        )
    if count := _counts(database).get(key_id, 0):
        raise KeysError(f"{key_id} is still needed: it seals {count:,} values; run `tidegate keys reseal` first")


def _about(key_id: str, made: Mapping[str, str]) -> str:
    if key_id == ORIGINAL:
        return "derived from secret_key" if made else "seals; derived from secret_key"
    if key_id not in made:
        return "IS NOT IN THE FILE: put it back, these values can't be read"
    use = "seals" if key_id == next(iter(made)) else "is read"
    return f"{use}; made {made[key_id]}" if made[key_id] else use


def _line(standing: "Standing") -> str:
    state = "finished" if standing.finished else "under way"
    return f"{standing.part}: {standing.seen:,} rows looked at, {standing.resealed:,} re-sealed, {state}\n"


def _entries(settings: Settings) -> list[keyring.KeyEntry]:
    return keyring.read(settings.keys_path) if settings.keys_path.exists() else []


def _counts(database: "Database") -> Counter[str]:
    from tidegate.identity.store import sealed

    found: Counter[str] = Counter()
    for part in sealed.PARTS:
        with database.read() as connection:  # one a part: a long transaction keeps the feed's readers waiting
            found.update(sealed.counts(connection, part))
    return found


@contextmanager
def _database(settings: Settings) -> "Iterator[Database]":
    """identity's database. Raises ConfigError when it is not up to date."""
    from tidegate.runtime.db import Database
    from tidegate.runtime.db.migrations import refuse_pending

    url = settings.database_of(_SERVICE)
    if url.startswith("sqlite:///") and not settings.data_dir.exists():
        raise ConfigError(f"{_SERVICE}'s database is not made yet; run `tidegate migrate {_SERVICE}`")
    database = Database.open(url, schema=_SERVICE)
    try:
        refuse_pending(database, _SERVICE)
        yield database
    finally:
        database.close()
