"""The command line: the composition root, which alone knows every part of the product."""

from collections.abc import Callable
from importlib import import_module
from types import MappingProxyType
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from tidegate.cli.messages import WRONG_USE, say
from tidegate.runtime.config import ConfigError

_COMMANDS = MappingProxyType(
    {
        "serve": ("serve", "serve"),
        "migrate": ("migrate", "migrate"),
        "import": ("import_", "import_"),
        "demo": ("demo", "demo"),
        "export-customer": ("export_customer", "export_customer"),
        "health": ("health", "health"),
        "doctor": ("doctor", "doctor"),
        "channels": ("channels", "app"),
        "simulate": ("simulate", "simulate"),
        "token": ("token", "app"),
        "keys": ("keys", "app"),
        "work": ("work", "app"),
    }
)
"""The module of each command, and what it is there: a function, or an app with commands of its own."""


class _Commands(TyperGroup):
    """Imports a command when it is asked for: a health check comes every few seconds and needs little."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        found = getattr(import_module(f"tidegate.cli.{module}"), name)
        command = get_command(found if isinstance(found, typer.Typer) else _alone(found))
        command.name = cmd_name
        return command


def _alone(function: Callable[..., None]) -> typer.Typer:
    single = typer.Typer(add_completion=False)
    single.command()(function)
    return single


app = typer.Typer(
    name="tidegate",
    cls=_Commands,
    help="Knows customers, sorts them into segments, walks them through journeys, sends within limits.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def tidegate() -> None:
    """Knows customers, sorts them into segments, walks them through journeys, sends within limits."""


def main() -> None:
    """Runs a command. What an operator can put right is told in a sentence and ends with status 2."""
    try:
        app()
    except ConfigError as error:
        say(str(error))
        raise SystemExit(WRONG_USE) from error
