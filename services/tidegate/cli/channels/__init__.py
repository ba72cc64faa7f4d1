"""`tidegate channels`: the installed channel adapters, and what their authors need."""

import typer

from tidegate.cli.channels.checking import check
from tidegate.cli.channels.listing import show
from tidegate.cli.channels.making import new
from tidegate.cli.channels.sending import send
from tidegate.cli.options import ConfigFile

app = typer.Typer(help="The installed channel adapters, and what their authors need.")
app.command("new")(new)
app.command("check")(check)
app.command("send")(send)


@app.callback(invoke_without_command=True)
def channels(context: typer.Context, config: ConfigFile = None) -> None:
    """Lists the installed adapters with what their channels can do; ends with status 1 when one is broken."""
    if context.invoked_subcommand is None:
        show(config)
