"""The channel `postbox` keeps the channel contract."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest
from postbox import TOKEN, Postbox
from tidegate.channels import AnyChannel, Secret, SettingsError
from tidegate.channels.testing import ChannelContract, Fault
from tidegate_example import PostboxChannel, PostboxSettings


class TestContract(ChannelContract):
    secrets = {"postbox": TOKEN, "old": "let-me-out"}  # noqa: RUF012 - as the contract declares it

    def setup_method(self) -> None:
        self.postbox = Postbox()
        self.postbox.start()
        self.url, self.token = self.postbox.url, "postbox"

    def teardown_method(self) -> None:
        self.postbox.stop()

    def make_channel(self) -> AnyChannel:
        return PostboxChannel()

    def settings(self) -> Mapping[str, object]:
        return {"url": self.url, "token": self.token, "timeout": 1.0}

    def address(self, number: int) -> str:
        return f"name-{number}"

    def received(self) -> Sequence[str]:
        return self.postbox.taken

    @contextmanager
    def provoke(self, fault: Fault) -> Iterator[None]:
        before = self.url, self.token
        self.postbox.fault, self.postbox.unknown = fault, self.address(1)
        if fault is Fault.UNREACHABLE:
            self.url = "http://127.0.0.1:9"  # the discard port, where nobody listens
        if fault is Fault.BAD_CREDENTIALS:
            self.token = "old"
        yield
        self.url, self.token = before
        self.postbox.fault = None


def test_an_address_of_the_service_is_needed() -> None:
    with pytest.raises(SettingsError, match="url: must begin with http"):
        PostboxSettings("postbox.example.com", Secret(TOKEN))
