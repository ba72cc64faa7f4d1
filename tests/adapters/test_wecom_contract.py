"""The channels of WeCom keep the channel contract, against the simulated platform."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support import letters
from support.cloud_contract import LettersContract, TextsContract
from tidegate.channels import (
    AnyChannel,
    Callback,
    ContactWay,
    Content,
    Happened,
    Outcome,
    OutcomeKind,
    ReceiptKind,
)
from tidegate.channels.testing import Fault, Sample
from tidegate_adapters.wecom import CustomerChannel, RobotChannel, StaffChannel, WelcomeChannel
from tidegate_adapters.wecom.events import known_by, report_of
from tidegate_adapters.weixin.documents import read_document
from tidegate_simulators import web
from tidegate_simulators.wecom import WeComSimulator

CORPID = "ww0123456789abcdef"

CODES = {Fault.THROTTLING: "45009", Fault.REFUSED_CONTENT: "40201", Fault.UNKNOWN_REFUSAL: "99999"}


class WecomContract(TextsContract[WeComSimulator], LettersContract[WeComSimulator]):
    proof = "corp_secret"
    codes = CODES

    def make_cloud(self) -> WeComSimulator:
        cloud = WeComSimulator(dispatch_seconds=0.0)
        self.company = cloud.add_corp(CORPID)
        self.company.corp.add_app("correct-horse", agent_id=7, contacts=True)
        return cloud

    def given(self) -> Mapping[str, object]:
        return {**super().given(), "corpid": CORPID}

    def change(self, time: datetime, kind: str, **said: str) -> dict[str, Any]:
        head = {"ToUserName": CORPID, "FromUserName": "sys", "CreateTime": int(time.timestamp()), "MsgType": "event"}
        event = {
            "Event": "change_external_contact",
            "ChangeType": kind,
            "UserID": "zhangsan",
            "ExternalUserID": "wm-77",
        }
        return {**head, **event, **said}

    def samples(self, time: datetime) -> Sequence[Sample]:
        deleted = self.change(time, "del_follow_user")
        report = Happened(
            report_id=known_by(read_document(letters.xml(deleted))),
            name="wecom_follow_deleted",
            identifiers=((f"wecom.external_userid:{CORPID}", "wm-77"),),
            properties={"staff_id": "zhangsan"},
            time=time,
        )
        edited = letters.safe(letters.xml(self.change(time, "edit_external_contact")), CORPID, time)
        asked = letters.safe(b"4711", CORPID, time)
        sealed = {**asked.query, "echostr": read_document(asked.body)["Encrypt"]}
        return [
            Sample(callback=replace(asked, method="GET", query=sealed, body=b""), is_kept=False, body="4711"),
            Sample(callback=edited, is_kept=False, body="success"),
            Sample(callback=letters.safe(letters.xml(deleted), CORPID, time), reports=[report], body="success"),
            *self.further_samples(time),
        ]

    def further_samples(self, time: datetime) -> Sequence[Sample]:
        return ()

    def forged(self, time: datetime) -> Sequence[Callback]:
        text = letters.xml(self.change(time, "del_follow_user"))
        good = letters.safe(text, CORPID, time)
        return [
            letters.safe(text, CORPID, time, token="another"),
            letters.safe(text, "ww-another", time),
            letters.plain(text, time),
            replace(good, query={**good.query, "msg_signature": good.query["signature"]}),
        ]


class TestStaffContract(WecomContract):
    action = "message/send"

    def prepare(self) -> None:
        for number in range(201):
            self.company.corp.add_member(self.address(number))

    def make_channel(self) -> AnyChannel:
        return StaffChannel()

    def settings(self) -> Mapping[str, object]:
        return {**super().settings(), "agentid": 7}

    def address(self, number: int) -> str:
        return f"Member-{number:04}"


class TestStaffTogetherContract(TestStaffContract):
    """The same text to all, ten in a call."""

    def settings(self) -> Mapping[str, object]:
        return {**super().settings(), "recipients_per_call": 10}

    def content(self, number: int) -> Content:
        return Content(template="t@1", text="contract")

    def received(self) -> Sequence[str]:
        return [f"contract-{int(sent.recipient.rpartition('-')[2])}" for sent in self.cloud.received]


class TestCustomerContract(WecomContract):
    action = "externalcontact/add_msg_template"

    def prepare(self) -> None:
        for number in range(201):
            self.company.corp.add_customer(self.address(number), "zhangsan", unionid=f"union-{number}")
        self.company.corp.add_customer("wm-77", "zhangsan", unionid="union-of-77")
        self.company.corp.members["zhangsan"].confirms = True

    def make_channel(self) -> AnyChannel:
        return CustomerChannel()

    def address(self, number: int) -> str:
        return f"wm-contract-{number:04}"

    def forget(self, address: str) -> None:
        self.company.corp.customers[address].relations.clear()

    def further_samples(self, time: datetime) -> Sequence[Sample]:
        added = self.change(time, "add_external_contact", State="store-7", WelcomeCode="c0de")
        report = Happened(
            report_id=known_by(read_document(letters.xml(added))),
            name="wecom_contact_added",
            identifiers=((f"wecom.external_userid:{CORPID}", "wm-77"), ("wechat.unionid", "union-of-77")),
            properties={"staff_id": "zhangsan", "source_code": "store-7", "welcome_code": "c0de"},
            time=time,
        )
        return [Sample(callback=letters.safe(letters.xml(added), CORPID, time), reports=[report], body="success")]

    def test_tasks_end_as_staff_decide(self) -> None:
        """Who was reached and who was not is told; what nobody has sent by then is taken back."""
        self.company.corp.members["zhangsan"].confirms = False
        same = Content(template="t@1", text="contract")
        batch = [replace(self._message(number), content=same) for number in range(3)]

        async def scene(channel: AnyChannel) -> None:
            sent = await self._call(channel, batch)
            (msgid,) = {outcome.provider_id for outcome in sent}
            asked = [self._asked(number, msgid) for number in range(3)]
            assert not await channel.follow_up(self._account(), asked)
            await channel.remind(self._account(), asked)
            assert len(self.company.corp.tasks[msgid].reminders) == 1
            self.forget(self.address(1))
            self.company.confirms("zhangsan", msgid)
            reached, refused, other = await channel.follow_up(self._account(), asked)
            assert (reached.kind, other.kind) == (ReceiptKind.DELIVERED, ReceiptKind.DELIVERED)
            assert refused.outcome
            assert (refused.message_id, refused.outcome.kind) == ("contract-1", OutcomeKind.NOT_SUBSCRIBED)
            assert list(await channel.withdraw(self._account(), asked)) == [False] * 3
            (later,) = await self._call(channel, [self._message(3)])
            assert await channel.withdraw(self._account(), [self._asked(3, later.provider_id)]) == [True]

        self._run(scene)

    def test_contact_ways_bring_source_codes_back(self) -> None:
        async def scene(channel: AnyChannel) -> str | Outcome:
            wanted = ContactWay(source_code="store-7", staff_ids=("zhangsan",), remark="by the door")
            return await channel.make_contact_way(self._account(), wanted)

        assert str(self._run(scene)).startswith("https://")
        (way,) = self.company.corp.ways.values()
        assert way.state == "store-7"

    def test_a_contact_way_whose_answer_was_lost_is_found(self) -> None:
        began, others = datetime.now(UTC), timedelta(hours=1)
        seven, eight, nine = (ContactWay(source_code=f"store-{one}", staff_ids=("zhangsan",)) for one in (7, 8, 9))

        async def scene(channel: AnyChannel) -> list[str | Outcome | None]:
            account = self._account()
            before = await channel.find_contact_way(account, seven, began)
            made = [await channel.make_contact_way(account, one) for one in (seven, eight)]
            found = [await channel.find_contact_way(account, one, began) for one in (seven, eight, nine)]
            assert found == [*made, None]
            return [before, await channel.find_contact_way(account, seven, began - others)]

        assert self._run(scene) == [None, None], "none yet, and none of another time"
        self.cloud.script.add(web.Entry(web.Fault.REFUSE, code="45009", action="externalcontact/list_contact_way"))
        untold = self._run(lambda channel: channel.find_contact_way(self._account(), seven, began))
        assert isinstance(untold, Outcome)
        assert untold.kind is OutcomeKind.RATE_LIMITED


class TestWelcomeContract(WecomContract):
    action = "externalcontact/send_welcome_msg"
    impossible = frozenset({Fault.UNKNOWN_RECIPIENT})  # a greeting answers a code, and has no address at WeCom

    def prepare(self) -> None:
        self.welcomes: dict[int, str] = {}
        for number in range(17):
            self.company.adds(f"wm-contract-{number:04}", "zhangsan")
            self.welcomes[number] = list(self.company.corp.welcomes)[-1]

    def make_channel(self) -> AnyChannel:
        return WelcomeChannel()

    def address(self, number: int) -> str:
        return f"wm-contract-{number:04}"

    def content(self, number: int) -> Content:
        return replace(super().content(number), variables={"welcome_code": self.welcomes[number]})


class TestRobotContract(TextsContract[WeComSimulator]):
    # Its key is all that there is: of an unknown one WeCom says what it says of one that was removed (93000).
    impossible = frozenset({Fault.UNKNOWN_RECIPIENT, Fault.BAD_CREDENTIALS})
    action = "webhook/send"
    codes = CODES

    def make_cloud(self) -> WeComSimulator:
        return WeComSimulator()

    def prepare(self) -> None:
        company = self.cloud.add_corp(CORPID)
        for number in range(21):
            company.corp.add_robot(self.address(number))

    def make_channel(self) -> AnyChannel:
        return RobotChannel()

    def given(self) -> Mapping[str, object]:
        return {}

    def address(self, number: int) -> str:
        return f"693a91f6-7xxx-4bc4-97a0-{number:012}"


MADE = datetime(2021, 1, 18, 11, 30, 40, tzinfo=UTC)


def read(document: dict[str, Any]) -> Happened | None:
    head = {"FromUserName": "sys", "CreateTime": 1610969440, "MsgType": "event", "Event": "change_external_contact"}
    return report_of(CORPID, read_document(json.dumps({**head, **document}).encode()), MADE)


@pytest.mark.parametrize(
    ("change", "name", "is_half"),
    [
        ("add_external_contact", "wecom_contact_added", None),
        ("add_half_external_contact", "wecom_contact_added", True),
        ("del_external_contact", "wecom_contact_deleted", None),
        ("del_follow_user", "wecom_follow_deleted", None),
    ],
)
def test_changes_of_contacts_are_told(change: str, name: str, is_half: bool | None) -> None:
    report = read({"ChangeType": change, "UserID": "zhangsan", "ExternalUserID": "wm1"})
    assert report
    assert (report.name, report.time) == (name, MADE)
    assert report.identifiers == ((f"wecom.external_userid:{CORPID}", "wm1"),)
    assert (report.properties["staff_id"], report.properties.get("is_half")) == ("zhangsan", is_half)


def test_what_nobody_needs_is_left_out() -> None:
    assert read({"ChangeType": "transfer_fail", "UserID": "z", "ExternalUserID": "wm1"}) is None
    assert read({"ChangeType": "add_external_contact", "UserID": "z"}) is None
    assert read({"Event": "change_external_tag", "ChangeType": "add_external_contact", "ExternalUserID": "w"}) is None
