"""Ports that tests give to processes are theirs until these listen."""

import socket
import subprocess
import sys
from pathlib import Path

from support.ports import free_ports, unused_port

TESTS = Path(__file__).parents[1]
GIVEN_ANYWHERE = 32_768
"""From here on the system gives ports to whoever asks for any."""


def test_they_are_different_ones_that_the_system_gives_to_nobody() -> None:
    ports = free_ports(20)
    assert len({*ports, unused_port()}) == 21
    assert max(ports) < GIVEN_ANYWHERE


def test_one_that_is_taken_is_left_out() -> None:
    port = unused_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        assert port not in free_ports(200), "which is twice around"


def test_two_processes_get_none_in_common() -> None:
    program = "from support.ports import free_ports; print(*free_ports(200))"
    told = subprocess.run([sys.executable, "-c", program], cwd=TESTS, capture_output=True, text=True, check=True)
    others = set(map(int, told.stdout.split()))
    assert others
    assert not others.intersection(free_ports(200))
