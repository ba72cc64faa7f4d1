"""Options and arguments that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from tidegate.runtime.config import SERVICES

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The settings file (TOML). Default: the one TIDEGATE_CONFIG names."),
]
Services = Annotated[
    list[str] | None,
    typer.Argument(metavar="SERVICE", help=f"{', '.join(SERVICES)}; all, when none is named."),
]
