"""`tidegate channels`: accounts that send notifications to apps, through the whole gate to the simulated services."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from google.protobuf.struct_pb2 import Struct
from support.apns import device
from support.command import environment, run
from support.server import serving
from tidegate.api.delivery.v1 import channels_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate_simulators.apns import ApnsSimulator
from tidegate_simulators.fcm import FcmSimulator

Command = Callable[..., tuple[int, str]]


@dataclass(frozen=True)
class Push:
    """A simulated service, the channel that sends through it, which setting is the secret, and an address."""

    simulator: ApnsSimulator | FcmSimulator
    adapter: str
    secret: str
    address: str
    namespace: str

    def forget(self) -> None:
        if isinstance(self.simulator, ApnsSimulator):
            self.simulator.forget(self.address)
        else:
            self.simulator.unregistered.add(self.address)


@contextmanager
def commands(push: Push, folder: Path) -> Iterator[Command]:
    """`tidegate channels` against an identity and a delivery with the account `app`."""
    facts = dict(push.simulator.settings)
    secrets = {"key": facts[push.secret]}
    with serving(folder, "identity", "delivery", secrets=secrets) as suite:
        settings = Struct()
        settings.update({**facts, push.secret: "key"})
        account = channels_pb2.Account(account_id="app", channel="push", adapter=push.adapter, settings=settings)
        suite.stub("delivery", DeliveryServiceStub).CreateAccount(pb.CreateAccountRequest(account=account))
        addresses = {
            f"TIDEGATE_{name.upper()}__ADDRESS": suite.process.addresses[name] for name in suite.process.addresses
        }
        env = environment(TIDEGATE_DATA_DIR=str(folder / "data"), **addresses)

        def command(*words: str) -> tuple[int, str]:
            done = run("channels", *words, env=env)
            return done.returncode, done.stdout + done.stderr

        yield command


@pytest.fixture(params=["apns", "fcm"])
def push(request: pytest.FixtureRequest) -> Iterator[Push]:
    if request.param == "apns":
        with ApnsSimulator() as apple:
            yield Push(apple, "push.apns", "key", device(7), "apns.token:com.example.shop")
    else:
        with FcmSimulator() as google:
            yield Push(google, "push.fcm", "service_account", "device-7", "device")


def test_a_notification_goes_through_the_gate_until_the_device_is_gone(push: Push, tmp_path: Path) -> None:
    send = ("send", "--account", "app", "--to", push.address, "--subject", "Hi", "--text", "Hello")
    with commands(push, tmp_path) as command:
        status, said = command("check", push.adapter, "--account", "app")
        assert (status, "account app: accepted" in said) == (0, True), said
        assert push.simulator.taken == 0
        status, said = command(*send, "--new-customer")
        assert (status, "call 1 through app: accepted" in said) == (0, True), said
        assert push.simulator.taken == 1
        push.forget()
        status, said = command(*send[:-1], "Hello again")
        assert (status, "invalid_recipient" in said) == (1, True), said
        status, said = command(*send[:-1], "Hello once more")
        assert (status, "suppressed" in said.lower()) == (1, True), said
        assert push.simulator.taken == 1
