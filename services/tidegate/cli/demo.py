"""`tidegate demo`: plays a Double-11 campaign through all four services, and shows what came of it."""

import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from tidegate.cli import apart
from tidegate.cli.messages import WRONG_USE, ending, say
from tidegate.runtime import log
from tidegate.runtime.config import LogSettings, Mode

if TYPE_CHECKING:
    from tidegate.demo.play import MakeShop
    from tidegate.demo.purchases import History

_ZONE = ZoneInfo("Asia/Shanghai")
_ANY_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
_PAGE = 110


def demo(
    customers: Annotated[int, typer.Option(help="How many people the synthetic shop has.", min=100)] = 20_000,
    seed: Annotated[int, typer.Option(help="Another seed, another shop.")] = 11,
    purchases: Annotated[
        Path | None, typer.Option(help="A purchase history to take in place of a synthetic one; needs --map.")
    ] = None,
    maps: Annotated[
        list[str] | None,
        typer.Option("--map", help="As for `tidegate import`; identifier.member_id and property.amount:money."),
    ] = None,
    delimiter: Annotated[str | None, typer.Option(help="Of the history: one character, tab, or whitespace.")] = None,
) -> None:
    """Plays a campaign of a synthetic shop: everything on this machine, nothing left behind.

    With --purchases the customers and their history are those of a file, and the campaign is the first one
    after its last purchase. Ends with status 1 when the ledger broke a rule.
    """
    try:
        status = apart.run(partial(played, customers, seed, purchases, maps or (), delimiter))
    except apart.Stopped as stopped:
        _restore_terminal()
        raise ending("stopped; nothing is left behind", stopped.status) from stopped
    if status < 0:
        _restore_terminal()
        raise ending(f"the play was ended by {signal.Signals(-status).name}; nothing is left behind", 128 - status)
    raise typer.Exit(status)


def played(customers: int, seed: int, purchases: Path | None, maps: Sequence[str], delimiter: str | None) -> int:
    """Plays, and returns the status to end with."""
    from rich.console import Console

    from tidegate.demo.platform import Refused

    log.configure(LogSettings(level="error"), Mode.DEVELOPMENT)
    began, console = time.monotonic(), Console(width=None if sys.stdout.isatty() else _PAGE)
    try:
        after, make_shop = _shop(customers, seed, purchases, maps, delimiter)
        sound = _play()(console, make_shop, after=after, zone=_ZONE, seed=seed)
    except Refused as error:
        raise ending(str(error), WRONG_USE) from error
    console.print(f"Played in {time.monotonic() - began:.0f} s.")
    return 0 if sound else 1


def _restore_terminal() -> None:
    """Who was killed while showing how far it is can't bring back the cursor."""
    from rich.console import Console

    if (console := Console()).is_terminal:
        console.show_cursor()
        console.line()


def _play() -> Callable[..., bool]:
    """The play, with all of the services: a wrong file is told without them. Says what is not installed."""
    try:
        from tidegate.demo.play import play
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library.startswith("tidegate"):
            raise
        remedy = "install it with `pip install 'tidegate[simulators]'`"
        raise ending(f"the demo needs {library}: {remedy}", WRONG_USE) from error
    return play


def _shop(
    customers: int, seed: int, purchases: Path | None, maps: Sequence[str], delimiter: str | None
) -> tuple[datetime, "MakeShop"]:
    """After what the campaign comes, and how its shop is made."""
    from tidegate.demo.purchases import left_out, open_imported_shop
    from tidegate.demo.shop import open_shop

    if purchases is None:
        return _ANY_YEAR, lambda opening: open_shop(customers, seed=seed, opening=opening)
    history = _history(purchases, maps, delimiter)
    if said := left_out(history):
        say(said)
    newest = max(fact.time for fact in history.purchases)
    return newest, lambda opening: open_imported_shop(history.purchases, seed=seed, opening=opening)


def _history(purchases: Path, maps: Sequence[str], delimiter: str | None) -> "History":
    from tidegate.demo.purchases import read_purchases
    from tidegate.importing import EventMapping, MappingError, load_mapping

    shape = {"delimiter": delimiter} if delimiter else {}
    try:
        return read_purchases(purchases, load_mapping(EventMapping, maps, overrides={"file": shape}), _ZONE)
    except (MappingError, OSError) as error:
        raise ending(str(error), WRONG_USE) from error
