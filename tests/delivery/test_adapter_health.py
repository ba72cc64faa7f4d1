"""What is known and counted of adapters that hang, raise, or answer no sense."""

from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from support.delivery.shop import Shop, state_name
from tidegate.api.delivery.v1 import channels_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.channels import Outcome

sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def health(shop: Shop) -> tuple[int, str]:
    (told,) = shop.delivery.ListChannels(pb.ListChannelsRequest()).channels
    return told.health, told.error


def calls(shop: Shop, ending: str) -> float:
    return count(shop, "tidegate_delivery_adapter_calls_total", ending=ending)


def count(shop: Shop, name: str, **labels: str) -> float:
    metrics = shop.suite.process.metrics.registry
    return metrics.get_sample_value(name, {"adapter": "told", **labels}) or 0.0


def sent(shop: Shop, answer: Any) -> str:
    shop.told.answer = answer
    message_id = shop.send(shop.message(shop.customers(1)[0], "push", template_id="push"))[0]
    (found,) = shop.when(lambda one: state_name(one) in ("sent", "uncertain"), message_id)
    shop.suite.settle()
    return state_name(found)


def refuse(_message: object) -> Outcome:
    raise ConnectionError("broken")


@sqlite
def test_an_adapter_fails_until_a_call_of_it_is_answered(shop: Shop) -> None:
    shop.channels = ("sms", "email", "push")
    minute = Duration(seconds=60)
    shop.account("push", "slow", call_timeout=Duration(nanos=200_000_000), settle_after=minute)
    shop.template("push", ["push"])
    ready, failing = channels_pb2.CHANNEL_HEALTH_READY, channels_pb2.CHANNEL_HEALTH_FAILING
    assert health(shop) == (ready, "")
    shop.told.delay = 5.0
    assert (sent(shop, None), health(shop)) == ("uncertain", (failing, "timed_out"))
    shop.told.delay = 0.0
    assert (sent(shop, None), health(shop)) == ("sent", (ready, ""))
    assert (sent(shop, refuse), health(shop)) == ("uncertain", (failing, "ConnectionError"))
    assert (sent(shop, lambda _one: None), health(shop)) == ("uncertain", (failing, "outcomes_missing"))
    assert (sent(shop, None), health(shop)) == ("sent", (ready, ""))
    endings = ("answered", "timed_out", "raised", "outcomes_missing")
    assert [calls(shop, one) for one in endings] == [2.0, 1.0, 1.0, 1.0]
    assert count(shop, "tidegate_delivery_outcomes_total", outcome="uncertain") == 3.0
    assert count(shop, "tidegate_delivery_adapter_call_seconds_count") == 5.0
