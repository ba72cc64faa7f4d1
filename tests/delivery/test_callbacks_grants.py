"""What customers grant of a template that is not entered yet counts as soon as it is."""

import itertools
from datetime import datetime, timedelta

import sqlalchemy as sa
from support.delivery.post import OPENID, Office, tell
from support.delivery.shop import Shop
from support.sealed import opened
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import templates_pb2
from tidegate.api.identity.v1 import customers_pb2
from tidegate.channels import Granted
from tidegate.delivery.store.tables import GRANTS, INTERACTIONS

APPROVED = templates_pb2.PROVIDER_TEMPLATE_STATE_APPROVED
_keys = itertools.count()


def customer(shop: Shop, openid: str) -> int:
    upsert = customers_pb2.CustomerUpsert(identifiers=[Identifier(namespace=OPENID, value=openid)], source="test")
    (made,) = shop.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=[upsert])).results
    return made.customer_id


def enters(shop: Shop, template_id: str, name: str) -> None:
    provider = templates_pb2.ProviderTemplate(account_id="cards", provider_template_id=name, state=APPROVED)
    request = pb.SetProviderTemplateRequest(template_id=template_id, provider_template=provider)
    shop.delivery.SetProviderTemplate(request)
    shop.suite.settle()


def granted(name: str, openid: str, count: int, time: datetime, template: str = "TM1") -> Granted:
    return Granted(report_id=name, address=openid, provider_template=template, credits=count, time=time)


def says(shop: Shop, office: Office, *reports: Granted) -> None:
    """The provider tells them, each time in another callback."""
    key = f"g{next(_keys)}"
    office.letters[key] = reports
    account = shop.delivery.GetAccount(pb.GetAccountRequest(account_id="cards")).account
    assert tell(account.callback_url, key).status == 200
    shop.suite.settle()


def left(shop: Shop, customer_id: int, template_id: str = "letter") -> int:
    request = pb.GetCreditsRequest(customer_ids=[customer_id], account_id="cards", template_id=template_id)
    return shop.delivery.GetCredits(request).credits[0].remaining


def test_grants_of_a_template_that_is_entered_later_count_once(posting: Shop, office: Office) -> None:
    ann, bob = customer(posting, "ann"), customer(posting, "bob")
    posting.template("sale", ("card",))
    begin = posting.clock.now()
    later = [begin + timedelta(seconds=seconds) for seconds in range(5)]
    posting.clock.advance(timedelta(minutes=1))
    says(posting, office, granted("a1", "ann", 2, later[0]), granted("b1", "bob", 1, later[0]))
    says(posting, office, granted("a1", "ann", 2, later[0]), granted("b3", "bob", 5, later[3]))
    says(posting, office, granted("b2", "bob", 0, later[2]), granted("x1", "ann", 7, later[0], "TM2"))
    assert [left(posting, one) for one in (ann, bob)] == [0, 0]

    enters(posting, "letter", "TM1")
    assert [left(posting, one) for one in (ann, bob)] == [2, 5], "what Bob refused is void, whenever it is told"
    assert [left(posting, one, "sale") for one in (ann, bob)] == [0, 0]
    says(posting, office, granted("a1", "ann", 2, later[0]), granted("a2", "ann", 1, later[4]))
    assert left(posting, ann) == 3, "one that is told again counts once, also when it had waited"
    enters(posting, "sale", "TM2")
    assert left(posting, ann, "sale") == 7
    assert left(posting, ann) == 3
    with opened(posting.suite.process.settings, "delivery") as database, database.read() as connection:
        assert not connection.scalar(sa.select(sa.func.count()).where(INTERACTIONS.c.provider_template != ""))
        assert set(connection.scalars(sa.select(GRANTS.c.template_id))) == {"letter", "sale"}


def test_what_waits_is_taken_in_batches_and_follows_who_it_is_of(posting: Shop, office: Office) -> None:
    posting.template("sale", ("card",))
    ann, now = customer(posting, "ann"), posting.clock.now()
    says(posting, office, *(granted(f"many-{number}", "ann", 1, now) for number in range(1_100)))
    nobody = granted("n1", "stranger", 1, now)
    says(posting, office, nobody, granted("empty", "ann", 1, now, ""))
    export = pb.ExportCustomerRequest(customer_id=ann)
    assert b"TM1" in posting.delivery.ExportCustomer(export).SerializeToString()
    stranger = customer(posting, "stranger")
    for template_id in ("letter", "sale"):
        provider = templates_pb2.ProviderTemplate(account_id="cards", provider_template_id="TM1", state=APPROVED)
        request = pb.SetProviderTemplateRequest(template_id=template_id, provider_template=provider)
        posting.delivery.SetProviderTemplate(request)
    posting.suite.settle()
    assert left(posting, ann) == 1_100
    assert left(posting, stranger) == 1
