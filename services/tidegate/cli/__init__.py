"""The command line: the composition root, which alone knows every part of the product."""

import typer

from tidegate.cli import channels, demo, doctor, export_customer, health, import_, migrate, serve, token
from tidegate.cli.messages import WRONG_USE, say
from tidegate.runtime.callers import CallersError
from tidegate.runtime.config import ConfigError

app = typer.Typer(
    name="tidegate",
    help="Knows customers, sorts them into segments, walks them through journeys, sends within limits.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("migrate")(migrate.migrate)
app.command("import")(import_.import_)
app.command("demo")(demo.demo)
app.command("export-customer")(export_customer.export_customer)
app.command("health")(health.health)
app.command("doctor")(doctor.doctor)
app.command("channels")(channels.channels)
app.add_typer(token.app, name="token")


def main() -> None:
    """Runs a command. What an operator can put right is told in a sentence and ends with status 2."""
    try:
        app()
    except (ConfigError, CallersError) as error:
        say(str(error))
        raise SystemExit(WRONG_USE) from error
