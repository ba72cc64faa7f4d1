"""Codes by which customers add staff, which carry source codes."""

from typing import Any

import grpc
from support.delivery.post import Office
from support.delivery.shop import Shop
from support.status import failure
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.channels import ContactWay


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
