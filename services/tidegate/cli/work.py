"""`tidegate work`: jobs that were given up, and their second chance."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.options import ConfigFile, Services
from tidegate.runtime.config import SERVICES, ConfigError, Settings, chosen, load

if TYPE_CHECKING:
    from tidegate.runtime.work import DeadJob, WorkQueue

_MOST = 1_000

app = typer.Typer(help="Jobs that were given up, and their second chance.", no_args_is_help=True)


@app.callback()
def work() -> None:
    """Jobs that were given up, and their second chance."""


@app.command("list")
def list_(services: Services = None, config: ConfigFile = None) -> None:
    """Lists the jobs that services have given up, oldest first, a sentence for each."""
    settings = load(config)
    for name in chosen(services or ()):
        with _queue(settings, name) as queue:
            for job in queue.dead(limit=_MOST) if queue else ():
                sys.stdout.write(f"{_sentence(name, job)}\n")


@app.command("revive")
def revive(
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICES)}.")],
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="As `tidegate work list` shows.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that the service has given up.")] = False,
    config: ConfigFile = None,
) -> None:
    """Gives jobs a new set of attempts; ends with status 1 when one that was named is not among the given up."""
    if bool(ids) == every:
        raise ConfigError("name the jobs to revive, or say --all")
    (name,) = chosen([service])
    with _queue(load(config), name) as queue:
        dead = {job.id for job in queue.dead(limit=_MOST)} if queue else set()
        wanted = sorted(dead) if every else ids or []
        revived = queue.revive([id_ for id_ in wanted if id_ in dead]) if queue else 0
    unknown = [id_ for id_ in wanted if id_ not in dead]
    for id_ in unknown:
        sys.stdout.write(f"{name} has given up no job {id_}.\n")
    sys.stdout.write(f"{name} will try {revived} jobs again.\n")
    if unknown:
        raise typer.Exit(1)


@contextmanager
def _queue(settings: Settings, service: str) -> Iterator["WorkQueue | None"]:
    """The durable work of ``service``; None where there is none."""
    import sqlalchemy as sa

    from tidegate.runtime.opening import is_made, open_database, reach
    from tidegate.runtime.work import WorkQueue, work_table

    if not is_made(settings, service):
        yield None
        return
    database = open_database(settings, service)
    try:
        reach(database, service, seconds=0)
        with database.read() as connection:
            has_work = sa.inspect(connection).has_table("work")
        yield WorkQueue(database, work_table(sa.MetaData())) if has_work else None
    finally:
        database.close()


def _sentence(service: str, job: "DeadJob") -> str:
    from tidegate.runtime.log import redacted

    error = redacted(job.last_error.partition("\n")[0])
    return f"{service} gave up {job.queue} {job.id} after {job.attempts} attempts: {error}"
