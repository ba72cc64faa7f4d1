"""The migrations make what the tables say, to the last constraint."""

import time
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError
from support.schemas import migrate_to
from tidegate.delivery import machine
from tidegate.delivery.addresses import AddressKeys
from tidegate.delivery.model import DropReason, MessageState
from tidegate.delivery.service import METADATA
from tidegate.delivery.store.tables import CAPS, STATES
from tidegate.delivery.templates.store import TEMPLATES
from tidegate.delivery.vault import ADDRESSES, Vault
from tidegate.runtime.config import ConfigError
from tidegate.runtime.db import Database
from tidegate.runtime.db.migrations import pending, upgrade
from tidegate.runtime.keyring import Keyring
from tidegate.runtime.secret import Secrets


def test_migrations_and_tables_agree(empty_database_url: str) -> None:
    database = Database.open(empty_database_url, schema="delivery")
    try:
        assert pending(database, "delivery")
        upgrade(database, "delivery")
        assert pending(database, "delivery") == []
        with database.read() as connection:
            assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
            migrated, moves = constraints(connection), triggers(connection)
        database.run(METADATA.drop_all)
        database.run(METADATA.create_all)
        with database.read() as connection:
            assert migrated == constraints(connection)
            assert moves == triggers(connection)
    finally:
        database.close()


def test_the_database_refuses_moves_that_the_machine_has_not(empty_database_url: str) -> None:
    database = Database.open(empty_database_url, schema="delivery")
    upgrade(database, "delivery")
    try:
        with database.write() as connection:
            allowed = {(source, target) for source in MessageState for target in MessageState}
            for source, target in sorted(allowed):
                connection.execute(sa.delete(STATES))
                connection.execute(sa.insert(STATES).values(message_id="m", **_standing(source)))
                try:
                    with connection.begin_nested():
                        connection.execute(sa.update(STATES).values(**_standing(target)))
                except IntegrityError as error:
                    if "does not move" in str(error.orig):
                        allowed.remove((source, target))
        assert allowed == {(source, target) for source in MessageState for target in machine.MOVES[source]}
    finally:
        database.close()


def _standing(state: MessageState) -> Mapping[str, Any]:
    """The row of a message that stands there, as all other constraints want it."""
    dropped, final = state is MessageState.DROPPED, state in machine.FINAL
    return {
        "state": state.value,
        "channel": "sms",
        "rank": 0,
        "expire_time": 1,
        "account_id": "a",
        "lease_token": "t",
        "outcome": "accepted",
        "drop_reason": DropReason.EXPIRED.value if dropped else "",
        "wake_time": 1 if state is MessageState.DEFERRED else None,
        "settle_real": 1 if state is MessageState.UNCERTAIN else None,
        "final_time": 1 if final else None,
    }


def triggers(connection: sa.Connection) -> Sequence[Any]:
    """The triggers of all tables, and the function that one of them calls."""
    if connection.dialect.name == "sqlite":
        return connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    made = "SELECT tgname, pg_get_triggerdef(oid), pg_get_functiondef(tgfoid) FROM pg_trigger WHERE NOT tgisinternal"
    return connection.execute(sa.text(made)).all()


def constraints(connection: sa.Connection) -> Mapping[str, Any]:
    """What alembic does not compare: checks, and of which rows indexes are."""
    inspector = sa.inspect(connection)
    return {
        table: {
            "checks": {one["name"]: one["sqltext"] for one in inspector.get_check_constraints(table)},
            "indexes": {
                one["name"]: (one["column_names"], {key: str(of) for key, of in one.get("dialect_options", {}).items()})
                for one in inspector.get_indexes(table)
            },
            "defaults": {one["name"]: one["default"] for one in inspector.get_columns(table)},
        }
        for table in sorted(METADATA.tables)
    }


def test_what_lay_there_is_keyed_and_read_as_before(empty_database_url: str) -> None:
    """What an earlier version stored is in the form that is read, and found by keys that can't be guessed."""
    database, secrets = Database.open(empty_database_url, schema="delivery"), Secrets("s" * 32, {})
    vault = Vault(AddressKeys(secrets.key(ADDRESSES)), b"t" * 32, Keyring(None, original=b"o" * 32, purpose=""))
    try:
        migrate_to(database, "0021")
        database.run(_store_as_before)
        with pytest.raises(ConfigError, match="secret_key"):
            upgrade(database, "delivery")
        upgrade(database, "delivery", lambda: secrets)
        key, number = vault.address_key("phone", PHONE), "13900000000"
        with database.read() as connection:
            rows = {
                each: connection.execute(sa.text(f"SELECT * FROM {each} ORDER BY 1")).mappings().all()
                for each in _AS_BEFORE
            }
        said = {each["message_id"]: (each["sealed"], each["address_key"]) for each in rows["message_contents"]}
        assert vault.content("m1", said["m1"][0]) == ({"name": 'Wang "Fang"'}, ("phone", number))
        assert vault.content("m2", said["m2"][0]) == ({"name": "Li"}, None)
        assert (said["m1"][1], said["m2"][1], said["m3"]) == (key, "", ("", ""))
        called = {
            each["message_id"]: (vault.call("", each["sealed"]), each["address_key"]) for each in rows["attempts"]
        }
        assert called == {"m1": ((PHONE, "gone"), key), "m2": ((PHONE, ""), key), "m3": (("", "no answer"), "")}
        assert [each["address_key"] for each in rows["receipts"]] == [key, ""]
        assert [each["address_key"] for each in rows["suppressions"]] == [key, "", "segment:" + "f" * 24]
        assert next((each["value"], each["note"]) for each in rows["suppressions"]) == (number, "asked")
        for table in ("interactions", "grants", "window_openings"):
            assert [each["address_key"] for each in rows[table]] == [key]
        assert [each["address_key"] for each in rows["allowance_uses"]] == [key, ""]
    finally:
        database.close()


def test_what_was_called_for_counts_and_words_of_providers_go(empty_database_url: str) -> None:
    """In this day and month, where nothing was counted of them; templates keep what is no provider's word."""
    database, now = Database.open(empty_database_url, schema="delivery"), int(time.time() * 1_000_000)
    reason = "refused 5 times by the provider of a"
    document = {"state_reason": f"{reason}: E1 to Wang Fang", "provider_templates": [{"detail": f"{reason}: \nWang"}]}
    old = now - 32 * 24 * _HOUR
    try:
        migrate_to(database, "0011")
        with database.write() as connection:
            for number, (account_id, at) in enumerate([("a", now), ("a", now), ("b", now), ("b", old), ("c", old)]):
                values = {"message_id": str(number), "account_id": account_id, "at": at}
                connection.execute(
                    sa.text(
                        "INSERT INTO attempts (message_id, number, channel, account_id, start_time, outcome) "
                        "VALUES (:message_id, 1, 'sms', :account_id, :at, 'accepted')"
                    ),
                    values,
                )
            row = {"template_id": "t", "revision": 1, "state": "active", "document": document}
            connection.execute(sa.insert(TEMPLATES).values(row))
        migrate_to(database, "0031")
        today = (now + 8 * _HOUR) // (24 * _HOUR) * 24 * _HOUR - 8 * _HOUR  # in China
        begun = {"account_id": "b", "name": "day", "starts": today, "ends": today + 24 * _HOUR, "used": 7}
        database.run(lambda connection: connection.execute(sa.insert(CAPS).values(begun)))
        upgrade(database, "delivery")
        with database.read() as connection:
            kept = connection.execute(sa.select(CAPS.c.account_id, CAPS.c.name, CAPS.c.used).order_by(*CAPS.c)).all()
            assert kept == [("a", "day", 2), ("a", "month", 2), ("b", "day", 7), ("b", "month", 1)]
            assert connection.scalar(sa.select(TEMPLATES.c.document)) == {
                "state_reason": reason,
                "provider_templates": [{"detail": reason}],
            }
    finally:
        database.close()


_HOUR = 3_600 * 1_000_000
PHONE = "+8613900000000"
_DIGEST = blake2b(b"phone\x1f" + PHONE.encode(), digest_size=16).hexdigest()
_SUPPRESSION = {
    "customer_id": 0,
    "original_customer_id": 0,
    "namespace": "phone",
    "channels": "",
    "purpose": "",
    "brand": "",
    "cause": "manual",
    "version": 1,
    "create_time": 1,
}
_ATTEMPT = {"number": 1, "channel": "sms", "account_id": "a", "start_time": 1, "outcome": "accepted"}
_RECEIPT = {"kind": "delivered", "time": 1, "record_time": 1, "state": "waiting", "address": PHONE}
_AS_BEFORE: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "message_contents": (
        {
            "message_id": "m1",
            "variables": '{"name":"Wang \\"Fang\\""}',
            "address_namespace": "phone",
            "address_value": "13900000000",
        },
        {"message_id": "m2", "variables": '{"name":"Li"}', "address_namespace": "", "address_value": ""},
        {"message_id": "m3", "variables": "{}", "address_namespace": "", "address_value": ""},
    ),
    "attempts": (
        {"message_id": "m1", **_ATTEMPT, "address_namespace": "phone", "address_value": PHONE, "detail": "gone"},
        {"message_id": "m2", **_ATTEMPT, "address_namespace": "phone", "address_value": PHONE, "detail": ""},
        {"message_id": "m3", **_ATTEMPT, "address_namespace": "", "address_value": "", "detail": "no answer"},
    ),
    "receipts": (
        {"receipt_id": "1", "account_id": "a", "dedupe_key": "1", **_RECEIPT},
        {"receipt_id": "2", "account_id": "never sent by", "dedupe_key": "2", **_RECEIPT},
    ),
    "suppressions": (
        {"suppression_id": "1", "address_key": _DIGEST, **_SUPPRESSION, "value": "13900000000", "note": " asked"},
        {"suppression_id": "2", "address_key": "", **_SUPPRESSION, "customer_id": 7, "value": "", "note": ""},
        {"suppression_id": "3", "address_key": f"segment:{'f' * 24}", **_SUPPRESSION, "value": "", "note": ""},
    ),
    "interactions": (
        {
            "account_id": "a",
            "interaction_id": "i",
            "kind": "subscription_accept",
            "address_key": _DIGEST,
            "time": 1,
            "record_time": 1,
        },
    ),
    "grants": ({"account_id": "a", "address_key": _DIGEST, "template_id": "t"},),
    "window_openings": ({"account_id": "a", "address_key": _DIGEST, "opened_by": "message", "opened": 1},),
    "allowance_uses": (
        {"message_id": "m1", "account_id": "a", "address_key": _DIGEST, "taken_at": 1, "state": "taken"},
        {"message_id": "m2", "account_id": "a", "address_key": "", "taken_at": 1, "state": "taken"},
    ),
}
"""What an earlier version had stored."""


def _store_as_before(connection: sa.Connection) -> None:
    for table, rows in _AS_BEFORE.items():
        for row in rows:
            columns = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            connection.execute(sa.text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), row)
