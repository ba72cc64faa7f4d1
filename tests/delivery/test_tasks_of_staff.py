"""Messages of several deadlines that staff confirm: which share a task, and when it is reminded of or taken back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.delivery.clouds import EXTERNAL, Clouds, on_clouds
from support.delivery.shop import stamp, state_name
from support.sealed import opened
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.delivery.store.tables import FOLLOW_UPS
from tidegate.runtime.clock import ManualClock
from tidegate_simulators.wecom.tasks import Task


@pytest.fixture
def clouds(tmp_path: Path, database_url: str, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clouds]:
    """A company whose staff confirm messages to its customers on WeCom's simulator, where hours pass in seconds."""
    monkeypatch.setattr("tidegate_adapters.calls.tokens._AGAIN", 0.0)  # tokens end by the simulator's clock
    with on_clouds(tmp_path, database_url, clock) as made:
        made.wecom_account("customers", "wecom")
        made.template("news", {"wecom": {"text": "It is spring"}})
        made.shop.suite.settle()
        yield made


def sent(clouds: Clouds, deadlines: list[datetime]) -> list[str]:
    """Messages with these deadlines, offered in one batch."""
    shop = clouds.shop
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="customers"))
    messages = []
    for deadline in deadlines:
        name = f"wm-{next(shop.numbers)}"
        clouds.company.corp.add_customer(name, "zhangsan")
        customer = clouds.lead((EXTERNAL, name))
        messages.append(shop.message(customer, "wecom", template_id="news", expire_time=stamp(deadline)))
    ids = shop.send(*messages)
    shop.suite.settle()
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="customers"))
    assert {state_name(one) for one in shop.final(*ids)} == {"sent"}
    return ids


def tasks(clouds: Clouds) -> list[Task]:
    return sorted(clouds.company.corp.tasks.values(), key=lambda one: len(one.body["external_userid"]))


def passes(clouds: Clouds, **span: float) -> None:
    clouds.passes(**span)
    clouds.shop.suite.settle()


def test_a_task_lasts_until_none_of_its_messages_is_within_its_deadline(clouds: Clouds) -> None:
    hour = clouds.shop.clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=24)
    early, late, latest = (hour + timedelta(minutes=5), hour + timedelta(minutes=25), hour + timedelta(hours=5))
    first, second, third = sent(clouds, [early, late, latest])
    alone, shared = tasks(clouds)
    assert [len(one.body["external_userid"]) for one in (alone, shared)] == [1, 2], "one for each half hour"

    clouds.shop.clock.advance(early - clouds.shop.clock.now() + timedelta(minutes=10))
    clouds.shop.suite.settle()
    assert not shared.cancelled, "the second message is within its deadline"
    clouds.company.confirms("zhangsan", shared.msgid)
    with opened(clouds.shop.suite.process.settings, "delivery") as rows, rows.write() as connection:
        connection.execute(sa.update(FOLLOW_UPS).values(due_real=0))
    clouds.shop.suite.settle()
    assert [state_name(clouds.shop.get(one)) for one in (first, second, third)] == ["delivered", "delivered", "sent"]

    clouds.shop.clock.advance(latest - clouds.shop.clock.now() - timedelta(minutes=1))
    clouds.shop.suite.settle()
    assert not alone.cancelled
    passes(clouds, minutes=2)
    assert alone.cancelled
    assert state_name(clouds.shop.get(third)) == "failed:permanent"


def test_whole_tasks_are_reminded_of_and_taken_back(clouds: Clouds, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many messages they have, and few are looked after at one time: WeCom reminds three times a day."""
    monkeypatch.setattr("tidegate.delivery.following_up._MOST_TASKS", 1)
    begins = clouds.shop.clock.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    deadlines = [begins + timedelta(hours=24, minutes=5 * number) for number in range(6)]
    ids = sent(clouds, deadlines)
    (task,) = tasks(clouds)
    clouds.shop.clock.advance(deadlines[-1] - clouds.shop.clock.now() - timedelta(hours=4, minutes=1))
    clouds.shop.suite.settle()
    assert not task.reminders
    for hours, reminders in ((0.05, 1), (2, 2), (1, 3), (0.5, 3)):
        passes(clouds, hours=hours)
        assert len(task.reminders) == reminders, "four hours before the last deadline, two, and one"
    assert {state_name(clouds.shop.get(one)) for one in ids} == {"sent"}
    passes(clouds, hours=0.5)
    assert task.cancelled
    assert {state_name(clouds.shop.get(one)) for one in ids} == {"failed:permanent"}
