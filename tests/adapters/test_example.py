"""The example, and what `tidegate channels new` makes of it: built as a wheel, installed in a fresh environment."""

import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from pathlib import Path

import pytest
import tidegate
import tidegate_adapters
from support.command import environment
from support.command import tidegate as run_tidegate
from tidegate.channels.testing import Fault

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "adapters/example"
FAULTS = re.compile("|".join(Fault))
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution of a channel `carrier_pigeon`, as its author gets it."""
    folder = tmp_path_factory.mktemp("authors")
    done = run_tidegate("channels", "new", "carrier_pigeon", "--in", str(folder))
    assert done.returncode == 0, done.stderr
    return folder / "tidegate-carrier-pigeon"


@pytest.fixture(scope="module")
def fresh(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment in which Tidegate is installed, and that distribution's wheel."""
    folder = tmp_path_factory.mktemp("fresh")
    wheels = folder / "wheels"
    flags = ("--no-index", "--no-deps")
    subprocess.run([*PIP, "wheel", *flags, "--no-build-isolation", "-w", str(wheels), str(made)], check=True)
    (wheel,) = wheels.iterdir()
    assert wheel.name == "tidegate_carrier_pigeon-0.1.0-py3-none-any.whl"
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    programs = folder / "venv/bin"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "venv")}))
    # Tidegate and its dependencies come from where these tests run: there is no index to fetch them from.
    ours = [
        sysconfig.get_path("purelib"),
        *(str(Path(str(one.__file__)).parents[1]) for one in (tidegate, tidegate_adapters)),
    ]
    (site / "tidegate_and_its_dependencies.pth").write_text("".join(f"{path}\n" for path in ours))
    python = str(programs / "python")
    subprocess.run([*PIP, "--python", python, "install", *flags, str(wheel)], check=True)
    return programs


def run(programs: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in environment().items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    env = {**kept, "COLUMNS": "200", "NO_COLOR": "1"}
    call = [str(programs / "python"), *arguments]
    return subprocess.run(call, env=env, cwd=programs, capture_output=True, text=True, timeout=120, check=False)


def command(programs: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run(programs, "-c", "import tidegate.cli; tidegate.cli.main()", *arguments)


def test_the_channels_made_is_listed_where_its_wheel_is_installed(fresh: Path) -> None:
    listed = command(fresh, "channels")
    assert listed.returncode == 0, listed.stdout + listed.stderr
    assert re.search(r"carrier_pigeon .*carrier_pigeon \(tidegate-carrier-pigeon 0\.1\.0\)", listed.stdout)
    checked = command(fresh, "channels", "check", "carrier_pigeon")
    assert (checked.returncode, checked.stdout) == (0, "ok  carrier_pigeon\n")


def test_the_channel_made_keeps_the_contract(fresh: Path, made: Path) -> None:
    ran = run(fresh, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs", str(made))
    assert ran.returncode == 0, ran.stdout
    impossible = [line for line in ran.stdout.splitlines() if line.startswith("SKIPPED") and FAULTS.search(line)]
    assert not impossible, "the example shows every fault; none is impossible to it"


def test_nothing_of_the_examples_names_is_left(made: Path) -> None:
    files = [path for path in made.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert len(files) == len([path for path in EXAMPLE.rglob("*") if path.is_file() and path.suffix != ".pyc"])
    for path in files:
        assert not re.search("postbox|example(?!\\.com)", f"{path.relative_to(made)} {path.read_text()}", re.IGNORECASE)
    assert (
        "class CarrierPigeonChannel(Channel[CarrierPigeonSettings]):"
        in (made / "src/tidegate_carrier_pigeon/channel.py").read_text()
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("Pigeon",), "can't name a channel"), (("carrier_pigeon",), "is there already")],
)
def test_what_can_not_be_made_is_told(made: Path, arguments: Sequence[str], says: str) -> None:
    refused = run_tidegate("channels", "new", *arguments, "--in", str(made.parent))
    assert refused.returncode == 2
    assert says in refused.stderr


def test_the_example_imports_nothing_of_ours_but_channels() -> None:
    for file in (EXAMPLE / "src").rglob("*.py"):
        for line in file.read_text().splitlines():
            if line.startswith(("from tidegate.", "import tidegate.")):
                assert line.split()[1] == "tidegate.channels", f"{file.name}: {line}"
