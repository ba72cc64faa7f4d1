"""Febrl's first data set: 1,000 records of 500 people, joined by their social security number alone."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.feeds import changes
from support.people import identifier, put, upsert
from support.server import serving
from support.shared_data import shared_data
from tidegate.api.identity.v1 import changes_pb2, customers_pb2, definitions_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.runtime.clock import ManualClock

Record = dict[str, str]


@pytest.fixture
def records() -> Sequence[Record]:
    with shared_data("febrl/dataset1.csv").open() as file:
        return list(csv.DictReader(file, skipinitialspace=True))


@pytest.fixture
def identity(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[IdentityServiceStub]:
    with serving(tmp_path, "identity", clock=clock, database_url=database_url) as suite:
        stub = suite.stub("identity", IdentityServiceStub)
        namespace = definitions_pb2.Namespace(
            namespace_id="soc_sec_id",
            priority=950,
            max_per_customer=1,
            strength=definitions_pb2.STRENGTH_STRONG,
            normal_form=definitions_pb2.NORMAL_FORM_DIGITS,
        )
        stub.CreateNamespace(definitions_pb2.CreateNamespaceRequest(namespace=namespace))
        yield stub


def person(record: Record) -> str:
    """`rec-223-org` and `rec-223-dup-0` are person 223."""
    return record["rec_id"].split("-")[1]


def test_the_number_alone_joins_550_customers_and_every_link_is_right(
    identity: IdentityServiceStub, records: Sequence[Record]
) -> None:
    results = put(identity, *(upsert(f"soc_sec_id {record['soc_sec_id']}", source="febrl") for record in records))
    assert len(records) == len(results) == 1000
    people: dict[int, set[str]] = {}
    for record, result in zip(records, results, strict=True):
        people.setdefault(result.customer_id, set()).add(person(record))
    assert len(people) == 550
    assert sum(result.created for result in results) == 550
    assert all(len(together) == 1 for together in people.values())

    again = put(identity, *(upsert(f"soc_sec_id {record['soc_sec_id']}", source="febrl") for record in records))
    assert [result.customer_id for result in again] == [result.customer_id for result in results]
    feed = list(changes(identity, changes_pb2.ListChangesRequest(page_size=10_000)))
    assert [change.WhichOneof("change") for change in feed] == ["customer_created"] * 550
    asked = [identifier(f"soc_sec_id {record['soc_sec_id']}") for record in records]
    resolved = identity.ResolveIdentifiers(customers_pb2.ResolveIdentifiersRequest(identifiers=asked))
    assert len({result.customer_id for result in resolved.results}) == 550
