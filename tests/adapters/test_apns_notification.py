"""What a message is to Apple: path, headers, payload, and what is refused before the call."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from support.apns import device, message
from tidegate.channels import Content, OutboundMessage, Outcome, OutcomeKind
from tidegate_adapters.apns.notification import LARGEST, Notification, compose

LATER = datetime(2026, 11, 28, 12, 0, 0, 999, tzinfo=UTC)


def composed(given: OutboundMessage) -> Notification:
    made = compose(given)
    assert isinstance(made, Notification)
    return made


def payload(given: OutboundMessage) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads(composed(given).body)
    return read


def test_texts_and_parts_are_what_the_device_shows_and_the_rest_is_the_apps() -> None:
    parts = {
        "subtitle": "今晚八点",
        "badge": "3",
        "sound": "chime.aiff",
        "category": "SALE",
        "thread_id": "sales",
        "target_content_id": "window-1",
        "interruption_level": "time-sensitive",
        "relevance_score": "0.5",
        "mutable_content": "1",
        "content_available": "0",
        "collapse_id": "sale-1111",
        "priority": "5",
        "sku": "A-1",
    }
    given = message(subject="双十一", text="买一送一", link="shop://sale", variables=parts, expire_time=LATER)
    made = composed(given)
    assert json.loads(made.body) == {
        "aps": {
            "alert": {"title": "双十一", "subtitle": "今晚八点", "body": "买一送一"},
            "badge": 3,
            "sound": "chime.aiff",
            "category": "SALE",
            "thread-id": "sales",
            "target-content-id": "window-1",
            "interruption-level": "time-sensitive",
            "relevance-score": 0.5,
            "mutable-content": 1,
            "content-available": 0,
        },
        "sku": "A-1",
        "message_id": "m0",
        "link": "shop://sale",
    }
    assert made.path == f"/3/device/{device(0)}"
    assert made.headers == {
        "apns-id": made.headers["apns-id"],
        "apns-push-type": "alert",
        "apns-priority": "5",
        "apns-expiration": str(int(datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp())),
        "apns-collapse-id": "sale-1111",
    }
    assert device(0) not in repr(made)
    assert "买一送一".encode() not in repr(made).encode()


def test_what_shows_nothing_is_for_the_app_alone_and_wakes_no_device_at_once() -> None:
    made = composed(message(text="", variables={"sku": "A-1", "category": "SALE"}))
    assert json.loads(made.body)["aps"] == {"category": "SALE", "content-available": 1}
    assert (made.headers["apns-push-type"], made.headers["apns-priority"]) == ("background", "5")
    assert "apns-expiration" not in made.headers
    badge = composed(message(text="", variables={"badge": "0"}))
    assert (json.loads(badge.body)["aps"], badge.headers["apns-push-type"]) == ({"badge": 0}, "alert")
    assert badge.headers["apns-priority"] == "10"


def test_every_attempt_at_a_message_has_the_same_id_which_is_the_messages_where_it_is_a_uuid() -> None:
    name = "0193a4c2-7b1e-7c3d-8e4f-0123456789ab"

    def id_of(message_id: str, key: str, attempt: int) -> str:
        given = OutboundMessage(
            message_id=message_id, address=device(0), content=Content(text="x"), idempotency_key=key, attempt=attempt
        )
        return composed(given).headers["apns-id"]

    assert id_of(name, name, 1) == id_of(name, name, 2) == name
    assert id_of(name.upper(), "", 1) == name
    derived = id_of("m1", "key-1", 1)
    assert derived == id_of("m2", "key-1", 2) == str(UUID(derived))
    assert id_of("m1", "key-2", 1) != derived
    assert id_of("m1", "", 1) == id_of("m2", "m1", 1)


def test_a_payload_has_a_largest_size_in_bytes() -> None:
    def sized(letters: str) -> Notification | Outcome:
        return compose(message(text=letters))

    empty = len(composed(message(text="字")).body) - 3
    whole = (LARGEST - empty) // 3
    fitting = sized("字" * whole + "x" * (LARGEST - empty - 3 * whole))
    assert isinstance(fitting, Notification)
    assert len(fitting.body) == LARGEST
    refused = sized("字" * (whole + 1))
    assert isinstance(refused, Outcome)
    assert (refused.kind, refused.provider_code) == (OutcomeKind.CONTENT_REJECTED, "PayloadTooLarge")
    assert f"Apple takes {LARGEST}" in refused.detail


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"badge": "-1"}, "the part badge must be a whole number from 0"),
        ({"badge": "many"}, "the part badge must be a whole number from 0"),
        ({"badge": "٣"}, "the part badge must be a whole number from 0"),
        ({"mutable_content": "yes"}, "the part mutable_content must be 1, or 0"),
        ({"relevance_score": "2"}, "the part relevance_score must be a number from 0 to 1"),
        ({"relevance_score": "nan"}, "the part relevance_score must be a number from 0 to 1"),
        ({"relevance_score": "high"}, "the part relevance_score must be a number from 0 to 1"),
        ({"interruption_level": "loud"}, "the part interruption_level must be one of passive, active"),
        ({"priority": "7"}, "the part priority of this notification must be 10 or 5 or 1"),
        ({"collapse_id": "x" * 65}, "the part collapse_id must be at most 64"),
        ({"collapse_id": "käse"}, "the part collapse_id must be at most 64"),
        ({"aps": "{}"}, "no part can be named aps"),
    ],
)
def test_parts_that_apple_does_not_take_are_refused_by_their_names(parts: Mapping[str, str], words: str) -> None:
    refused = compose(message(variables=parts))
    assert isinstance(refused, Outcome)
    assert refused.kind is OutcomeKind.CONTENT_REJECTED
    assert words in refused.detail


def test_what_is_for_the_app_alone_may_not_go_at_once() -> None:
    refused = compose(message(text="", variables={"priority": "10"}))
    assert isinstance(refused, Outcome)
    assert "must be 5 or 1" in refused.detail


@pytest.mark.parametrize("address", ["", "abc", "0x" + "a" * 62, "a" * 65, "fcm:APA91bH", "a" * 202, "../" + "a" * 61])
def test_an_address_that_is_no_device_token_is_not_called(address: str) -> None:
    refused = compose(OutboundMessage(message_id="m", address=address, content=Content(text="x")))
    assert isinstance(refused, Outcome)
    assert (refused.kind, refused.provider_code) == (OutcomeKind.INVALID_RECIPIENT, "BadDeviceToken")


def test_a_device_token_is_written_in_small_letters() -> None:
    given = OutboundMessage(message_id="m", address="AB" * 32, content=Content(text="x"))
    assert composed(given).path == "/3/device/" + "ab" * 32
