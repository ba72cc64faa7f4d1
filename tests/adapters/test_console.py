"""The channel `console` keeps the contract for any kind, and writes what it was given."""

import asyncio
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from tidegate.channels import Account, AnyChannel, Content, OutboundMessage, OutcomeKind
from tidegate.channels.testing import ChannelContract, Fault
from tidegate_adapters.console import ConsoleChannel, ConsoleSettings


class TestConsoleContract(ChannelContract):
    # It has no provider: only its file can be out of reach.
    impossible = frozenset(Fault) - {Fault.UNREACHABLE}

    def setup_method(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.file = self.folder / "sent.jsonl"

    def teardown_method(self) -> None:
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()

    def make_channel(self) -> AnyChannel:
        return ConsoleChannel()

    def kind(self) -> str:
        return "sms"

    def settings(self) -> Mapping[str, object]:
        return {"file": str(self.file)}

    def address(self, number: int) -> str:
        return f"+861390000{number:04}"

    def received(self) -> Sequence[str]:
        file = self.folder / "sent.jsonl"
        return [str(record["message_id"]) for record in records(file)] if file.exists() else []

    @contextmanager
    def provoke(self, fault: Fault) -> Iterator[None]:
        assert fault is Fault.UNREACHABLE
        self.file = self.folder / "no" / "such" / "folder"
        yield
        self.file = self.folder / "sent.jsonl"


def records(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def message(number: int = 0) -> OutboundMessage:
    content = Content(text="你好\nsecond line", variables={"name": "李雷"}, provider_template="SMS_1")
    return OutboundMessage(message_id=f"m{number}", address="+8613900000000", content=content)


def test_a_line_holds_what_the_message_says(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    account = Account("a", "sms", ConsoleSettings(file=str(file)))
    said = replace(message(), expire_time=datetime(2026, 11, 28, 20, tzinfo=timezone(timedelta(hours=8))))
    asyncio.run(ConsoleChannel().send(account, [said]))
    assert records(file) == [
        {
            "kind": "sms",
            "message_id": "m0",
            "address": "+8613900000000",
            "text": "你好\nsecond line",
            "provider_template": "SMS_1",
            "variables": {"name": "李雷"},
            "expire_time": "2026-11-28T12:00:00+00:00",
        }
    ]


def test_without_a_file_it_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    (outcome,) = asyncio.run(ConsoleChannel().send(Account("a", "sms", ConsoleSettings()), [message()]))
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert json.loads(capsys.readouterr().out)["message_id"] == "m0"


def test_overlapping_batches_never_mix_lines(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    account = Account("a", "sms", ConsoleSettings(file=str(file)))

    async def overlap() -> None:
        channel = ConsoleChannel()
        batches = [[message(batch * 50 + n) for n in range(50)] for batch in range(20)]
        await asyncio.gather(*(channel.send(account, batch) for batch in batches))

    asyncio.run(overlap())
    assert sorted(str(record["message_id"]) for record in records(file)) == sorted(f"m{n}" for n in range(1000))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")  # noqa: PTH110
def test_a_full_disk_is_uncertain_since_part_of_a_line_may_be_there() -> None:
    account = Account("a", "sms", ConsoleSettings(file="/dev/full"))
    (outcome,) = asyncio.run(ConsoleChannel().send(account, [message()]))
    assert outcome.kind is OutcomeKind.UNCERTAIN


def test_address_namespaces_follow_the_kind_and_the_account() -> None:
    channel, settings = ConsoleChannel(), ConsoleSettings(appid="wx1", corpid="ww1")
    namespaces = {
        kind: channel.address_namespace(Account("a", kind, settings))
        for kind in ("sms", "email", "wechat.subscription", "wecom", "pigeon")
    }
    assert namespaces == {
        "sms": "phone",
        "email": "email",
        "wechat.subscription": "wechat.openid:wx1",
        "wecom": "wecom.external_userid:ww1",
        "pigeon": "pigeon",
    }
