"""The channel `push.apns` against an HTTP/2 server that is not ours: Node's, where it is at hand; and a client of ours.

The simulator is written with the library that the channel's client uses. What both get wrong alike shows here.
"""

import asyncio
import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.apns import device, message, settings
from tidegate.channels import Account, OutboundMessage, Outcome, OutcomeKind, Secret
from tidegate_adapters.apns import ApnsChannel, ApnsSettings
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


def test_no_notification_arrives_twice_though_connections_end() -> None:
    """It takes four at a time with small windows, and says good-bye after every tenth; what was surely not taken is
    offered again."""
    batch = [message(number, text="字" * 1000) for number in range(35)]
    gone = OutboundMessage(message_id="gone", address="ff" * 32, content=batch[0].content)

    async def play(to: Account[ApnsSettings]) -> tuple[dict[str, Outcome], Outcome]:
        channel, known, left = ApnsChannel(), dict[str, Outcome](), batch
        try:
            while left:
                for one, outcome in zip(left, await channel.send(to, left), strict=True):
                    known[one.message_id] = outcome
                left = [one for one in left if known[one.message_id].kind is OutcomeKind.RETRYABLE]
            return known, (await channel.send(to, [gone]))[0]
        finally:
            await channel.close()

    with node() as process:
        port = json.loads(process.stdout.readline())["port"]
        base_url = f"http://127.0.0.1:{port}"
        known, of_nobody = asyncio.run(play(Account("app", "push", settings(base_url=base_url))))
        process.kill()
        told = [json.loads(line) for line in process.stdout]
    arrived = Counter(one["id"] for one in told)
    accepted = {number for number, outcome in known.items() if outcome.kind is OutcomeKind.ACCEPTED}
    assert {outcome.kind for outcome in known.values()} <= {OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN}
    assert max(arrived.values()) == 1
    assert "m0" in accepted
    assert accepted <= set(arrived)
    assert of_nobody.kind is OutcomeKind.INVALID_RECIPIENT
    (first,) = [one for one in told if one["id"] == "m0"]
    assert first["bytes"] > 3000
    assert first["headers"][":path"] == f"/3/device/{device(0)}"
    assert first["headers"]["apns-id"] == known["m0"].provider_id
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
