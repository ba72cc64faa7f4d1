"""The channel `push.apns` passes the contract, over TLS as at Apple."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from support.certificates import self_signed
from support.ports import unused_port
from tidegate.channels import AnyChannel
from tidegate.channels.testing import ChannelContract, Fault
from tidegate_adapters.apns import ApnsChannel
from tidegate_simulators.apns import ApnsSimulator
from tidegate_simulators.apns.tokens import SigningKey
from tidegate_simulators.web import Entry
from tidegate_simulators.web import Fault as Wrong


def device(number: int) -> str:
    return f"{number + 1:064x}"


FAULTS = {
    Fault.CLOSED_BEFORE_TAKING: Entry(Wrong.CLOSE_BEFORE_TAKING),
    Fault.CLOSED_AFTER_TAKING: Entry(Wrong.CLOSE_AFTER_TAKING),
    Fault.SILENT_AFTER_TAKING: Entry(Wrong.SILENT_AFTER_TAKING),
    Fault.SLOW: Entry(Wrong.SLOW),
    Fault.THROTTLING: Entry(Wrong.REFUSE, "TooManyRequests"),
    Fault.UNKNOWN_RECIPIENT: Entry(Wrong.REFUSE, "Unregistered", address=device(1)),
    Fault.REFUSED_CONTENT: Entry(Wrong.REFUSE, "PayloadTooLarge"),
    Fault.UNKNOWN_REFUSAL: Entry(Wrong.REFUSE, "TheStarsAreWrong"),
}


class TestApnsContract(ChannelContract):
    def setup_method(self) -> None:
        self.folder = TemporaryDirectory()
        self.certificate = self_signed(Path(self.folder.name) / "apple.pem")
        self.apple = ApnsSimulator(certificate=self.certificate)
        self.apple.start()
        self.given = dict(self.apple.settings)
        another = SigningKey.make("SIMKEY0002", "SIMTEAM001")
        self.secrets = {"good": self.given["key"], "bad": another.p8}
        self.key, self.base_url = "good", self.apple.url

    def teardown_method(self) -> None:
        self.apple.stop()
        self.folder.cleanup()

    def make_channel(self) -> AnyChannel:
        return ApnsChannel()

    def settings(self) -> Mapping[str, object]:
        facts = {**self.given, "base_url": self.base_url, "key": self.key}
        return {**facts, "ca_file": str(self.certificate), "timeout": 2.0, "connect_timeout": 1.0}

    def address(self, number: int) -> str:
        return device(number)

    def received(self) -> Sequence[str]:
        return [str(one.payload["message_id"]) for one in self.apple.notifications]

    @contextmanager
    def provoke(self, fault: Fault) -> Iterator[None]:
        if fault is Fault.UNREACHABLE:
            self.base_url = f"https://127.0.0.1:{unused_port()}"
        elif fault is Fault.BAD_CREDENTIALS:
            self.key = "bad"
        else:
            self.apple.script.add(FAULTS[fault])
        yield
        self.key, self.base_url = "good", self.apple.url
        self.apple.script.clear()
