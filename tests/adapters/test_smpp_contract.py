"""The channel `sms.smpp` keeps the channel contract, over real sockets."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from support.ports import unused_port
from support.smsc import Does, Smsc
from tidegate.channels import AnyChannel, Content
from tidegate.channels.testing import ChannelContract, Fault
from tidegate_adapters.smpp import SmppChannel

DOES = {
    Fault.CLOSED_BEFORE_TAKING: Does(close_before=True),
    Fault.CLOSED_AFTER_TAKING: Does(close_after=True),
    Fault.SILENT_AFTER_TAKING: Does(silent=True),
    Fault.SLOW: Does(delay=0.25),
    Fault.THROTTLING: Does(status=88),
    Fault.UNKNOWN_REFUSAL: Does(status=0x400),
}


class TestSmppContract(ChannelContract):
    secrets = {"word": "correct", "old": "wrong"}  # noqa: RUF012 - as the contract declares it
    impossible = frozenset({Fault.REFUSED_CONTENT})  # SMPP 3.4 has no status that speaks of a text

    def setup_method(self) -> None:
        self.smsc = Smsc("correct")
        self.smsc.__enter__()
        self.changed: dict[str, object] = {}

    def teardown_method(self) -> None:
        self.smsc.__exit__()

    def make_channel(self) -> AnyChannel:
        return SmppChannel()

    def settings(self) -> Mapping[str, object]:
        given = {"host": "127.0.0.1", "port": self.smsc.port, "system_id": "tide", "password": "word"}
        return {**given, "sender": "10690000", "timeout": 0.5, **self.changed}

    def address(self, number: int) -> str:
        return f"+86138{number:08d}"

    def content(self, number: int) -> Content:
        return Content(template="contract.v1", text=f"Message {number}.")

    def received(self) -> Sequence[str]:
        return [f"contract-{int(number[5:])}" for number, _ in self.smsc.taken]

    @contextmanager
    def provoke(self, fault: Fault) -> Iterator[None]:
        if fault is Fault.UNREACHABLE:
            self.changed = {"port": unused_port()}
        elif fault is Fault.BAD_CREDENTIALS:
            self.changed = {"password": "old"}
        elif fault is Fault.UNKNOWN_RECIPIENT:
            nobody = self.address(1).removeprefix("+")
            self.smsc.does = lambda sm: Does(status=11 if sm.destination.number == nobody else 0)
        else:
            self.smsc.does = lambda _: DOES[fault]
        yield
        self.changed = {}
        self.smsc.does = lambda _: Does()
