"""How the commands speak to delivery and identity."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import grpc
import typer

from tidegate.cli.messages import ending
from tidegate.runtime.client import Credentials, open_channel
from tidegate.runtime.config import ConfigError, Settings

NOT_ANSWERED = 3

TokenFile = Annotated[Path | None, typer.Option(help="Holds the caller's token. Default: the one of development.")]


@contextmanager
def reaching(settings: Settings, service: str, token_file: Path | None, scopes: str) -> Iterator[grpc.Channel]:
    """A connection to a service. What it refuses, and that it can't be reached, ends the command with status 3."""
    with open_channel(settings.address_of(service), Credentials(_token(settings, token_file, scopes))) as channel:
        try:
            yield channel
        except grpc.RpcError as error:
            raise ending(f"{service}: {error.code().name}: {error.details()}", NOT_ANSWERED) from error


def _token(settings: Settings, token_file: Path | None, scopes: str) -> str:
    path = token_file or settings.data_dir / "developer.token"
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ConfigError(
            f"{path}: the token can't be read ({error.strerror}); make one with `tidegate token new NAME {scopes}`, "
            "keep it in a file, and name that with --token-file"
        ) from error
