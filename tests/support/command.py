"""The product's command line, as it is installed beside the interpreter."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.nursery import Hatched

TIDEGATE = str(Path(sys.executable).with_name("tidegate"))
_FORKS = sys.platform == "linux"


def environment(**variables: str) -> dict[str, str]:
    """This process' environment without settings of Tidegate, and ``variables``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIDEGATE_")}
    return {**kept, **variables}


def start(*arguments: str, env: Mapping[str, str], **how: Any) -> "subprocess.Popen[Any]":
    """Begins the command with the environment ``env``; ``how`` is what Popen knows besides.

    It is forked with its imports done, where that is possible and no other modules than here are to be found.
    """
    same_path = env.get("PYTHONPATH") == os.environ.get("PYTHONPATH")
    if _FORKS and same_path:
        return Hatched([TIDEGATE, *arguments], env=env, **how)
    return start_installed(*arguments, env=env, **how)


def start_installed(*arguments: str, env: Mapping[str, str], **how: Any) -> "subprocess.Popen[Any]":
    """The same in an interpreter of its own, as an operator starts it."""
    return subprocess.Popen([TIDEGATE, *arguments], env=env, **how)


def run(*arguments: str, env: Mapping[str, str], timeout: float = 300) -> "subprocess.CompletedProcess[str]":
    """Runs the command to its end with the environment ``env``, and returns its status and what it said."""
    with start(*arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            shown, said = process.communicate(timeout=timeout)
        finally:
            process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, shown, said)


def tidegate(*arguments: str, timeout: float = 300) -> "subprocess.CompletedProcess[str]":
    """The same with the environment of this process, without settings of Tidegate."""
    return run(*arguments, env=environment(), timeout=timeout)
