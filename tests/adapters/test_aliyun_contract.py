"""The channel `sms.aliyun` keeps the channel contract, against the provider's simulator."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

from support.provider import unused_port
from tidegate.channels import Answered, AnyChannel, Callback, Content, Outcome, Receipt, ReceiptKind
from tidegate.channels.testing import ChannelContract, Fault, Sample
from tidegate_adapters.aliyun import AliyunSmsChannel
from tidegate_adapters.aliyun.codes import RECEIPTS
from tidegate_simulators.aliyun import KEY, SIGN, AliyunSimulator
from tidegate_simulators.web import Entry
from tidegate_simulators.web import Fault as Wrong

BEIJING = timezone(timedelta(hours=8))
ENTRIES = {
    Fault.CLOSED_BEFORE_TAKING: Entry(Wrong.CLOSE_BEFORE_TAKING),
    Fault.CLOSED_AFTER_TAKING: Entry(Wrong.CLOSE_AFTER_TAKING),
    Fault.SILENT_AFTER_TAKING: Entry(Wrong.SILENT_AFTER_TAKING),
    Fault.SLOW: Entry(Wrong.SLOW),
    Fault.THROTTLING: Entry(Wrong.REFUSE, code="Throttling.User"),
    Fault.REFUSED_CONTENT: Entry(Wrong.REFUSE, code="isv.BLACK_KEY_CONTROL_LIMIT"),
    Fault.UNKNOWN_REFUSAL: Entry(Wrong.REFUSE, code="isv.NEVER_SEEN"),
}


class TestAliyunContract(ChannelContract):
    secrets = {"key": KEY.secret, "old": "wrong-horse"}  # noqa: RUF012 - as the contract declares it

    def setup_method(self) -> None:
        self.cloud = AliyunSimulator()
        self.cloud.start()
        self.changed: dict[str, object] = {}

    def teardown_method(self) -> None:
        self.cloud.stop()

    def make_channel(self) -> AnyChannel:
        return AliyunSmsChannel()

    def settings(self) -> Mapping[str, object]:
        return {
            "access_key_id": KEY.key_id,
            "access_key_secret": "key",
            "sign_name": SIGN,
            "endpoint": self.cloud.url,
            "timeout": 1.0,
            **self.changed,
        }

    def address(self, number: int) -> str:
        return f"+86138{number:08d}"

    def content(self, number: int) -> Content:
        variables = {"name": f"客户{number}", "order": str(number)}
        return Content(template="contract.v1", provider_template="SMS_100000002", variables=variables)

    def received(self) -> Sequence[str]:
        return [f"contract-{int(number[6:])}" for number, several in self.cloud.received.items() for _ in several]

    @contextmanager
    def provoke(self, fault: Fault) -> Iterator[None]:
        if fault is Fault.UNREACHABLE:
            self.changed = {"endpoint": f"http://127.0.0.1:{unused_port()}"}
        elif fault is Fault.BAD_CREDENTIALS:
            self.changed = {"access_key_secret": "old"}
        elif fault is Fault.UNKNOWN_RECIPIENT:
            self.cloud.script.add(Entry(Wrong.REFUSE, code="isv.MOBILE_NUMBER_ILLEGAL", address=self.address(1)))
        else:
            self.cloud.script.add(ENTRIES[fault])
        yield
        self.changed = {}
        self.cloud.script.clear()

    def samples(self, time: datetime) -> Sequence[Sample]:
        taken = '{"code":0,"msg":"接收成功"}'
        told = {
            "phone_number": "13800000001",
            "send_time": _beijing(time),
            "report_time": _beijing(time),
            "sms_size": "1",
            "biz_id": "900619746936498440^0",
        }
        delivered = {**told, "success": True, "err_code": "DELIVERED", "err_msg": "", "out_id": "contract-1"}
        black = {
            **told,
            "success": False,
            "err_code": "MOBILE_IN_BLACK",
            "err_msg": "手机号在黑名单",
            "out_id": "~AAAA",
        }
        answered = {"phone_number": "13800000001", "send_time": _beijing(time), "content": "TD", "sequence_id": 7}
        address, call = self.address(1), "900619746936498440^0"
        refusal: Outcome = RECEIPTS.outcome("MOBILE_IN_BLACK", "手机号在黑名单")
        reports = (
            Receipt(kind=ReceiptKind.DELIVERED, time=time, message_id="contract-1", provider_id=call, address=address),
            Receipt(kind=ReceiptKind.BOUNCED, time=time, provider_id=call, address=address, outcome=refusal),
        )
        answer = Answered(report_id="answer 7", address=address, text="TD", is_refusal=True, time=time)
        return (
            Sample(callback=_push([delivered, black], time), reports=reports, body=taken),
            Sample(callback=_push([answered], time), reports=(answer,), body=taken),
        )


def _beijing(time: datetime) -> str:
    return time.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def _push(items: Sequence[Mapping[str, Any]], time: datetime) -> Callback:
    body = json.dumps(items, ensure_ascii=False).encode()
    return Callback(method="POST", headers={"content-type": "application/json"}, body=body, time=time)
