"""`tidegate demo`: plays a Double-11 campaign through all four services, and shows what came of it."""

import time
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from tidegate.runtime import log
from tidegate.runtime.config import LogSettings, Mode


def demo(
    customers: Annotated[int, typer.Option(help="How many people the shop has.", min=100)] = 20_000,
    seed: Annotated[int, typer.Option(help="Another seed, another shop.")] = 11,
) -> None:
    """Plays a campaign of a synthetic shop: everything in this process, nothing left behind."""
    from tidegate.demo.play import play
    from tidegate.demo.shop import open_shop

    log.configure(LogSettings(level="error"), Mode.DEVELOPMENT)
    console = Console()
    began = time.monotonic()
    sound = play(
        console,
        lambda opening: open_shop(customers, seed=seed, opening=opening),
        after=datetime(2026, 1, 1, tzinfo=UTC),
        zone=ZoneInfo("Asia/Shanghai"),
        seed=seed,
    )
    console.print(f"Played in {time.monotonic() - began:.0f} s.")
    raise typer.Exit(0 if sound else 1)
