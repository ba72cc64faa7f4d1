"""`tidegate channels`: accounts that send notifications to apps, through the whole gate to the simulated services."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.protobuf.struct_pb2 import Struct
from support.apns import device
from support.command import environment, run
from support.server import serving
from tidegate.api.delivery.v1 import channels_pb2, templates_pb2
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

    def account(self, account_id: str) -> channels_pb2.Account:
        """Its secret is the one of the account's name."""
        settings = Struct()
        settings.update({**self.simulator.settings, self.secret: account_id})
        return channels_pb2.Account(account_id=account_id, channel="push", adapter=self.adapter, settings=settings)

    def forget(self) -> None:
        """The app is gone from the device."""
        if isinstance(self.simulator, ApnsSimulator):
            self.simulator.forget(self.address)
        else:
            self.simulator.unregistered.add(self.address)


@contextmanager
def commands(folder: Path, **pushes: Push) -> Iterator[tuple[Command, DeliveryServiceStub]]:
    """`tidegate channels` against an identity and a delivery with an account for each, by its name."""
    secrets = {name: push.simulator.settings[push.secret] for name, push in pushes.items()}
    with serving(folder, "identity", "delivery", secrets=secrets) as suite:
        delivery = suite.stub("delivery", DeliveryServiceStub)
        for name, push in pushes.items():
            delivery.CreateAccount(pb.CreateAccountRequest(account=push.account(name)))
        served = suite.process.addresses.items()
        addresses = {f"TIDEGATE_{name.upper()}__ADDRESS": address for name, address in served}
        env = environment(TIDEGATE_DATA_DIR=str(folder / "data"), **addresses)

        def command(*words: str) -> tuple[int, str]:
            done = run("channels", *words, env=env)
            return done.returncode, done.stdout + done.stderr

        yield command, delivery


@contextmanager
def apns() -> Iterator[Push]:
    with ApnsSimulator() as apple:
        yield Push(apple, "push.apns", "key", device(7))


@contextmanager
def fcm() -> Iterator[Push]:
    with FcmSimulator() as google:
        yield Push(google, "push.fcm", "service_account", "device-7")


@pytest.fixture(params=[apns, fcm])
def push(request: pytest.FixtureRequest) -> Iterator[Push]:
    with request.param() as made:
        yield made


def test_a_notification_goes_through_the_gate_until_the_device_is_gone(push: Push, tmp_path: Path) -> None:
    send = ("send", "--account", "app", "--to", push.address, "--subject", "Hi", "--text", "Hello")
    with commands(tmp_path, app=push) as (command, _):
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


def test_each_device_is_reached_through_the_service_that_knows_it(tmp_path: Path) -> None:
    """Both accounts serve the same channel; whichever is named, the address says which one can send."""
    parts = {"subject": "{{ count }} left", "text": "Hurry", "badge": "{{ count }}", "thread_id": "sales", "sku": "A-1"}
    count = templates_pb2.TemplateVariable(name="count", type=templates_pb2.VARIABLE_TYPE_NUMBER)
    contents = [templates_pb2.TemplateContent(channel="push", parts=parts)]
    template = templates_pb2.Template(template_id="few", display_name="Few", contents=contents, variables=[count])
    with apns() as apple, fcm() as google, commands(tmp_path, apple=apple, google=google) as (command, delivery):
        delivery.CreateTemplate(pb.CreateTemplateRequest(template=template))
        few = ("--new-customer", "--template", "few", "--variable", "count:=3")
        for address in (f"apns.token:com.example.shop={apple.address}", f"device={google.address}"):
            for account in ("apple", "google"):
                status, said = command("send", "--account", account, "--to", address, *few)
                assert status == 0, said
    (shown, _), (told, _) = apple.simulator.notifications, google.simulator.messages  # type: ignore[union-attr]
    assert shown.payload["aps"] == {"alert": {"title": "3 left", "body": "Hurry"}, "badge": 3, "thread-id": "sales"}
    assert shown.payload["sku"] == told["data"]["sku"] == "A-1"
    assert shown.headers["apns-id"] == shown.payload["message_id"]
    ends = [int(headers["apns-expiration"]) for headers in (shown.headers, told["apns"]["headers"])]
    assert min(ends) > datetime.now(UTC).timestamp()
    assert max(ends) - min(ends) < 60  # the class's default, from when each was accepted
    assert told["notification"] == {"title": "3 left", "body": "Hurry"}
