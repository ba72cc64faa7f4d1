"""What each adapter costs: messages into its provider's simulator, the two in a process each."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.measure import Cost, Result, median_of
from bench.world import World
from support.command import TIDEGATE, environment
from support.processes import cpu_seconds_of

_CALLER = Path(__file__).with_name("channel_caller.py")
_TEXT = "您好，您的订单已发货，三日内送达。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way of sending.

    Attributes:
        channel: The adapter's channel.
        what: What goes in one call.
        simulator: Which simulator stands for the provider.
        address: To whom; `{n}` is a number of eight digits.
        content: What; `{n}` in a variable makes every message different.
        settings: What the account is set to beside the simulator's settings.
        without: Settings of the simulator that the channel does not have.
        count: How many messages in one run.
        least: Messages per second that are aimed at; 0 = none.
    """

    channel: str
    what: str
    simulator: str
    address: str
    content: Mapping[str, Any]
    settings: Mapping[str, Any] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    count: int = 10_000
    least: int = 0


CASES: Sequence[Case] = (
    Case(
        channel="sms.aliyun",
        what="one text, 100 to a call",
        simulator="aliyun",
        address="+86139{n}",
        content={"provider_template": "SMS_100000002", "variables": {"name": "王先生", "order": "A1"}, "text": _TEXT},
        least=1_500,
    ),
    Case(
        channel="sms.aliyun",
        what="a text each, 100 to a call",
        simulator="aliyun",
        address="+86138{n}",
        content={"provider_template": "SMS_100000002", "variables": {"name": "王先生", "order": "{n}"}, "text": _TEXT},
        least=1_500,
    ),
    Case(
        channel="sms.tencent",
        what="one text, 200 to a call",
        simulator="tencent",
        address="+86139{n}",
        content={"provider_template": "1000002", "variables": {"1": "王先生", "2": "A1"}, "text": _TEXT},
        least=1_500,
    ),
    Case(
        channel="sms.tencent",
        what="a text each, a call each",
        simulator="tencent",
        address="+86138{n}",
        content={"provider_template": "1000002", "variables": {"1": "王先生", "2": "{n}"}, "text": _TEXT},
        count=3_000,
        least=1_500,
    ),
    Case(
        channel="wechat.subscription",
        what="a call each",
        simulator="wechat",
        address="openid-{n}",
        content={
            "provider_template": "template-1",
            "variables": {"thing1": "您的订单已发货", "character_string2": "{n}", "date3": "2026-11-28 09:42"},
            "link": "pages/order?id=1",
        },
        count=3_000,
        least=1_500,
    ),
    Case(
        channel="wecom",
        what="one text, 1,000 to a task",
        simulator="wecom",
        address="wm{n}",
        content={"text": _TEXT, "variables": {}},
        without=frozenset({"agentid"}),
        settings={"sender": "zhangsan"},
    ),
    Case(
        channel="wecom.staff",
        what="a call each",
        simulator="wecom",
        address="member-{n}",
        content={"text": _TEXT, "variables": {}},
        count=3_000,
    ),
    Case(
        channel="email",
        what="8 connections",
        simulator="mail",
        address="customer-{n}@example.org",
        content={"subject": "Sale", "text": "A line of text.\n" * 20, "variables": {}},
        count=5_000,
    ),
)


def results(world: World) -> Iterator[Result]:
    """One line for each way of sending."""
    for case in CASES:
        yield _result(world, case)


def _result(world: World, case: Case) -> Result:
    count = round(case.count * world.scale)
    order = json.dumps({"count": count, "address": case.address, "content": dict(case.content)})
    ours: list[float] = []
    theirs: list[float] = []
    with _simulator(case.simulator) as (simulator, told), _caller(case, told) as caller:

        def run() -> float:
            before = cpu_seconds_of(simulator.pid)
            given = _ask(caller, order)
            if given["refused"]:
                raise RuntimeError(f"{case.channel}: not all messages were taken: {given['refused']}")
            ours.append(given["cpu_seconds"] / count * 1e6)
            theirs.append((cpu_seconds_of(simulator.pid) - before) / count * 1e6)
            return count / float(given["seconds"])

        figure = median_of(run, world.plan)
    return Result(
        work=f"channel {case.channel}: {case.what}",
        database="none",
        unit="messages/s",
        figure=figure,
        limit_is=f"simulator: {median(theirs[1:]):.0f} µs/message",
        cost=Cost(0, median(ours[1:])),
        target=f"≥ {case.least:,}/s" if case.least else "",
        met=figure.value >= case.least if case.least else None,
    )


@contextmanager
def _simulator(name: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    command = [TIDEGATE, "simulate", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.terminate()


@contextmanager
def _caller(case: Case, told: Mapping[str, Any]) -> Iterator["subprocess.Popen[str]"]:
    given = {name: value for name, value in told["settings"].items() if name not in case.without}
    settings = given | dict(case.settings)
    command = [sys.executable, str(_CALLER), case.channel, json.dumps(settings)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        yield process


def _ask(caller: "subprocess.Popen[str]", order: str) -> dict[str, Any]:
    assert caller.stdin is not None
    assert caller.stdout is not None
    caller.stdin.write(order + "\n")
    caller.stdin.flush()
    line = caller.stdout.readline()
    if not line:
        raise RuntimeError("the adapter's process ended; what it said stands above")
    answer: dict[str, Any] = json.loads(line)
    return answer
