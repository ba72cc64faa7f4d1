"""The channels of WeChat keep the channel contract, against the simulated platform."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from support import letters
from support.cloud_contract import LettersContract, TextsContract
from tidegate.channels import (
    AnyChannel,
    Callback,
    Content,
    Granted,
    Happened,
    Receipt,
    ReceiptKind,
    Report,
    Trigger,
    WindowOpened,
)
from tidegate.channels.testing import Fault, Sample
from tidegate_adapters.wechat import ServiceChannel, SubscriptionChannel, TemplateChannel
from tidegate_adapters.wechat.events import occurrence_of, reports_of
from tidegate_adapters.weixin.documents import read_document
from tidegate_simulators.wechat import WeChatSimulator

APPID = "wx0123456789abcdef"


class WechatContract(LettersContract[WeChatSimulator]):
    proof = "app_secret"
    codes = {  # noqa: RUF012 - as the contract declares it
        Fault.THROTTLING: "45011",
        Fault.UNKNOWN_RECIPIENT: "40003",
        Fault.REFUSED_CONTENT: "45168",
        Fault.UNKNOWN_REFUSAL: "99999",
    }
    mini_program = True

    def make_cloud(self) -> WeChatSimulator:
        cloud = WeChatSimulator()
        self.audience = cloud.add_account(APPID, "correct-horse", mini_program=self.mini_program)
        return cloud

    def given(self) -> Mapping[str, object]:
        return {**super().given(), "appid": APPID}

    def address(self, number: int) -> str:
        return f"oContract-{number:04}-abcdef"

    def forged(self, time: datetime) -> Sequence[Callback]:
        good = letters.safe(letters.xml(self.event(time, Event="CLICK", EventKey="k")), APPID, time)
        other = letters.safe(letters.xml(self.event(time, Event="CLICK", EventKey="x")), APPID, time)
        return [
            letters.safe(letters.xml(self.event(time, Event="CLICK", EventKey="k")), APPID, time, token="another"),
            letters.safe(letters.xml(self.event(time, Event="CLICK", EventKey="k")), "wx-another", time),
            letters.plain(letters.xml(self.event(time, Event="CLICK", EventKey="k")), time),
            replace(good, body=other.body),
            replace(good, query={**good.query, "msg_signature": good.query["signature"]}),
            replace(letters.echo(time), query={"echostr": "1"}),
        ]

    def event(self, time: datetime, **said: Any) -> dict[str, Any]:
        made = int(time.timestamp())
        head = {"ToUserName": "gh_1", "FromUserName": self.address(0), "CreateTime": made, "MsgType": "event"}
        return {**head, **said}

    def delivered(self, time: datetime, provider_id: str) -> Receipt:
        return Receipt(kind=ReceiptKind.DELIVERED, time=time, provider_id=provider_id, address=self.address(0))

    def samples(self, time: datetime) -> Sequence[Sample]:
        click = self.event(time, Event="CLICK", EventKey="orders")
        window = WindowOpened(report_id="", address=self.address(0), trigger=Trigger.MENU_CLICK, time=time)
        clicked = Happened(
            report_id="",
            name="wechat_menu_clicked",
            identifiers=((f"wechat.openid:{APPID}", self.address(0)),),
            properties={"menu_key": "orders"},
            time=time,
        )
        nothing = letters.safe(letters.xml(self.event(time, Event="wxa_privacy_apply")), APPID, time)
        return [
            Sample(callback=letters.echo(time, "4711"), is_kept=False, body="4711"),
            Sample(callback=nothing, is_kept=False, body="success"),
            sample(time, click, window, clicked),
            *self.further_samples(time),
        ]

    def further_samples(self, time: datetime) -> Sequence[Sample]:
        return ()


def sample(time: datetime, document: dict[str, Any], *reports: Report, as_json: bool = False) -> Sample:
    """A callback and what it says; the ids of its reports are those that the adapter gives."""
    text = json.dumps(document).encode() if as_json else letters.xml(document)
    read = reports_of(occurrence_of(APPID, read_document(text), time))
    told = [
        one if isinstance(one, Receipt) else replace(one, report_id=getattr(known, "report_id", ""))
        for one, known in zip(reports, read, strict=True)
    ]
    return Sample(callback=letters.safe(text, APPID, time, as_json=as_json), reports=told, body="success")


class TestSubscriptionContract(WechatContract):
    action = "message/subscribe/send"

    def prepare(self) -> None:
        self.audience.account.add_template("T1", ["thing1", "time2"])
        self.audience.account.everyone = True
        self.audience.account.credits_at_first = 1

    def make_channel(self) -> AnyChannel:
        return SubscriptionChannel()

    def content(self, number: int) -> Content:
        variables = {"thing1": f"contract-{number}", "time2": "15:01"}
        return Content(template="t@1", provider_template="T1", variables=variables, link="pages/order")

    def received(self) -> Sequence[str]:
        return [sent.body["data"]["thing1"]["value"] for sent in self.cloud.received]

    def further_samples(self, time: datetime) -> Sequence[Sample]:
        def asked(template: str, said: str) -> dict[str, Any]:
            answer = {"TemplateId": template, "SubscribeStatusString": said, "PopupScene": "0"}
            listed = {"List": answer}
            xml = {"SubscribeMsgPopupEvent": listed}
            return self.event(time, Event="subscribe_msg_popup_event", **(xml if said == "accept" else listed))

        def granted(template: str, number: int) -> Granted:
            return Granted(report_id="", address=self.address(0), provider_template=template, credits=number, time=time)

        taken_back = {"TemplateId": "T2", "SubscribeStatusString": "reject"}
        cancelled = self.event(time, Event="subscribe_msg_change_event", List=taken_back)
        item = {"TemplateId": "T1", "MsgID": "300", "ErrorCode": "0", "ErrorStatus": "success"}
        sent = self.event(time, Event="subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": item})
        return [
            sample(time, asked("T1", "accept"), granted("T1", 1)),
            replace(sample(time, asked("T2", "reject"), as_json=True), is_kept=False),
            sample(time, cancelled, granted("T2", 0), as_json=True),
            sample(time, sent, replace(self.delivered(time, "300"), provider_template="T1")),
        ]


class TestTemplateContract(WechatContract):
    action = "message/template/send"
    mini_program = False

    def prepare(self) -> None:
        self.audience.account.add_template("T1", ["thing1", "time2"])
        self.audience.account.everyone = True

    def make_channel(self) -> AnyChannel:
        return TemplateChannel()

    def content(self, number: int) -> Content:
        variables = {"thing1": f"contract-{number}", "time2": "15:01"}
        return Content(template="t@1", provider_template="T1", variables=variables, link="https://shop.example.com")

    def received(self) -> Sequence[str]:
        return [sent.body["data"]["thing1"]["value"] for sent in self.cloud.received]

    def further_samples(self, time: datetime) -> Sequence[Sample]:
        finished = self.event(time, Event="TEMPLATESENDJOBFINISH", MsgID=200163836, Status="success")
        return [sample(time, finished, self.delivered(time, "200163836"))]


class TestServiceContract(TextsContract[WeChatSimulator], WechatContract):
    action = "message/custom/send"

    def prepare(self) -> None:
        for number in range(201):
            self.audience.says(self.address(number), "hello")

    def make_channel(self) -> AnyChannel:
        return ServiceChannel()

    def further_samples(self, time: datetime) -> Sequence[Sample]:
        message = self.event(time, MsgType="text", MsgId=77, Content="where is my order")
        window = WindowOpened(report_id="", address=self.address(0), trigger=Trigger.MESSAGE, time=time)
        happened = Happened(
            report_id="",
            name="wechat_message",
            identifiers=((f"wechat.openid:{APPID}", self.address(0)),),
            properties={"message_type": "text"},
            time=time,
        )
        return [sample(time, message, window, happened)]
