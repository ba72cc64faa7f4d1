"""delivery and identity behind real servers, on both databases, with an adapter that does as it is told."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from support.delivery.adapter import Told, told_registry
from support.delivery.chaos import Chaos, chaos_registry
from support.delivery.field import delivery_file
from support.delivery.platforms import Doubling, Followers, platform_registry
from support.delivery.post import Office, post_builders
from support.delivery.shop import Shop
from support.server import serving
from tidegate.api.delivery.v1 import channels_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database
from tidegate.runtime.service import Builder


@pytest.fixture
def told() -> Told:
    """The adapter `told`: it accepts everything, until a test says otherwise."""
    return Told()


@pytest.fixture
def shop(tmp_path: Path, database_url: str, clock: ManualClock, told: Told) -> Iterator[Shop]:
    """A company with two accounts, a template, and customers who have agreed to marketing."""
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "delivery": partial(build, registry=told_registry(told)),
    }
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        yield Shop(suite, clock, told)


@pytest.fixture
def chaos() -> Chaos:
    """The provider behind the adapter of the shop's accounts."""
    return Chaos()


@pytest.fixture
def misbehaving_shop(tmp_path: Path, database_url: str, clock: ManualClock, chaos: Chaos) -> Iterator[Shop]:
    """A shop with two accounts for SMS, and one for e-mail."""
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "delivery": partial(build, registry=chaos_registry(chaos)),
    }
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        shop = Shop(suite, clock, Told())
        shop.account("sms", "sms-2", settle_after=Duration(seconds=1), call_timeout=Duration(seconds=1))
        try:
            yield shop
        finally:
            chaos.unblocked.set()


@pytest.fixture
def rows(shop: Shop, tmp_path: Path, database_url: str) -> Iterator[Database]:
    """The rows of the shop's delivery, for what no call can bring about."""
    on_server = database_url.startswith("postgresql")
    database = Database.open(database_url if on_server else delivery_file(tmp_path), schema="delivery")
    yield database
    database.close()


@pytest.fixture
def followers(tmp_path: Path, database_url: str, clock: ManualClock, told: Told) -> Iterator[Followers]:
    """A company like `shop`, with accounts on a platform whose messages need grants or windows."""
    doubling = Doubling()
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "delivery": partial(build, registry=platform_registry(told, doubling)),
    }
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        yield Followers(Shop(suite, clock, told), doubling)


@pytest.fixture
def office() -> Office:
    """The provider behind the accounts `post-1` (letters), `cards` and `staffed-1` of the shop `posting`."""
    return Office()


@pytest.fixture
def posting(tmp_path: Path, database_url: str, clock: ManualClock, told: Told, office: Office) -> Iterator[Shop]:
    """A shop with accounts of a provider that calls, holds reports ready, can be asked, and has staff."""
    builders = post_builders(told, office)
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        shop = Shop(suite, clock, told)
        for account_id, channel, adapter in (
            ("post-1", "letter", "post"),
            ("cards", "card", "post"),
            ("staffed-1", "staffed", "staffed"),
        ):
            account = channels_pb2.Account(account_id=account_id, channel=channel, adapter=adapter, brands=[])
            shop.delivery.CreateAccount(pb.CreateAccountRequest(account=account))
        shop.template("letter", ("letter", "card", "staffed"))
        yield shop
