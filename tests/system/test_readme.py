"""What README.md shows of a call works when it is pasted, in the folder where `tidegate serve` was started.

Only the port is another one, since many tests run at once.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import grpc
import pytest
from google.protobuf.json_format import Parse
from support.command import environment
from support.ports import free_ports
from support.processes import SERVICES, await_ready
from tidegate.api.identity.v1.events_pb2 import IngestEventsRequest, IngestEventsResponse
from tidegate.runtime.config import load

README = (Path(__file__).parents[2] / "README.md").read_text()
ADDRESS = "127.0.0.1:7101"
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
PYTHON = [text for language, text in BLOCKS if language == "python"]
CURLS = [text for language, text in BLOCKS if text.startswith("buf curl")]
SERVE = [text for language, text in BLOCKS if "tidegate serve" in text]


@dataclass(frozen=True)
class Place:
    """The folder in which a reader types, and where identity listens."""

    folder: Path
    address: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("readme")
    (folder / ".venv").symlink_to(Path(sys.prefix))
    names = [*(f"{name.upper()}__PORT" for name in SERVICES), "DELIVERY__HTTP_PORT", "METRICS__PORT"]
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    variables = environment(**{f"TIDEGATE_{name}": str(port) for name, port in ports.items()})
    (command,) = SERVE
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            ["sh", "-c", f"exec {command}"], cwd=folder, env=variables, stdout=output, stderr=output
        ) as it,
    ):
        await_ready(it, ports["METRICS__PORT"], log)
        try:
            yield Place(folder, f"127.0.0.1:{ports['IDENTITY__PORT']}")
        finally:
            it.terminate()


def test_the_port_is_the_one_that_identity_takes() -> None:
    assert load(environment={}).address_of("identity") == ADDRESS


def test_the_token_of_development_is_printed(place: Place) -> None:
    token = (place.folder / "tidegate-data" / "developer.token").read_text().strip()
    assert token in (place.folder / "log").read_text().splitlines()


@pytest.mark.parametrize("snippet", PYTHON)
def test_a_snippet_of_python_works_when_it_is_pasted(place: Place, snippet: str) -> None:
    assert ADDRESS in snippet
    done = subprocess.run(
        [".venv/bin/python", "-W", "error", "-i", "-q"],
        input=snippet.replace(ADDRESS, place.address),
        cwd=place.folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.strip().isdigit(), done.stderr


@pytest.mark.parametrize("command", CURLS)
def test_what_buf_curl_sends_is_taken(place: Place, command: str) -> None:
    """The path, the header and the body, sent by another client: buf is not everywhere."""
    words = shlex.split(command)
    where = urlsplit(words[-1])
    assert where.netloc == ADDRESS
    name, _, value = words[words.index("-H") + 1].partition(": ")
    header = re.sub(r"\$\(cat (.*?)\)", lambda file: (place.folder / file[1]).read_text().strip(), value)
    with grpc.insecure_channel(place.address) as channel:
        call = channel.unary_unary(
            where.path,
            request_serializer=IngestEventsRequest.SerializeToString,
            response_deserializer=IngestEventsResponse.FromString,
        )
        request = Parse(words[words.index("-d") + 1], IngestEventsRequest())
        (result,) = call(request, metadata=((name, header),)).results
    assert result.customer_id > 0, result.error


def test_there_is_something_to_paste() -> None:
    assert (len(PYTHON), len(CURLS)) == (1, 1)
    assert len(README.splitlines()) < 120
