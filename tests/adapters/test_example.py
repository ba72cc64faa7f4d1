"""The example distribution: built, installed beside us, found by the registry, and true to the contract."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "adapters/example"

SHOW = """
import json
from tidegate.channels import Registry
registry = Registry.load()
print(json.dumps({
    adapter.distribution: {
        "version": adapter.version,
        "error": adapter.error,
        "channels": [channel.manifest.name for channel in adapter.channels],
        "from": type(adapter.channels[0]).__module__,
    }
    for adapter in registry.adapters if adapter.name == "postbox"
}))
"""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has built and installed a copy of the example."""
    copy = tmp_path_factory.mktemp("source") / "tidegate-example"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    subprocess.run([*command, "--no-deps", "--no-build-isolation", "--target", str(folder), str(copy)], check=True)
    return folder


def run(target: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(target)}
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        cwd=target,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_registry_finds_the_installed_example(target: Path) -> None:
    shown = run(target, "-c", SHOW)
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout) == {
        "tidegate-example": {
            "version": "0.1.0",
            "error": "",
            "channels": ["postbox"],
            "from": "tidegate_example.channel",
        }
    }
    assert (target / "tidegate_example/channel.py").exists()


def test_the_installed_example_keeps_the_contract(target: Path, tmp_path: Path) -> None:
    tests = tmp_path / "project"
    shutil.copytree(EXAMPLE / "tests", tests / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(EXAMPLE / "pyproject.toml", tests)
    ran = run(target, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs", str(tests))
    assert ran.returncode == 0, ran.stdout
    assert "cannot be" not in ran.stdout, "the example shows every fault; none is impossible to it"
    assert "takes no callbacks" in ran.stdout


def test_the_example_imports_nothing_of_ours_but_channels() -> None:
    for file in (EXAMPLE / "src").rglob("*.py"):
        for line in file.read_text().splitlines():
            if line.startswith(("from tidegate.", "import tidegate.")):
                assert line.split()[1] == "tidegate.channels", f"{file.name}: {line}"
