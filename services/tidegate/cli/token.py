"""`tidegate token`: callers and their tokens."""

import sys
from typing import Annotated

import typer

from tidegate.cli.options import ConfigFile
from tidegate.runtime import callers
from tidegate.runtime.config import load

app = typer.Typer(help="Callers and their tokens.", no_args_is_help=True)


@app.callback()
def token() -> None:
    """Callers and their tokens."""


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="The caller: `shop`, `crm`, `bi`.")],
    scope: Annotated[
        list[str],
        typer.Option("--scope", "-s", help="What it may do: `identity.read`, `delivery.*`, `*`. Repeatable."),
    ],
    config: ConfigFile = None,
) -> None:
    """Makes a caller and prints its token, once. Services that run know it within a second."""
    path = load(config).callers_path
    made = callers.append(path, name, scope)
    sys.stderr.write(f"{name} may {', '.join(scope)}; {path} holds the token's hash. The token:\n")
    sys.stdout.write(f"{made}\n")
