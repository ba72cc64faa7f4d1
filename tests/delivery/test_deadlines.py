"""Messages that a platform takes at once or not at all."""

from datetime import timedelta
from pathlib import Path

from support.delivery.adapter import Told
from support.delivery.post import Office, post_builders
from support.delivery.shop import Shop, state_name
from support.server import serving
from tidegate.api.delivery.v1 import channels_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.runtime.clock import ManualClock


def test_what_comes_too_late_for_the_platform_is_not_sent_and_nothing_gathers(
    tmp_path: Path, database_url: str, clock: ManualClock, told: Told
) -> None:
    builders = post_builders(told, Office())
    gathering = {"gather_seconds": 60}
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders, delivery=gathering) as suite:
        shop = Shop(suite, clock, told)
        greeting = channels_pb2.Account(account_id="greet", channel="greeting", adapter="greeting")
        shop.delivery.CreateAccount(pb.CreateAccountRequest(account=greeting))
        shop.template("welcome", ("greeting", "sms"))
        shop.suite.settle()
        customers = shop.customers(4)

        def send(customer: int, *channels: str) -> str:
            message = shop.message(customer, *channels, template_id="welcome", campaign_id="spring")
            return shop.send(message)[0]

        at_once, gathered = send(customers[0], "greeting"), send(customers[1], "sms")
        assert shop.state_of(at_once) == "sent"
        assert state_name(shop.get(gathered)) == "deferred"

        shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="greet"))
        late, moves_on = send(customers[2], "greeting"), send(customers[3], "greeting", "sms")
        clock.advance(timedelta(seconds=60))  # also for what gathers
        shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="greet"))
        assert shop.state_of(late) == "dropped:expired"
        (moved,) = shop.final(moves_on)
        assert (state_name(moved), moved.channel) == ("sent", "sms")
        assert shop.explain(late).ledger_entry.state == pb.LEDGER_STATE_UNSPECIFIED, "it took no slot"
