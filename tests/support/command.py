"""The product's command line, as it is installed beside the interpreter."""

import os
import subprocess
import sys
from pathlib import Path

TIDEGATE = str(Path(sys.executable).with_name("tidegate"))


def environment(**variables: str) -> dict[str, str]:
    """This process' environment without settings of Tidegate, and ``variables``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIDEGATE_")}
    return {**kept, **variables}


def tidegate(*arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end and returns its status and what it said."""
    return subprocess.run(
        [TIDEGATE, *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
