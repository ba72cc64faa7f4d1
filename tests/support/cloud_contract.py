"""The channel contract against a provider's simulator over HTTP: what goes wrong there, and settings that change."""

import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from tidegate.channels import Callback, Content
from tidegate.channels.allowances import PLATFORM_ZONE
from tidegate.channels.testing import ChannelContract, Fault
from tidegate_adapters.weixin.callbacks import BELIEVED_FOR
from tidegate_simulators import web

from support import letters
from support.ports import unused_port

_WRONG = {
    Fault.CLOSED_BEFORE_TAKING: web.Fault.CLOSE_BEFORE_TAKING,
    Fault.CLOSED_AFTER_TAKING: web.Fault.CLOSE_AFTER_TAKING,
    Fault.SILENT_AFTER_TAKING: web.Fault.SILENT_AFTER_TAKING,
    Fault.SLOW: web.Fault.SLOW,
}


class Cloud(Protocol):
    """A simulator."""

    @property
    def url(self) -> str: ...
    @property
    def script(self) -> web.Script: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


CloudT = TypeVar("CloudT", bound=Cloud)


class CloudContract(ChannelContract, Generic[CloudT]):
    """Runs a simulator for each test.

    Attributes:
        action: The provider's name of the call that sends; "" = all calls.
        codes: By which it refuses a call.
        where: The setting that says where the provider is.
        proof: The setting that is wrong with bad credentials: it names the secret `old` then.
    """

    action = ""
    codes: Mapping[Fault, str] = {}
    where = "base_url"
    proof = ""

    @abstractmethod
    def make_cloud(self) -> CloudT:
        """The simulator, which is not started."""

    @abstractmethod
    def given(self) -> Mapping[str, object]:
        """The account's settings, beside where the provider is."""

    def prepare(self) -> None:
        """Have the platform know whom and what we write to."""

    def setup_method(self) -> None:
        self.cloud = self.make_cloud()
        self.cloud.start()
        self.changed: dict[str, object] = {}
        self.prepare()

    def teardown_method(self) -> None:
        self.cloud.stop()

    def settings(self) -> Mapping[str, object]:
        return {self.where: self.cloud.url, "timeout": 1.0, **self.given(), **self.changed}

    @contextmanager
    def provoke(self, fault: Fault) -> Iterator[None]:
        if fault is Fault.UNREACHABLE:
            self.changed = {self.where: f"http://127.0.0.1:{unused_port()}"}
        elif fault is Fault.BAD_CREDENTIALS:
            self.changed = {self.proof: "old"}
        elif fault is Fault.UNKNOWN_RECIPIENT:
            self.forget(self.address(1))
        else:
            kind = _WRONG.get(fault, web.Fault.REFUSE)
            self.cloud.script.add(web.Entry(kind, code=self.codes.get(fault, ""), action=self.action))
        yield
        self.changed = {}
        self.cloud.script.clear()

    def forget(self, address: str) -> None:
        """Have nobody be at an address."""
        code = self.codes.get(Fault.UNKNOWN_RECIPIENT, "")
        self.cloud.script.add(web.Entry(web.Fault.REFUSE, code=code, action=self.action, address=address))


class LettersContract(CloudContract[CloudT]):
    """Accounts whose callbacks are sealed as WeChat and WeCom do it."""

    secrets = {  # noqa: RUF012 - as the contract declares it
        "app": "correct-horse",
        "old": "wrong-horse",
        "token": letters.TOKEN,
        "key": letters.KEY,
    }
    believed_for = BELIEVED_FOR

    def given(self) -> Mapping[str, object]:
        return {self.proof: "app", "callback_token": "token", "encoding_aes_key": "key"}


class TextsContract(CloudContract[CloudT]):
    """Texts that say which message they are."""

    def content(self, number: int) -> Content:
        return Content(template="t@1", text=f"contract-{number}")

    def received(self) -> Sequence[str]:
        return [sent.body["text"]["content"] for sent in getattr(self.cloud, "received", ())]


class SmsContract(CloudContract[CloudT]):
    """Mainland numbers, at a provider that keeps texts by number."""

    where = "endpoint"

    def address(self, number: int) -> str:
        return f"+86138{number:08d}"

    def received(self) -> Sequence[str]:
        texts: Mapping[str, Sequence[object]] = getattr(self.cloud, "received", {})
        return [f"contract-{int(number[6:])}" for number, several in texts.items() for _ in several]


def beijing(time: datetime) -> str:
    """A time as providers of China write it."""
    return time.astimezone(PLATFORM_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def pushed(told: Any, time: datetime) -> Callback:
    """A push of JSON."""
    body = json.dumps(told, ensure_ascii=False).encode()
    return Callback(method="POST", headers={"content-type": "application/json"}, body=body, time=time)
