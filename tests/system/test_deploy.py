"""What deploy/ says is run: the wheel installed into a folder, with exactly the compose files' command lines.

There is no container here, so what a container gives is put in its place: secrets and volumes are
folders of the test, names of containers are loopback, ports are free ones, PostgreSQL is the tests' server.
"""

import dataclasses
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.database import fresh_database
from support.ports import free_ports
from tidegate.runtime.config import SERVICES, fields, load

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE_FILES = [DEPLOY / "local/compose.yaml", DEPLOY / "cluster/compose.yaml"]
READY_SECONDS = 120.0

Finished = subprocess.CompletedProcess[str]


def compose(file: Path) -> dict[str, Any]:
    document = yaml.safe_load(file.read_text())
    assert isinstance(document, dict)
    return document


def ours(file: Path) -> dict[str, dict[str, Any]]:
    """The containers that run our image."""
    return {name: it for name, it in compose(file)["services"].items() if it["image"] == "tidegate"}


def grace(container: Mapping[str, Any]) -> float:
    """Seconds from SIGTERM to SIGKILL."""
    return float(container["stop_grace_period"].removesuffix("s"))


# What the files say.


@pytest.mark.parametrize("file", COMPOSE_FILES, ids=lambda file: file.parent.name)
def test_every_container_says_all_that_operators_need(file: Path) -> None:
    for name, container in ours(file).items():
        assert container["build"]["dockerfile"] == "deploy/Dockerfile"
        assert (file.parent / container["build"]["context"]).resolve() == ROOT
        assert container["cap_drop"] == ["ALL"]
        assert container["read_only"] is True
        drain = float(container["environment"]["TIDEGATE_DRAIN_SECONDS"])
        assert grace(container) > drain, f"{name} is killed while it drains"
        if container["command"][0] == "serve":
            assert container["healthcheck"]["test"][:3] == ["CMD", "tidegate", "health"]
            asked = [word for word in container["command"][1:] if word in SERVICES]
            assert container["healthcheck"]["test"][3:] == asked, f"{name} is asked for another's health"


@pytest.mark.parametrize("file", COMPOSE_FILES, ids=lambda file: file.parent.name)
def test_secrets_come_from_files_that_make_secrets_makes(file: Path, tmp_path: Path) -> None:
    made = make_secrets(tmp_path)
    document = compose(file)
    for name, secret in document["secrets"].items():
        assert secret == {"file": f"secrets/{name}"}
        assert (made / name).read_text().strip()
    for container in document["services"].values():
        for variable, value in container["environment"].items():
            if variable.endswith("_FILE") and value.startswith("/run/secrets/"):
                assert value.removeprefix("/run/secrets/") in container["secrets"]
            assert not re.search("(PASSWORD|TOKEN|KEY|DATABASE_URL)$", variable), "a secret is written down"


def test_secrets_once_made_stay(tmp_path: Path) -> None:
    first = {file.name: file.read_text() for file in make_secrets(tmp_path).iterdir()}
    assert first == {file.name: file.read_text() for file in make_secrets(tmp_path).iterdir()}
    assert len(set(first.values())) == 4
    assert first["postgres_password"] in first["database_url"]
    assert len(first["secret_key"]) == 64


@pytest.mark.parametrize("file", COMPOSE_FILES, ids=lambda file: file.parent.name)
def test_every_variable_is_a_setting(file: Path, tmp_path: Path) -> None:
    secrets = make_secrets(tmp_path)
    for container in ours(file).values():
        settings = load(environment=at_home(container["environment"], tmp_path, secrets))
        assert settings.mode == "production"


def test_every_service_has_a_container_and_waits_for_the_migrations() -> None:
    containers = ours(DEPLOY / "cluster/compose.yaml")
    served = [container["command"][1] for container in containers.values() if container["command"][0] == "serve"]
    assert sorted(served) == sorted(SERVICES)
    for name in served:
        assert containers[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert containers["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_addresses_are_containers_with_the_ports_that_they_listen_on() -> None:
    environment = ours(DEPLOY / "cluster/compose.yaml")["identity"]["environment"]
    settings = load(environment={"TIDEGATE_MODE": "development"})
    for name in SERVICES:
        address = environment[f"TIDEGATE_{name.upper()}__ADDRESS"]
        assert address == f"{name}:{settings.service(name).port}"


def test_the_image_is_built_of_what_is_there_and_runs_as_nobody_special() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    steps = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    assert [step for step, _, _ in steps].count("FROM") == 2
    for sources in (text.split()[:-1] for step, _, text in steps if step == "COPY" and "--from" not in text):
        assert all((ROOT / source).exists() for source in sources)
    extras = re.search(r"'\.\[([a-z,]+)\]'", "\n".join(lines))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert extras
    assert set(extras[1].split(",")) <= set(project["optional-dependencies"])
    last = {step: text for step, _, text in steps}
    assert last["USER"] == "10001:10001"
    assert last["ENTRYPOINT"] == '["tidegate"]'
    assert last["HEALTHCHECK"].endswith('CMD ["tidegate", "health"]')


# What it does.


@dataclasses.dataclass(slots=True)
class Site:
    """Where one compose file is run: an installed wheel, secrets, and the folders of the volumes."""

    program: Path
    installed: Path
    folder: Path
    secrets: Path
    ports: Mapping[str, int]
    running: dict[str, subprocess.Popen[bytes]] = dataclasses.field(default_factory=dict)

    def environment(self, name: str, container: Mapping[str, Any]) -> dict[str, str]:
        home = self.folder / name
        home.mkdir(exist_ok=True)
        surroundings = {key: value for key, value in os.environ.items() if not key.startswith("TIDEGATE_")}
        said = at_home(container["environment"], home, self.secrets)
        said = {key: on_loopback(value, self.ports) for key, value in said.items()}
        said |= {key: str(port) for key, port in self.ports.items() if key.startswith("TIDEGATE_")}
        said["TIDEGATE_METRICS__PORT"] = "0"
        if "TIDEGATE_CALLERS_FILE" in said:
            said["TIDEGATE_CALLERS_FILE"] = str(self.folder / "callers.toml")
        return {**surroundings, **said, "PYTHONPATH": str(self.installed)}

    def run(self, name: str, container: Mapping[str, Any], command: Sequence[str]) -> Finished:
        return subprocess.run(
            [str(self.program), *command],
            env=self.environment(name, container),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=READY_SECONDS,
            check=False,
        )

    def start(self, name: str, container: Mapping[str, Any]) -> None:
        log = (self.folder / f"{name}.log").open("wb")
        with log:
            self.running[name] = subprocess.Popen(
                [str(self.program), *container["command"]],
                env=self.environment(name, container),
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_until_healthy(self, name: str, container: Mapping[str, Any]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while "process.ready" not in self.told(name) and self.running[name].poll() is None:
            assert time.monotonic() < deadline, self.log(name)
            time.sleep(0.05)  # to ask costs as much as to start
        while True:
            asked = self.run(name, container, container["healthcheck"]["test"][2:])
            if asked.returncode == 0:
                return
            ended = self.running[name].poll() is not None
            assert not ended, f"{name} ended: {self.log(name)}"
            assert time.monotonic() < deadline, f"{name}: {asked.stdout}{asked.stderr}{self.log(name)}"
            time.sleep(0.2)

    def stop(self, name: str, *, within: float) -> int:
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(timeout=within)

    def kill_all(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()

    def told(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def log(self, name: str) -> str:
        return self.told(name)[-4000:]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel that is built from this tree, and nothing else."""
    made = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", str(made), str(ROOT)]
    subprocess.run([*pip, *build], check=True)
    (wheel,) = made.glob("tidegate-*.whl")
    target = tmp_path_factory.mktemp("installed")
    install = ["install", "--no-index", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run([*pip, *install], check=True)
    return target


@contextmanager
def site(compose_file: Path, installed: Path, folder: Path, **replaced: str) -> Iterator[Site]:
    """A place to run a compose file; `replaced` are secrets that this place gives itself."""
    secrets = make_secrets(folder)
    for name, text in replaced.items():
        (secrets / name).write_text(text)
    place = Site(installed / "bin/tidegate", installed, folder, secrets, named_ports())
    try:
        yield place
    finally:
        place.kill_all()


def make_secrets(folder: Path) -> Path:
    made = folder / "secrets"
    subprocess.run([str(DEPLOY / "make-secrets.sh"), str(made)], check=True)
    return made


def named_ports() -> dict[str, int]:
    """Free ports for all that listens, by variable and by service."""
    names = (*SERVICES, "http")
    found = dict(zip(names, free_ports(len(names)), strict=True))
    variables = {f"TIDEGATE_{name.upper()}__PORT": found[name] for name in SERVICES}
    return {**found, **variables, "TIDEGATE_DELIVERY__HTTP_PORT": found["http"]}


def at_home(environment: Mapping[str, str], home: Path, secrets: Path) -> dict[str, str]:
    """A container's variables with its secrets and its data where the test has them."""
    places = {"/run/secrets": str(secrets), "/var/lib/tidegate": str(home / "data")}
    moved = {}
    for name, value in environment.items():
        for inside, outside in places.items():
            value = value.replace(inside, outside)
        moved[name] = value
    return moved


def on_loopback(value: str, ports: Mapping[str, int]) -> str:
    if value == "0.0.0.0":
        return "127.0.0.1"
    name, _, port = value.partition(":")
    return f"127.0.0.1:{ports[name]}" if name in SERVICES and port.isdecimal() else value


def test_the_wheel_holds_the_whole_product(installed: Path) -> None:
    for package in ("tidegate", "tidegate_adapters", "tidegate_simulators"):
        source = next(ROOT.glob(f"*/{package}"))
        wanted = {file.relative_to(source) for file in source.rglob("*.py")}
        got = {file.relative_to(installed / package) for file in (installed / package).rglob("*.py")}
        assert wanted <= got
    assert (installed / "tidegate/py.typed").exists()
    assert (installed / "tidegate/cli/channels/example/pyproject.toml").read_text() == (
        ROOT / "adapters/example/pyproject.toml"
    ).read_text()


def test_the_installed_program_is_the_one_that_runs(installed: Path, tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", "import tidegate.cli; print(tidegate.cli.__file__)"],
        env={**os.environ, "PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.startswith(str(installed))


def test_one_container_on_sqlite(installed: Path, tmp_path: Path) -> None:
    file = DEPLOY / "local/compose.yaml"
    with site(file, installed, tmp_path) as place:
        ((name, container),) = ours(file).items()
        place.start(name, container)
        place.wait_until_healthy(name, container)
        made = place.run(name, container, ["token", "new", "shop", "--scope", "identity.*"])
        assert made.returncode == 0, made.stderr
        assert place.stop(name, within=grace(container)) == 0, place.log(name)
        place.start(name, container)
        place.wait_until_healthy(name, container)
        assert place.stop(name, within=grace(container)) == 0, place.log(name)


def test_four_containers_on_postgresql(installed: Path, tmp_path: Path) -> None:
    file = DEPLOY / "cluster/compose.yaml"
    containers = ours(file)
    migrate = containers.pop("migrate")
    with fresh_database() as url, site(file, installed, tmp_path, database_url=url) as place:
        name, container = next(iter(containers.items()))
        early = place.run(name, container, container["command"])
        assert early.returncode == 2, "a service must refuse a database that nobody has migrated"
        assert "tidegate migrate" in early.stderr + early.stdout
        migrated = place.run("migrate", migrate, migrate["command"])
        assert migrated.returncode == 0, migrated.stderr
        for name, container in reversed(containers.items()):  # each before those that it calls
            place.start(name, container)
        for name, container in containers.items():
            place.wait_until_healthy(name, container)
        for name, container in reversed(containers.items()):
            assert place.stop(name, within=grace(container)) == 0, place.log(name)


def test_no_file_of_the_wheel_names_this_machine(installed: Path) -> None:
    for file in [*installed.rglob("*.py"), *DEPLOY.rglob("*")]:
        if file.is_file():
            assert str(ROOT) not in file.read_text(errors="replace"), file


# What docs/operations.md says.


def told() -> dict[str, tuple[str, bool]]:
    """The default of each setting on the page, and whether it is marked as a secret."""
    page = (ROOT / "docs/operations.md").read_text().partition("| setting |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in page.splitlines()[2:]]
    settings: dict[str, tuple[str, bool]] = {}
    for row in rows:
        name, marked = row[0].split("`")[1], row[0].endswith("*")
        group, _, rest = name.rpartition(".")
        names = [f"{service}.{rest}" for service in SERVICES] if group == "<service>" else [name]
        settings |= dict.fromkeys(names, (row[1], marked))
    return settings


def test_every_setting_is_told_with_its_default_and_whether_it_is_a_secret() -> None:
    there = {".".join(path): field for path, field in fields()}
    page = told()
    assert page.keys() == there.keys()
    for name, field in there.items():
        default, marked = page[name]
        assert marked == ("SecretStr" in str(field.annotation)), name
        if default:
            assert default == str(field.default), name
        else:
            assert name.endswith(".port") or not field.default, name


def test_ports_are_told() -> None:
    page = (ROOT / "docs/operations.md").read_text()
    settings = load(environment={})
    ports = sorted((settings.service(name).port, name) for name in SERVICES)
    assert ", ".join(f"{name} {port}" for port, name in ports) in page


def test_every_command_is_told_and_is_there(installed: Path) -> None:
    page = (ROOT / "docs/operations.md").read_text().partition("## Commands")[2].partition("##")[0]
    named = set(re.findall(r"^\| `tidegate ([a-z-]+)", page, re.MULTILINE))
    asked = [sys.executable, str(installed / "bin/tidegate"), "--help"]
    environment = {**os.environ, "PYTHONPATH": str(installed), "COLUMNS": "200"}
    shown = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True).stdout
    there = set(re.findall(r"^[│|]? *([a-z-]+) {2,}[A-Z]", shown, re.MULTILINE))
    assert named == there
