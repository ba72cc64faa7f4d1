"""`tidegate import` against a running identity."""

import csv
import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub

from support.command import environment, start, tidegate
from support.server import Suite


@dataclass(frozen=True)
class Importer:
    """A running identity, a folder with files to import into it, and what the command is told of each of them.

    ``kind`` is the option that names the file; ``mapping`` are its columns.
    """

    suite: Suite
    folder: Path
    kind: str
    mapping: Sequence[str]

    @property
    def identity(self) -> IdentityServiceStub:
        return self.suite.stub("identity", IdentityServiceStub)

    def command(self, rows: Path, *options: str) -> list[str]:
        """The arguments that import ``rows``."""
        maps = [argument for each in self.mapping for argument in ("--map", each)]
        where = ["--address", self.suite.process.addresses["identity"]]
        token = ["--token-file", str(self.suite.process.settings.data_dir / "developer.token")]
        return ["import", self.kind, str(rows), *maps, *where, *token, *options]

    def run(self, rows: Path, *options: str) -> subprocess.CompletedProcess[str]:
        """Imports ``rows`` to the end."""
        return tidegate(*self.command(rows, *options))

    def run_and_kill(self, rows: Path, state: Path) -> None:
        """Imports ``rows`` and is killed when the first of them were acknowledged."""
        command = self.command(rows, "--state", str(state))
        with start(*command, env=environment(), stderr=subprocess.DEVNULL) as process:
            try:
                _await_rows(state)
            finally:
                process.kill()

    def rejected(self, rows: Path) -> list[dict[str, str]]:
        """The rejected rows of ``rows``, as their file has them."""
        with rows.with_name(f"{rows.name}.rejected.csv").open(newline="") as file:
            return list(csv.DictReader(file))


def _await_rows(state: Path) -> None:
    """Waits until the state file says that rows were acknowledged."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if state.exists() and json.loads(state.read_text())["reached"]["rows"] > 0:
            return
        time.sleep(0.005)
    raise AssertionError("no row was acknowledged")
