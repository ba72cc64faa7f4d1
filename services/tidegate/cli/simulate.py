"""`tidegate simulate`: providers' endpoints that send nothing, for tests, authors of adapters and trying out."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tidegate.cli.messages import WRONG_USE, ending

if TYPE_CHECKING:
    from tidegate_simulators.registry import Simulator


def simulate(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Which simulators; all, when none is named.")
    ] = None,
    port: Annotated[
        int, typer.Option(help="The first one's port on loopback, the next ones' follow; 0 = any free ones.", min=0)
    ] = 0,
    callbacks: Annotated[
        list[str] | None,
        typer.Option("--callback", metavar="NAME=URL", help="Where a simulator sends receipts and events to."),
    ] = None,
) -> None:
    """Simulates providers' endpoints on loopback until it is told to end.

    Prints one JSON line for each, with its name, its url and the settings of an account that sends through it;
    and at the end how many messages each has taken.
    """
    from tidegate.cli.serve import end_on_signals

    wait = end_on_signals()
    simulators = _make(names or (), port, _urls(callbacks or ()))
    for name, simulator in simulators.items():
        _start(name, simulator)
        _show({"name": name, "url": simulator.url, "settings": dict(simulator.settings)})
    wait()
    for name, simulator in simulators.items():
        simulator.stop()
        _show({"name": name, "taken": simulator.taken})


def _make(names: Sequence[str], port: int, urls: Mapping[str, str]) -> dict[str, "Simulator"]:
    from tidegate_simulators.registry import SIMULATORS, MissingExtra, UnknownSimulator, make

    chosen = list(dict.fromkeys(names or SIMULATORS))
    if strangers := sorted(set(urls) - set(chosen)):
        raise ending(f"--callback {strangers[0]}=…: that one is not simulated here", WRONG_USE)
    ports = range(port, port + len(chosen)) if port else [0] * len(chosen)
    try:
        return {
            name: make(name, port=one, callback_url=urls.get(name, "")) for name, one in zip(chosen, ports, strict=True)
        }
    except (UnknownSimulator, MissingExtra) as error:
        raise ending(str(error), WRONG_USE) from error


def _urls(callbacks: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in callbacks]
    for name, _, url in pairs:
        if not url.startswith(("http://", "https://")):
            raise ending(f"--callback {name}: write it as NAME=URL, such as aliyun=http://127.0.0.1:8080/…", WRONG_USE)
    return {name: url for name, _, url in pairs}


def _start(name: str, simulator: "Simulator") -> None:
    try:
        simulator.start()
    except OSError as error:
        raise ending(f"the simulator {name!r} can't listen: {error.strerror or error}", 1) from error


def _show(facts: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    sys.stdout.flush()
