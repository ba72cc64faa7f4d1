"""A person with much that is known of them, what tells who it is, and all rows that a suite holds."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from tidegate.api.identity.v1 import consents_pb2, definitions_pb2, privacy_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.runtime.db import Database

from support.people import event, ingest, put, upsert, who
from support.sealed import opened_values
from support.server import Suite

PHONE = "phone +8613812345678"
SECRETS = ("13812345678", "wang.fang@example.com", "Wang Fang", "a red scarf for the bride", "no-9 garden lane")


def profile(stub: IdentityServiceStub) -> int:
    """Wang Fang: identifiers, a personal attribute, tags, a consent with proof, an event with words."""
    definition = definitions_pb2.AttributeDefinition(
        name="address", type=definitions_pb2.ATTRIBUTE_TYPE_STRING, personal=True
    )
    stub.CreateAttributeDefinition(definitions_pb2.CreateAttributeDefinitionRequest(attribute_definition=definition))
    consent = consents_pb2.Consent(
        purpose="marketing",
        decision=consents_pb2.DECISION_GRANTED,
        source="test",
        proof="signed by Wang Fang",
    )
    known = put(
        stub,
        upsert(
            PHONE,
            "email wang.fang@example.com",
            "device d-9",
            attributes={"address": "no-9 garden lane"},
            add_tags=["vip"],
            consents=[consent],
            time=0,
        ),
    )[0]
    ingest(stub, event("w1", PHONE, properties={"item": "a red scarf for the bride", "amount": 12}))
    return known.customer_id


def erase(stub: IdentityServiceStub, reference: int | str) -> privacy_pb2.Erasure:
    """Begins an erasure."""
    request = privacy_pb2.EraseCustomerRequest(customer=who(reference), reason="asked for by the person")
    return stub.EraseCustomer(request).erasure


def erasure(stub: IdentityServiceStub, erasure_id: str) -> privacy_pb2.Erasure:
    """Where an erasure stands."""
    return stub.GetErasure(privacy_pb2.GetErasureRequest(erasure_id=erasure_id)).erasure


def export_identity(stub: IdentityServiceStub, reference: int | str) -> Any:
    """All that identity knows of a person."""
    parts = stub.ExportCustomer(privacy_pb2.ExportCustomerRequest(customer=who(reference)))
    return json.loads(b"".join(part.json_chunk for part in parts))


def exported(text: str) -> datetime:
    """An instant as an export has it."""
    return datetime.fromisoformat(text).replace(tzinfo=None)


def dump(suite: Suite, *services: str) -> str:
    """Every row of every table of the services' databases, what is sealed also as it reads with the keys."""
    rows = [_rows_of(suite, each) for each in services]
    for each in {"identity", "delivery"}.intersection(services):
        rows += opened_values(suite.process.settings, each)
    return "\n".join(rows)


def _rows_of(suite: Suite, service: str) -> str:
    """Every row of every table, bytes as the text they contain."""
    database = Database.open(suite.process.settings.database_of(service), schema=service)
    metadata = sa.MetaData()
    metadata.reflect(database.engine, schema=service if database.dialect == "postgresql" else None)
    with database.read() as connection:
        found = [
            (table.name, *map(_readable, row))
            for table in metadata.sorted_tables
            for row in connection.execute(sa.text(f"SELECT * FROM {table.fullname}"))
        ]
    database.close()
    return "\n".join(map(repr, found))


def _readable(value: Any) -> Any:
    return bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else value
