"""The channel `sms.smpp` against an SMSC that is not ours: the npm package `smpp`, where Node is at hand."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tidegate.channels import Account, Content, OutboundMessage, OutcomeKind, Receipt, ReceiptKind, Secret
from tidegate_adapters.smpp import SmppChannel, SmppSettings

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "build" / "node" / "node_modules"
SCRIPT = ROOT / "tests" / "support" / "smsc.js"


@contextmanager
def smsc() -> Iterator[Any]:
    """The process; it has said its port."""
    node = shutil.which("node")
    if node is None or not (MODULES / "smpp").exists():
        pytest.skip("there is no Node with the package smpp: npm install --prefix build/node smpp@0.5.1")
    environment = {**os.environ, "NODE_PATH": str(MODULES)}
    with subprocess.Popen([node, str(SCRIPT)], stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def test_messages_go_out_and_receipts_come_back() -> None:
    texts = ["Hello, {tide}!", "潮汐" * 50, "x" * 200]

    async def play(account: Account[SmppSettings]) -> list[Any]:
        channel = SmppChannel()
        batch = [
            OutboundMessage(message_id=f"m-{number}", address=f"+861380000000{number}", content=Content(text=text))
            for number, text in enumerate(texts)
        ]
        outcomes = await channel.send(account, batch)
        assert [(one.kind, one.parts) for one in outcomes] == [
            (OutcomeKind.ACCEPTED, 1),
            (OutcomeKind.ACCEPTED, 2),
            (OutcomeKind.ACCEPTED, 2),
        ]
        receipts: list[Any] = []
        while len(receipts) < len(batch):
            receipts += await channel.collect(account)
            await channel.test(account)
            await asyncio.sleep(0)
        await channel.close()
        assert {one.provider_id for one in receipts} == {one.provider_id for one in outcomes}
        return receipts

    with smsc() as process:
        port = json.loads(process.stdout.readline())["port"]
        settings = SmppSettings("127.0.0.1", "tide", Secret("secret"), "Tide", port=port)
        receipts = asyncio.run(play(Account("a", "sms", settings)))
        taken = [json.loads(process.stdout.readline()) for _ in range(5)]
        wrong = SmppSettings("127.0.0.1", "tide", Secret("wrong"), "Tide", port=port)
        refused = asyncio.run(SmppChannel().test(Account("a", "sms", wrong)))
    assert all(isinstance(one, Receipt) and one.kind is ReceiptKind.DELIVERED for one in receipts)
    whole: dict[str, str] = {}
    for part in taken:
        whole[part["to"]] = whole.get(part["to"], "") + part["text"]
    assert [whole[f"861380000000{number}"] for number in range(3)] == texts
    assert (refused.kind, refused.provider_code) == (OutcomeKind.AUTH_ERROR, "14")
