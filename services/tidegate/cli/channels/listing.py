"""What `tidegate channels` shows."""

from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from tidegate.channels.manifest import Manifest, Receipts
from tidegate.channels.registry import Adapter, Registry
from tidegate.runtime.config import load


def show(config: Path | None) -> None:
    """Lists the installed adapters with what their channels can do; ends with status 1 when one is broken."""
    adapters = Registry.load(load(config).channels).adapters
    console = Console()
    console.print(_table(adapters))
    broken = [adapter for adapter in adapters if adapter.error]
    for adapter in broken:
        console.print(f"{adapter.name} ({adapter.distribution} {adapter.version}): {adapter.error}", style="red")
    if broken:
        raise typer.Exit(1)


def _table(adapters: tuple[Adapter, ...]) -> Table:
    table = Table("channel", "kinds", "adapter", "batch", "receipts", "what it is")
    for adapter in adapters:
        for row in _rows(adapter):
            table.add_row(*row)
    return table


def _rows(adapter: Adapter) -> Iterator[tuple[str, ...]]:
    source = f"{adapter.name} ({adapter.distribution} {adapter.version})"
    if adapter.error:
        yield ("-", "-", source, "-", "-", "broken, see below")
    for channel in adapter.channels:
        manifest = channel.manifest
        kinds = ", ".join(kind.name for kind in manifest.kinds) or "any"
        yield (manifest.name, kinds, source, str(manifest.max_batch), _receipts(manifest), manifest.title)


def _receipts(manifest: Manifest) -> str:
    return ", ".join(str(receipt.name).lower() for receipt in Receipts if receipt in manifest.receipts) or "none"
