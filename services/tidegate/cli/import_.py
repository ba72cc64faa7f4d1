"""`tidegate import`: a file of events or of customers into identity."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Display
from rich.table import Table

from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.cli.messages import WRONG_USE, ending
from tidegate.cli.options import ConfigFile
from tidegate.importing import (
    CUSTOMERS,
    EVENTS,
    FilesError,
    ImportFailed,
    ImportKind,
    ImportPaths,
    MappingError,
    Progress,
    import_file,
    load_mapping,
)
from tidegate.runtime.client import Credentials, open_channel
from tidegate.runtime.config import ConfigError, Settings, load

SOME_REJECTED = 1
NOT_FINISHED = 3
INTERRUPTED = 130
_MAP_HELP = (
    "A TOML file, or KEY=COLUMN. Keys of both: source, zone, time, time:FORMAT, identifier.NAMESPACE, "
    "attribute.NAME[:TYPE]; types: string, int, float, money, bool, timestamp. Of events: event_id, name, "
    "property.NAME[:TYPE]. Of customers: tag.GROUP for the name of a tag of the group, tag.GROUP:list for several, "
    "tag.NAME:bool for whether the tag is on; consent.PURPOSE.CHANNEL[.BRAND] for a decision (granted, yes, true, 1, "
    "denied, no, false, 0), and the same with :time, :source, :proof; customer_id, add_tags, remove_tags, "
    "add_tags_expire_time, returning. What begins with = is the text itself (name==order_paid); event_id may be "
    '"row number". Repeatable.'
)


def import_(
    maps: Annotated[list[str], typer.Option("--map", help=_MAP_HELP)],
    events: Annotated[
        Path | None, typer.Option("--events", help="Events: CSV, JSONL, or columns between blanks.")
    ] = None,
    customers: Annotated[Path | None, typer.Option("--customers", help="Customers, written in the same ways.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="One character, tab, or whitespace. Default: a comma.")] = None,
    format_: Annotated[str | None, typer.Option("--format", help="csv or jsonl. Default: by the file's name.")] = None,
    state: Annotated[Path | None, typer.Option(help="Remembers how far it came. Default: FILE.import-state.")] = None,
    rejects: Annotated[Path | None, typer.Option(help="Takes the rejected rows. Default: FILE.rejected.csv.")] = None,
    address: Annotated[str | None, typer.Option(help="Identity's host:port. Default: as the settings say.")] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="Holds the caller's token. Default: the one of development.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Imports a file of events, such as a purchase history, or of customers, such as an extract of a CRM.

    An import that was interrupted goes on where it stopped when the same command runs again, unless the rows
    that were imported have changed meanwhile. Events that are known by their source and event id change
    nothing, nor do customers of whom the same is known since the same time. Ends with status 0 when all rows
    were taken, 1 when some were rejected, 2 when the command is wrong, 3 when the service could not be used to
    the end.
    """
    settings = load(config)
    shape = {"delimiter": delimiter, "format": format_}
    try:
        kind, rows = _chosen(events, customers)
        mapping = load_mapping(
            kind.mapping, maps, overrides={"file": {k: v for k, v in shape.items() if v is not None}}
        )
        paths = ImportPaths.beside(rows, state=state, rejects=rejects)
        ended = _import(settings, kind, mapping, paths, address=address, token=_token(settings, token_file))
    except (MappingError, FilesError) as error:
        raise ending(str(error), WRONG_USE) from error
    except ImportFailed as error:
        raise ending(str(error), NOT_FINISHED) from error
    except KeyboardInterrupt as error:
        raise ending("stopped; run the same command again to go on", INTERRUPTED) from error
    _summarise(kind, ended, paths)
    if ended.counts.rejected:
        raise typer.Exit(SOME_REJECTED)


def display() -> Display:
    """A progress bar over the bytes of a file, with rows per second and rejected rows."""
    return Display(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rows]:,} rows, {task.fields[pace]:,.0f}/s, {task.fields[rejected]:,} rejected"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _chosen(events: Path | None, customers: Path | None) -> tuple[ImportKind[Any, Any], Path]:
    """What is imported, and the file."""
    if events is not None and customers is None:
        return EVENTS, events
    if customers is not None and events is None:
        return CUSTOMERS, customers
    raise FilesError("name one file, with --events or with --customers")


def _import(
    settings: Settings,
    kind: ImportKind[Any, Any],
    mapping: Any,
    paths: ImportPaths,
    *,
    address: str | None,
    token: str,
) -> Progress:
    where = address or settings.address_of("identity")
    with open_channel(where, Credentials(token)) as channel, display() as bars:
        task = bars.add_task(paths.rows.name, total=None, rows=0, pace=0.0, rejected=0)

        def show(progress: Progress) -> None:
            new = progress.rows - progress.counts.earlier
            bars.update(
                task,
                total=progress.bytes_total,
                completed=progress.bytes_read,
                rows=progress.rows,
                pace=new / max(bars.tasks[task].elapsed or 0, 0.001),
                rejected=progress.counts.rejected,
            )

        return import_file(
            kind,
            IdentityServiceStub(channel),
            mapping,
            paths,
            address=where,
            company_zone=settings.company_zone,
            on_progress=show,
        )


def _token(settings: Settings, token_file: Path | None) -> str:
    path = token_file or settings.data_dir / "developer.token"
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ConfigError(
            f"{path}: the token can't be read ({error.strerror}); make one with `tidegate token new importer "
            "--scope identity.write`, keep it in a file, and name that with --token-file"
        ) from error


def _summarise(kind: ImportKind[Any, Any], ended: Progress, paths: ImportPaths) -> None:
    counts = ended.counts
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    lines = (
        (ended.rows, "rows read"),
        (counts.earlier, "of them before the interruption"),
        (counts.accepted, kind.accepted),
        (counts.duplicates, "known before"),
        (counts.rejected, f"rejected, see {paths.rejects}"),
        (counts.created, "customers created"),
        (counts.merged, "customers merged away"),
        (counts.conflicts, "with identifiers that disagree: `ListConflicts` shows them"),
    )
    for number, what in lines:
        if number or what in {"rows read", kind.accepted}:
            table.add_row(f"{number:,}", what)
    Console().print(table)
