"""Codes by which customers add staff, which carry source codes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import sqlalchemy as sa
from support.delivery.clouds import Clouds, on_clouds
from support.delivery.post import Office
from support.delivery.shop import Shop
from support.sealed import opened
from support.status import failure
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.channels import ContactWay
from tidegate.delivery.store import ways
from tidegate.delivery.store.tables import WAYS
from tidegate.runtime.clock import ManualClock
from tidegate_simulators.web import Entry, Fault

ADD, LIST = "externalcontact/add_contact_way", "externalcontact/list_contact_way"


@pytest.fixture
def clouds(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Clouds]:
    """A company with an account of each of WeCom's channels that has contacts, on WeCom's simulator."""
    with on_clouds(tmp_path, database_url, clock) as made:
        made.wecom_account("customers", "wecom")
        made.wecom_account("welcomes", "wecom.welcome")
        made.company.corp.add_member("zhangsan")
        yield made


def made(clouds: Clouds, account_id: str = "customers", staff_id: str = "zhangsan") -> str:
    return make(clouds.shop, account_id, staff_ids=[staff_id])


def codes(clouds: Clouds) -> list[str]:
    """What the provider holds."""
    return [one.qr_code for one in clouds.company.corp.ways.values()]


def make(shop: Shop, account_id: str = "staffed-1", **fields: Any) -> str:
    wanted: dict[str, Any] = {
        "source_code": "poster-7",
        "staff_ids": ["zhangsan", "lisi"],
        "remark": "Spring",
        **fields,
    }
    return shop.delivery.CreateContactWay(pb.CreateContactWayRequest(account_id=account_id, **wanted)).url


def test_a_contact_way_is_made_once_for_an_account_and_a_source_code(posting: Shop, office: Office) -> None:
    url = make(posting)
    assert url == "https://post.example/1"
    assert office.ways == [ContactWay(source_code="poster-7", staff_ids=("zhangsan", "lisi"), remark="Spring")]
    assert make(posting) == url
    assert make(posting, staff_ids=["wangwu"]) == url, "the first answer is given again"
    assert len(office.ways) == 1
    assert make(posting, source_code="poster-8") != url
    assert make(posting, "post-1") != url
    refused = failure(lambda: make(posting, source_code="poster-9", staff_ids=["nobody"]))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CONTACT_WAY_REFUSED")
    assert "there is nobody (60111)" in refused.message
    none = failure(lambda: make(posting, "sms-1"))
    assert (none.code, none.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CONTACT_WAY_REFUSED")
    assert "name an account of a channel that has" in none.message
    assert failure(lambda: make(posting, "no-such")).code == grpc.StatusCode.NOT_FOUND

    for fields, path in (
        ({"source_code": ""}, "source_code"),
        ({"source_code": "x" * 64}, "source_code"),
        ({"staff_ids": []}, "staff_ids"),
        ({"remark": "x" * 201}, "remark"),
    ):
        wrong = failure(lambda fields=fields: make(posting, **fields))  # type: ignore[misc]
        assert set(wrong.violations) == {path}


def test_a_contact_way_whose_answer_was_lost_is_found_and_not_made_twice(clouds: Clouds) -> None:
    clouds.wecom.script.add(Entry(Fault.CLOSE_AFTER_TAKING, action=ADD), times=1)
    clouds.wecom.script.add(Entry(Fault.REFUSE, code="45009", action=LIST))
    untold = failure(lambda: made(clouds))  # clients repeat what is unavailable by themselves
    assert untold.code == grpc.StatusCode.UNAVAILABLE
    assert "does not say whether it has made the contact way" in untold.message
    (code,) = codes(clouds)
    clouds.wecom.script.clear()
    clouds.passes(hours=1)
    assert made(clouds) == code
    assert codes(clouds) == [code]
    assert made(clouds, "welcomes") != code, "through the account that greets, too"


def test_a_contact_way_that_was_made_before_the_process_ended_is_found(
    clouds: Clouds, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.delattr(ways, "keep")  # as if it ended here
        assert failure(lambda: made(clouds)).code == grpc.StatusCode.INTERNAL
    (code,) = codes(clouds)
    busy = failure(lambda: made(clouds))
    assert (busy.code, codes(clouds)) == (grpc.StatusCode.UNAVAILABLE, [code]), "who asked may have it made yet"
    with opened(clouds.shop.suite.process.settings, "delivery") as rows, rows.write() as connection:
        connection.execute(sa.update(WAYS).values(until_real=0))
    assert made(clouds) == code
    assert codes(clouds) == [code]


def test_what_was_lost_before_the_provider_had_it_is_made(clouds: Clouds) -> None:
    clouds.wecom.script.add(Entry(Fault.CLOSE_BEFORE_TAKING, action=ADD))
    for _ in range(2):
        assert failure(lambda: made(clouds)).code == grpc.StatusCode.UNAVAILABLE
        assert codes(clouds) == []
        clouds.passes(hours=1)
    clouds.wecom.script.clear()
    assert [made(clouds)] == codes(clouds)


def test_after_a_refusal_nothing_is_looked_for(clouds: Clouds) -> None:
    refused = failure(lambda: made(clouds, staff_id="nobody"))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CONTACT_WAY_REFUSED")
    assert [made(clouds)] == codes(clouds)
    assert LIST not in clouds.wecom.calls
