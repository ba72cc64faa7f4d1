"""What `tidegate doctor` says of accounts."""

import os
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from tidegate.cli.doctor import Finding, examine
from tidegate.delivery.breaker import OPENS_AFTER
from tidegate.delivery.model import Account
from tidegate.delivery.store import accounts, breakers
from tidegate.runtime.config import load
from tidegate.runtime.db.migrations import upgrade
from tidegate.runtime.opening import open_database


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith("TIDEGATE_"):
            monkeypatch.delenv(name)
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("TIDEGATE_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def fill(connection: sa.Connection) -> None:
    for name in ("broken", "good", "held"):
        accounts.create(connection, Account(account_id=name, channel="sms", adapter="console"))
    accounts.break_account(connection, "broken", reason="535: wrong password", now=1)
    locked, now = breakers.lock(connection, ["held"])
    breakers.write(connection, {"held": locked["held"].after([False] * OPENS_AFTER, now)})


def test_accounts_that_do_not_send_are_named_with_what_to_do(folder: Path) -> None:
    with closing(open_database(load(None), "delivery")) as database:
        upgrade(database, "delivery")
        database.run(fill)
    told = [one for one in examine(None) if one.subject.startswith("account ")]
    assert told == [
        Finding(
            "account broken",
            "broken, through console",
            "535: wrong password; correct it, and resume the account",
        ),
        Finding("account good", "active, through console"),
        Finding(
            "account held",
            "active, through console",
            f"its last {OPENS_AFTER} calls failed; look at the provider, or wait: it is tried again",
        ),
    ]
