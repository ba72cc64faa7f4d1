"""The channel `sms.tencent` keeps the channel contract, against the provider's simulator."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

from support.provider import unused_port
from tidegate.channels import Answered, AnyChannel, Callback, Content, Receipt, ReceiptKind
from tidegate.channels.testing import ChannelContract, Fault, Sample
from tidegate_adapters.sms.reports import digest_of
from tidegate_adapters.tencent import TencentSmsChannel
from tidegate_adapters.tencent.codes import RECEIPTS
from tidegate_simulators.tencent import KEY, TencentSimulator
from tidegate_simulators.web import Entry
from tidegate_simulators.web import Fault as Wrong

BEIJING = timezone(timedelta(hours=8))
ENTRIES = {
    Fault.CLOSED_BEFORE_TAKING: Entry(Wrong.CLOSE_BEFORE_TAKING),
    Fault.CLOSED_AFTER_TAKING: Entry(Wrong.CLOSE_AFTER_TAKING),
    Fault.SILENT_AFTER_TAKING: Entry(Wrong.SILENT_AFTER_TAKING),
    Fault.SLOW: Entry(Wrong.SLOW),
    Fault.THROTTLING: Entry(Wrong.REFUSE, code="RequestLimitExceeded"),
    Fault.REFUSED_CONTENT: Entry(Wrong.REFUSE, code="FailedOperation.ContainSensitiveWord"),
    Fault.UNKNOWN_REFUSAL: Entry(Wrong.REFUSE, code="NeverSeen.AtAll"),
}


class TestTencentContract(ChannelContract):
    secrets = {"key": KEY.secret_key, "old": "wrong-horse"}  # noqa: RUF012 - as the contract declares it

    def setup_method(self) -> None:
        self.cloud = TencentSimulator()
        self.cloud.start()
        self.changed: dict[str, object] = {}

    def teardown_method(self) -> None:
        self.cloud.stop()

    def make_channel(self) -> AnyChannel:
        return TencentSmsChannel()

    def settings(self) -> Mapping[str, object]:
        given = {**self.cloud.settings, "secret_key": "key", "timeout": 1.0, "pulls": True}
        return {**given, **self.changed}

    def address(self, number: int) -> str:
        return f"+86138{number:08d}"

    def content(self, number: int) -> Content:
        variables = {"1": "客户", "2": str(number % 3)}
        return Content(template="contract.v1", provider_template="1000002", variables=variables)

    def received(self) -> Sequence[str]:
        return [f"contract-{int(number[6:])}" for number, several in self.cloud.received.items() for _ in several]

    @contextmanager
    def provoke(self, fault: Fault) -> Iterator[None]:
        if fault is Fault.UNREACHABLE:
            self.changed = {"endpoint": f"http://127.0.0.1:{unused_port()}"}
        elif fault is Fault.BAD_CREDENTIALS:
            self.changed = {"secret_key": "old"}
        elif fault is Fault.UNKNOWN_RECIPIENT:
            code, address = "InvalidParameterValue.IncorrectPhoneNumber", self.address(1)
            self.cloud.script.add(Entry(Wrong.REFUSE, code=code, action="SendSms", address=address))
        else:
            self.cloud.script.add(ENTRIES[fault])
        yield
        self.changed = {}
        self.cloud.script.clear()

    def samples(self, time: datetime) -> Sequence[Sample]:
        taken = '{"result":0,"errmsg":"OK"}'
        told = {"user_receive_time": _beijing(time), "nationcode": "86", "mobile": "13800000001"}
        delivered = {**told, "report_status": "SUCCESS", "errmsg": "DELIVRD", "description": "送达", "sid": "5000:1"}
        expired = {**told, "report_status": "FAIL", "errmsg": "EXPIRED", "description": "超时", "sid": "5000:2"}
        said = {"mobile": "13800000001", "nationcode": "86", "text": "T", "time": int(time.timestamp())}
        reports = (
            Receipt(kind=ReceiptKind.DELIVERED, time=time, provider_id="5000:1"),
            Receipt(
                kind=ReceiptKind.BOUNCED,
                time=time,
                provider_id="5000:2",
                outcome=RECEIPTS.outcome("EXPIRED", "超时"),
            ),
        )
        answer = Answered(
            report_id=f"answer {digest_of(said)}", address=self.address(1), text="T", is_refusal=True, time=time
        )
        return (
            Sample(callback=_push([delivered, expired], time), reports=reports, body=taken),
            Sample(callback=_push(said, time), reports=(answer,), body=taken),
        )


def _beijing(time: datetime) -> str:
    return time.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def _push(told: Any, time: datetime) -> Callback:
    return Callback(method="POST", body=json.dumps(told, ensure_ascii=False).encode(), time=time)
