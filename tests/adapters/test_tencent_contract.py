"""The channel `sms.tencent` keeps the channel contract, against the provider's simulator."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from support.cloud_contract import SmsContract, beijing, pushed
from tidegate.channels import Answered, AnyChannel, Content, Receipt, ReceiptKind
from tidegate.channels.testing import Fault, Sample
from tidegate_adapters.sms.reports import digest_of
from tidegate_adapters.tencent import TencentSmsChannel
from tidegate_adapters.tencent.codes import RECEIPTS
from tidegate_simulators.tencent import KEY, TencentSimulator


class TestTencentContract(SmsContract[TencentSimulator]):
    secrets = {"key": KEY.secret_key, "old": "wrong-horse"}  # noqa: RUF012 - as the contract declares it
    action = "SendSms"
    proof = "secret_key"
    codes = {  # noqa: RUF012 - likewise
        Fault.THROTTLING: "RequestLimitExceeded",
        Fault.UNKNOWN_RECIPIENT: "InvalidParameterValue.IncorrectPhoneNumber",
        Fault.REFUSED_CONTENT: "FailedOperation.ContainSensitiveWord",
        Fault.UNKNOWN_REFUSAL: "NeverSeen.AtAll",
    }

    def make_cloud(self) -> TencentSimulator:
        return TencentSimulator()

    def make_channel(self) -> AnyChannel:
        return TencentSmsChannel()

    def given(self) -> Mapping[str, object]:
        return {**self.cloud.settings, "secret_key": "key", "timeout": 1.0, "pulls": True}

    def content(self, number: int) -> Content:
        variables = {"1": "客户", "2": str(number % 3)}
        return Content(template="contract.v1", provider_template="1000002", variables=variables)

    def samples(self, time: datetime) -> Sequence[Sample]:
        taken = '{"result":0,"errmsg":"OK"}'
        told = {"user_receive_time": beijing(time), "nationcode": "86", "mobile": "13800000001"}
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
            Sample(callback=pushed([delivered, expired], time), reports=reports, body=taken),
            Sample(callback=pushed(said, time), reports=(answer,), body=taken),
        )
