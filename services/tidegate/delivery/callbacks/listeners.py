"""The accounts to which providers call, paused and broken ones included."""

import threading
import time

import structlog

from tidegate.channels import SettingsError, UnknownChannel
from tidegate.delivery.dispatch.lines import Line, Lines
from tidegate.delivery.model import Account
from tidegate.delivery.store import accounts
from tidegate.runtime.db import Database

LOG = structlog.get_logger(__name__)
_REFRESH_SECONDS = 1.0
_TRY_AGAIN_SECONDS = 30.0


class Listeners:
    """Knows the accounts, as they were a second ago at most, with their adapters and settings."""

    def __init__(self, database: Database, lines: Lines) -> None:
        self._database = database
        self._lines = lines
        self._lock = threading.Lock()
        self._accounts: dict[str, Account] = {}
        self._known: dict[str, tuple[int, Line | None, float]] = {}
        self._next_look = 0.0
        self._seen = -1

    def remembers(self, account_id: str) -> bool:
        """Whether line() answers from memory."""
        return self._is_fresh and account_id in self._accounts

    @property
    def _is_fresh(self) -> bool:
        return time.monotonic() < self._next_look and self._seen == self._lines.changes

    def all(self) -> list[Line]:
        """Those that can be used as they stand."""
        self._look()
        return [line for one in list(self._accounts.values()) if (line := self._line(one))]

    def line(self, account_id: str) -> Line | None:
        """The account with its adapter and settings; None when there is none, or it can't be used as it stands.

        One that is not remembered may have been made a moment ago: the database is asked.
        """
        self._look(at_once=account_id not in self._accounts)
        account = self._accounts.get(account_id)
        return None if account is None else self._line(account)

    def _look(self, *, at_once: bool = False) -> None:
        with self._lock:
            if self._is_fresh and not at_once:
                return
            self._seen = self._lines.changes
            with self._database.read() as connection:
                self._accounts = {one.account_id: one for one in accounts.find(connection)}
            self._known = {key: one for key, one in self._known.copy().items() if key in self._accounts}
            self._next_look = time.monotonic() + _REFRESH_SECONDS

    def _line(self, account: Account) -> Line | None:
        version, line, until = self._known.get(account.account_id, (-1, None, 0.0))
        if version == account.version and (line is not None or time.monotonic() < until):
            return line
        line = self._open(account)
        self._known[account.account_id] = account.version, line, time.monotonic() + _TRY_AGAIN_SECONDS
        return line

    def _open(self, account: Account) -> Line | None:
        try:
            return self._lines.line(account)
        except (UnknownChannel, SettingsError) as error:
            LOG.warning("account.unusable", account_id=account.account_id, reason=str(error))
        except Exception as error:
            LOG.exception("account.unusable", account_id=account.account_id, reason=type(error).__name__)
        return None
