"""`tidegate channels new`: a distribution that brings a channel, made of the example."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tidegate.cli.messages import WRONG_USE, ending

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_BUILT = {"__pycache__", "dist", ".pytest_cache", ".ruff_cache", ".mypy_cache"}
_CHANNEL = "postbox"
_DISTRIBUTION = "tidegate-example"
_MODULE = "tidegate_example"


def new(
    name: Annotated[str, typer.Argument(help="The channel's name: lower-case letters, digits and _.")],
    folder: Annotated[Path, typer.Option("--in", help="The folder in which to make it.")] = Path(),
) -> None:
    """Makes a distribution `tidegate-NAME` with a channel that works, and tests that it passes.

    It posts messages as JSON to an HTTP service, which its tests simulate: change it step by step into what your
    provider wants.
    """
    if not _NAME.fullmatch(name):
        raise ending(f"{name!r} can't name a channel here; use a-z, 0-9 and _, beginning with a letter", WRONG_USE)
    target = folder / f"tidegate-{name.replace('_', '-')}"
    if target.exists():
        raise ending(f"{target} is there already; take another name, or --in another folder", WRONG_USE)
    _copy(_example(), target, name)
    Console().print(
        f"{target} is made. In it: pip install -e . && pip install pytest && pytest; then `tidegate channels` lists "
        f"{name}. README.md says what to put where.",
        soft_wrap=True,
        highlight=False,
    )


def _example() -> Path:
    """The example: within an installed wheel, else in the repository."""
    packaged = Path(__file__).with_name("example")
    return packaged if packaged.is_dir() else Path(__file__).parents[4] / "adapters" / "example"


def _copy(source: Path, target: Path, name: str) -> None:
    try:
        for path in _files(source):
            copy = target / renamed(str(path.relative_to(source)), name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(renamed(path.read_text(encoding="utf-8"), name), encoding="utf-8")
    except OSError as error:
        raise ending(f"{target} can't be made: {error}", WRONG_USE) from error


def _files(source: Path) -> Iterator[Path]:
    for path in sorted(source.rglob("*")):
        if path.is_file() and not _BUILT.intersection(path.relative_to(source).parts):
            yield path


def renamed(text: str, name: str) -> str:
    """A text of the example with the channel's, module's and distribution's names made those of ``name``."""
    words = name.split("_")
    names = {
        _DISTRIBUTION: f"tidegate-{'-'.join(words)}",
        _MODULE: f"tidegate_{name}",
        _CHANNEL: name,
        _CHANNEL.upper(): name.upper(),
        _CHANNEL.title(): "".join(word.title() for word in words),
    }
    return re.sub("|".join(map(re.escape, names)), lambda found: names[found[0]], text)
