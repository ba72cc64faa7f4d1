"""The channel `push.fcm`: the contract, its tokens, and what its codes mean."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.fcm import KEY, OTHER_KEY, Fcm
from support.ports import unused_port
from support.shared_data import shared_data
from tidegate.channels import (
    Account,
    AnyChannel,
    Content,
    OutboundMessage,
    Outcome,
    OutcomeKind,
    Scope,
    Secret,
    SettingsError,
)
from tidegate.channels.testing import ChannelContract, Fault
from tidegate_adapters.fcm import FcmChannel, FcmSettings
from tidegate_adapters.fcm.codes import CODES, meaning
from tidegate_adapters.sms.web import Answer
from tidegate_simulators.web import Entry
from tidegate_simulators.web import Fault as Wrong

FAULTS = {
    Fault.CLOSED_BEFORE_TAKING: Entry(Wrong.CLOSE_BEFORE_TAKING),
    Fault.CLOSED_AFTER_TAKING: Entry(Wrong.CLOSE_AFTER_TAKING),
    Fault.SILENT_AFTER_TAKING: Entry(Wrong.SILENT_AFTER_TAKING),
    Fault.SLOW: Entry(Wrong.SLOW),
    Fault.THROTTLING: Entry(Wrong.REFUSE, "QUOTA_EXCEEDED"),
    Fault.UNKNOWN_RECIPIENT: Entry(Wrong.REFUSE, "UNREGISTERED", address="device-1"),
    Fault.UNKNOWN_REFUSAL: Entry(Wrong.REFUSE, "THE_STARS_ARE_WRONG"),
}


class TestFcmContract(ChannelContract):
    impossible = frozenset({Fault.REFUSED_CONTENT})

    def setup_method(self) -> None:
        self.fcm = Fcm()
        self.fcm.start()
        self.base_url, self.account = self.fcm.url, "good"
        self.secrets = {"good": self.fcm.service_account(), "bad": self.fcm.service_account(OTHER_KEY)}

    def teardown_method(self) -> None:
        self.fcm.stop()

    def make_channel(self) -> AnyChannel:
        return FcmChannel()

    def settings(self) -> Mapping[str, object]:
        return {"service_account": self.account, "base_url": self.base_url, "timeout": 1.0}

    def address(self, number: int) -> str:
        return f"device-{number}"

    def received(self) -> Sequence[str]:
        return [message["data"]["message_id"] for message in self.fcm.messages]

    @contextmanager
    def provoke(self, fault: Fault) -> Iterator[None]:
        before = self.secrets
        if fault is Fault.UNREACHABLE:
            self.base_url = nowhere = f"http://127.0.0.1:{unused_port()}"
            self.secrets = {**before, "good": self.fcm.service_account(token_uri=f"{nowhere}/token")}
        elif fault is Fault.BAD_CREDENTIALS:
            self.account = "bad"
        else:
            self.fcm.script.add(FAULTS[fault])
        yield
        self.base_url, self.account, self.secrets = self.fcm.url, "good", before
        self.fcm.script.clear()


@pytest.fixture
def fcm() -> Iterator[Fcm]:
    running = Fcm()
    running.start()
    yield running
    running.stop()


def test_a_token_is_shared_until_it_is_refused(fcm: Fcm) -> None:
    settings = FcmSettings(Secret(fcm.service_account()), base_url=fcm.url, android_channel="offers")
    account = Account("push", "push", settings)
    content = Content(
        subject="双十一", text="买一送一", link="shop://sale", variables={"price": "9.9"}, headers={"badge": "1"}
    )
    messages = [OutboundMessage(message_id=f"m{n}", address=f"device-{n}", content=content) for n in range(3)]

    async def play() -> list[Sequence[Outcome]]:
        channel = FcmChannel()
        try:
            answers = list(await asyncio.gather(*(channel.send(account, [message]) for message in messages)))
            assert fcm.given == 1
            fcm.tokens.clear()
            return [*answers, await channel.send(account, messages[:1]), await channel.send(account, messages[:1])]
        finally:
            await channel.close()

    outcomes = [outcome for answer in asyncio.run(play()) for outcome in answer]
    assert [outcome.kind for outcome in outcomes[:3]] == [OutcomeKind.ACCEPTED] * 3
    assert outcomes[0].provider_id.startswith("0:")
    assert (outcomes[3].kind, outcomes[3].scope) == (OutcomeKind.AUTH_ERROR, Scope.CALL)
    assert (outcomes[4].kind, fcm.given) == (OutcomeKind.ACCEPTED, 2)
    assert fcm.messages[-1] == {
        "token": "device-0",
        "notification": {"title": "双十一", "body": "买一送一"},
        "data": {"price": "9.9", "badge": "1", "message_id": "m0", "link": "shop://sale"},
        "android": {"notification": {"channel_id": "offers"}},
    }


def test_every_code_of_the_table_means_what_the_table_says() -> None:
    scopes = {"msg": "message", "rcpt": "recipient", "acct": "account", "call": "call"}
    table = json.loads(Path(shared_data("provider_outcomes.json")).read_text())["fcm"]
    ours = {code: (kind.value, scope.value) for code, (kind, scope) in CODES.items()}
    assert {code: (kind, scopes[scope]) for code, (kind, scope) in table.items()}.items() <= ours.items()


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (200, {}, OutcomeKind.UNCERTAIN, "200"),
        (401, None, OutcomeKind.AUTH_ERROR, "UNAUTHENTICATED"),
        (
            403,
            {"error": {"status": "PERMISSION_DENIED", "details": "none"}},
            OutcomeKind.AUTH_ERROR,
            "PERMISSION_DENIED",
        ),
        (404, {"error": {"status": "NOT_FOUND", "details": [1]}}, OutcomeKind.PERMANENT, "NOT_FOUND"),
        (418, {"error": "teapot"}, OutcomeKind.PERMANENT, "418"),
        (429, None, OutcomeKind.RATE_LIMITED, "QUOTA_EXCEEDED"),
        (502, None, OutcomeKind.RETRYABLE, "INTERNAL"),
        (503, None, OutcomeKind.RETRYABLE, "UNAVAILABLE"),
    ],
)
def test_an_answer_without_a_code_of_fcms(
    status: int, body: Mapping[str, object] | None, kind: OutcomeKind, code: str
) -> None:
    outcome = meaning(Answer(status, body))
    assert (outcome.kind, outcome.provider_code) == (kind, code)


@pytest.mark.parametrize(
    "changes",
    [{"private_key": "rubbish"}, {"private_key": 1}, {"token_uri": "http://example.com/"}, {"project_id": ""}],
)
def test_what_is_no_service_account_is_told_without_repeating_it(fcm: Fcm, changes: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as refused:
        FcmSettings(Secret(fcm.service_account(KEY, **changes)), base_url="nowhere")
    assert [problem.field for problem in refused.value.problems] == ["base_url", "service_account"]
    assert "rubbish" not in str(refused.value)
