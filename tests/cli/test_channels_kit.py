"""`tidegate channels`: what authors of adapters use beside the contract."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from support.command import environment, run
from support.server import Suite, serving
from tidegate.api.delivery.v1 import channels_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.channels import Account, Channel, Kind, Manifest, OutboundMessage, Outcome, Receipts, Registry, setting
from tidegate.cli.channels.checking import problems
from tidegate_simulators.mail import MailSink


@dataclass(frozen=True, slots=True)
class OddSettings:
    told: str = setting("What it is", default="")
    untold: str = setting("", default="")


class OddChannel(Channel[OddSettings]):
    manifest = Manifest(
        name="odd",
        kinds=(Kind("odd", namespace="odd.name:{corpid}:{told}"),),
        receipts=Receipts.POLL | Receipts.PUSH,
        staff_confirmed=True,
    )
    settings_type = OddSettings

    async def send(self, account: Account[OddSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        return []

    async def collect(self, account: Account[OddSettings]) -> Sequence[Any]:
        return []


def test_what_a_channel_says_of_itself_is_held_against_what_it_has() -> None:
    assert list(problems(OddChannel())) == [
        "its manifest has no title; say in a line what it is",
        "setting untold has no description",
        "kind odd: its namespace names {corpid}, and there is no such setting",
        "its manifest says Receipts.POLL, and it has no query()",
        "it has collect(), which nobody calls: its manifest does not say Receipts.COLLECT",
        "its manifest says Receipts.PUSH, and it has no answer()",
        "its manifest says Receipts.PUSH, and it has no read()",
        "its manifest says staff_confirmed, and it has no withdraw()",
    ]


@pytest.mark.parametrize("name", sorted(Registry.load().channels))
def test_channels_in_the_box_are_as_they_say(name: str) -> None:
    assert list(problems(Registry.load().channel(name))) == []


def test_an_account_is_tested_by_a_file_of_its_settings(tmp_path: Path) -> None:
    file = tmp_path / "relay.toml"
    env = environment(TIDEGATE_DATA_DIR=str(tmp_path), TIDEGATE_SECRETS__RELAY="correct-horse")

    def check(**settings: object) -> tuple[int, str]:
        file.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items()))
        done = run("channels", "check", "email", "--settings", str(file), env=env)
        return done.returncode, done.stdout

    with MailSink(credentials=("tidegate", "correct-horse")) as sink:
        good: dict[str, object] = {
            "host": sink.host, "port": sink.port, "security": "none", "sender": "news@example.com",
            "username": "tidegate", "password": "relay",
        }  # fmt: skip
        assert check(**good) == (0, "ok  email\nok  an account of email: accepted, the relay lets us in\n")
        status, said = check(**{**good, "username": "somebody"})
        assert (status, said.splitlines()[1]) == (1, "!!  an account of email")
        assert "auth_error, 535" in said
        status, said = check(**{**good, "password": "correct-horse", "sender": "nobody"})
        assert status == 1
        assert "password: names no secret that is known" in said
        assert sink.mails == []
    unknown = run("channels", "check", "pigeon", env=env)
    assert unknown.returncode == 2
    assert "there is no channel and no adapter 'pigeon'; installed are" in unknown.stderr


@pytest.fixture
def suite(tmp_path: Path) -> Iterator[Suite]:
    """identity and delivery with an account that writes e-mails to a file."""
    with serving(tmp_path, "identity", "delivery") as suite:
        settings = Struct()
        settings.update({"file": str(tmp_path / "mails.jsonl")})
        account = channels_pb2.Account(account_id="letters", channel="email", adapter="console", settings=settings)
        suite.stub("delivery", DeliveryServiceStub).CreateAccount(pb.CreateAccountRequest(account=account))
        yield suite


def test_a_message_goes_through_the_gate_and_what_became_of_it_is_told(suite: Suite, tmp_path: Path) -> None:
    addresses = {
        f"TIDEGATE_{service.upper()}__ADDRESS": suite.process.addresses[service] for service in ("identity", "delivery")
    }
    env = environment(TIDEGATE_DATA_DIR=str(tmp_path / "data"), **addresses)
    mails = tmp_path / "mails.jsonl"

    def send(*arguments: str) -> tuple[int, str]:
        done = run("channels", "send", "--account", "letters", *arguments, env=env)
        return done.returncode, done.stdout + done.stderr

    tested = run("channels", "check", "console", "--account", "letters", env=env)
    assert (tested.returncode, tested.stdout) == (0, "ok  console\nok  account letters: accepted, can be written\n")
    to = ("--to", "li.lei@example.org", "--text", "Hello {{ there }}", "--subject", "Hi")
    status, said = send(*to)
    assert (status, "li.lei" in said) == (1, False)
    assert "there is no customer with this email; --new-customer makes one" in said
    status, said = send(*to, "--new-customer")
    assert (status, said.split(": ")[1].split("\n")[0]) == (0, "sent"), said
    assert "call 1 through letters: accepted, " in said
    (mail,) = map(json.loads, mails.read_text().splitlines())
    assert (mail["address"], mail["subject"], mail["text"]) == ("li.lei@example.org", "Hi", "Hello {{ there }}")
    status, said = send("--to", "email=li.lei@EXAMPLE.org", "--text", "Sale", "--as", "marketing")
    assert status == 1
    assert ": dropped\n" in said
    assert "consent" in said
    assert len(mails.read_text().splitlines()) == 1
    status, said = send("--to", "li.lei@example.org", "--template", "nothing")
    assert (status, "nothing" in said) == (1, True)
    status, said = send("--to", "li.lei@example.org")
    assert (status, "give either --template or --text" in said) == (2, True)
    assert run("channels", "send", "--account", "none", *to, env=env).returncode == 3
