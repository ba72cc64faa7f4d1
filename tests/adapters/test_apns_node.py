"""The channel `push.apns` against an HTTP/2 server that is not ours: Node's, where it is at hand; and a client of ours.

The simulator is written with the library with which the channel is written. What both get wrong alike shows here.
"""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.apns import device, message, send, settings
from tidegate.channels import Account, OutboundMessage, OutcomeKind, Secret
from tidegate_adapters.apns import ApnsChannel
from tidegate_adapters.apns.tokens import ProviderTokens
from tidegate_simulators.apns import ApnsSimulator

SCRIPT = Path(__file__).resolve().parents[1] / "support" / "apns.js"


@contextmanager
def node() -> Iterator[Any]:
    """The process; it has said its port."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("there is no Node")
    with subprocess.Popen([found, str(SCRIPT)], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_every_notification_arrives_once_though_connections_end() -> None:
    batch = [message(number, text="字" * 1000) for number in range(35)]
    gone = OutboundMessage(message_id="gone", address="ff" * 32, content=batch[0].content)
    with node() as process:
        port = json.loads(process.stdout.readline())["port"]
        to = Account("app", "push", settings(base_url=f"http://127.0.0.1:{port}"))
        outcomes = send(ApnsChannel(), to, batch, [gone])
        process.kill()
        told = [json.loads(line) for line in process.stdout]
    assert Counter(one.kind for one in outcomes) == {OutcomeKind.ACCEPTED: 35, OutcomeKind.INVALID_RECIPIENT: 1}
    assert Counter(one["id"] for one in told) == {f"m{number}": 1 for number in range(35)}
    (first,) = [one for one in told if one["id"] == "m0"]
    assert first["bytes"] > 3000
    assert first["headers"][":path"] == f"/3/device/{device(0)}"
    assert first["headers"]["apns-id"] == outcomes[0].provider_id
    assert first["headers"]["authorization"].startswith("bearer ey")


def test_another_client_is_answered_by_the_simulator() -> None:
    curl = shutil.which("curl")
    if curl is None or "HTTP2" not in subprocess.run([curl, "--version"], capture_output=True, text=True).stdout:
        pytest.skip("there is no curl that speaks HTTP/2")
    with ApnsSimulator() as apple:
        key = apple.gatekeeper.keys["SIMKEY0001"]
        token = ProviderTokens(settings(key=Secret(key.p8))).current()
        words = [curl, "-s", "--http2-prior-knowledge", "-w", "%{http_code} %{http_version}"]
        words += ["-H", f"authorization: bearer {token}", "-H", "apns-topic: com.example.shop"]
        words += ["-d", '{"aps":{"alert":"x"}}']
        taken = subprocess.run([*words, f"{apple.url}/3/device/{device(0)}"], capture_output=True, text=True)
        refused = subprocess.run([*words, f"{apple.url}/3/device/{'0' * 64}"], capture_output=True, text=True)
    assert (taken.stdout, apple.taken) == ("200 2", 1)
    assert refused.stdout == '{"reason": "BadDeviceToken"}400 2'
