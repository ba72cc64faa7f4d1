"""The channel `sms.aliyun` keeps the channel contract, against the provider's simulator."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from support.cloud_contract import SmsContract, beijing, pushed
from tidegate.channels import Answered, AnyChannel, Content, Outcome, Receipt, ReceiptKind
from tidegate.channels.testing import Fault, Sample
from tidegate_adapters.aliyun import AliyunSmsChannel
from tidegate_adapters.aliyun.codes import RECEIPTS
from tidegate_simulators.aliyun import KEY, SIGN, AliyunSimulator


class TestAliyunContract(SmsContract[AliyunSimulator]):
    secrets = {"key": KEY.secret, "old": "wrong-horse"}  # noqa: RUF012 - as the contract declares it
    proof = "access_key_secret"
    codes = {  # noqa: RUF012 - likewise
        Fault.THROTTLING: "Throttling.User",
        Fault.UNKNOWN_RECIPIENT: "isv.MOBILE_NUMBER_ILLEGAL",
        Fault.REFUSED_CONTENT: "isv.BLACK_KEY_CONTROL_LIMIT",
        Fault.UNKNOWN_REFUSAL: "isv.NEVER_SEEN",
    }

    def make_cloud(self) -> AliyunSimulator:
        return AliyunSimulator()

    def make_channel(self) -> AnyChannel:
        return AliyunSmsChannel()

    def given(self) -> Mapping[str, object]:
        return {"access_key_id": KEY.key_id, "access_key_secret": "key", "sign_name": SIGN}

    def content(self, number: int) -> Content:
        variables = {"name": f"客户{number}", "order": str(number)}
        return Content(template="contract.v1", provider_template="SMS_100000002", variables=variables)

    def samples(self, time: datetime) -> Sequence[Sample]:
        taken = '{"code":0,"msg":"接收成功"}'
        told = {
            "phone_number": "13800000001",
            "send_time": beijing(time),
            "report_time": beijing(time),
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
        answered = {"phone_number": "13800000001", "send_time": beijing(time), "content": "TD", "sequence_id": 7}
        address, call = self.address(1), "900619746936498440^0"
        refusal: Outcome = RECEIPTS.outcome("MOBILE_IN_BLACK", "手机号在黑名单")
        reports = (
            Receipt(kind=ReceiptKind.DELIVERED, time=time, message_id="contract-1", provider_id=call, address=address),
            Receipt(kind=ReceiptKind.BOUNCED, time=time, provider_id=call, address=address, outcome=refusal),
        )
        answer = Answered(report_id="answer 7", address=address, text="TD", is_refusal=True, time=time)
        return (
            Sample(callback=pushed([delivered, black], time), reports=reports, body=taken),
            Sample(callback=pushed([answered], time), reports=(answer,), body=taken),
        )
