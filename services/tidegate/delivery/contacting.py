"""Has providers make contact ways: codes by which customers add staff, which carry a source code of identity's."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog

from tidegate.channels import ContactWay, Outcome
from tidegate.delivery.allowances.recording import lane_of
from tidegate.delivery.dispatch.lines import Line, Lines
from tidegate.delivery.store import accounts, ways
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import FailedPrecondition, NotFound, TidegateError, Unavailable, Violations

LOG = structlog.get_logger(__name__)
_LONGEST_CODE = 63
_MOST_STAFF = 100
_LONGEST_REMARK = 200


@dataclass(frozen=True, slots=True)
class Contacting:
    """Makes contact ways. ``within`` has an adapter's loop run a coroutine; it raises what the adapter raises."""

    database: Database
    clock: Clock
    lines: Lines
    within: Callable[[Line, Coroutine[Any, Any, Any]], Any]

    def make(self, account_id: str, wanted: ContactWay) -> str:
        """The address of the contact way of an account and a source code, made when none is kept.

        It is kept once. After a crash before that, or a call at the same time, the provider may hold another.
        """
        _check(wanted)
        with self.database.read() as connection:
            account = accounts.get(connection, account_id)
            known = ways.find(connection, account_id, wanted.source_code)
        if account is None:
            raise NotFound("account", account_id)
        if known is not None:
            return known
        lane = lane_of(self.lines, account)
        if isinstance(lane, TidegateError):
            raise lane
        url = self._made(self.lines.line(account), wanted)
        now = micros(self.clock.now())
        return self.database.run(lambda c: ways.keep(c, account_id, wanted.source_code, url, now))

    def _made(self, line: Line, wanted: ContactWay) -> str:
        account_id = line.account.account_id
        try:
            made = self.within(line, line.channel.make_contact_way(line.bound, wanted))
        except Exception as error:
            LOG.exception("adapter.not_asked", account_id=account_id, error=type(error).__name__)
            raise Unavailable(f"the adapter of {account_id} gave no answer: try again later") from error
        if isinstance(made, str) and made:
            return made
        refused = made if isinstance(made, Outcome) else Outcome.permanent("the adapter answered nothing of use")
        detail = f"{refused.detail} ({refused.provider_code})" if refused.provider_code else refused.detail
        if refused.kind.may_retry or not refused.kind.is_definite_refusal:
            raise Unavailable(f"{account_id} can't make a contact way at this moment: {detail}")
        raise FailedPrecondition(f"{account_id} makes no such contact way: {detail}", reason="CONTACT_WAY_REFUSED")


def _check(wanted: ContactWay) -> None:
    wrong = Violations()
    if not 1 <= len(wanted.source_code) <= _LONGEST_CODE:
        wrong.add("source_code", f"must have 1 to {_LONGEST_CODE} characters: a code of identity's CreateSourceCodes")
    if not 1 <= len(wanted.staff_ids) <= _MOST_STAFF or not all(wanted.staff_ids):
        wrong.add("staff_ids", f"must hold 1 to {_MOST_STAFF} ids of staff at the provider, none empty")
    if len(wanted.remark) > _LONGEST_REMARK:
        wrong.add("remark", f"may have {_LONGEST_REMARK} characters")
    wrong.raise_if_any()
