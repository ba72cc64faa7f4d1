"""Has providers make contact ways: codes by which customers add staff, which carry a source code of identity's."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog

from tidegate.channels import ContactWay, Outcome
from tidegate.delivery.allowances.recording import lane_of
from tidegate.delivery.dispatch.lines import Line, Lines
from tidegate.delivery.instants import SECOND
from tidegate.delivery.store import accounts, ways
from tidegate.runtime.clock import Clock, from_micros, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import FailedPrecondition, NotFound, TidegateError, Unavailable, Violations

LOG = structlog.get_logger(__name__)
_LONGEST_CODE = 63
_MOST_STAFF = 100
_LONGEST_REMARK = 200
_CALLS = 3
"""As many call time-outs nobody else asks for it: one to look for it, one to make it, and one to spare."""


@dataclass(frozen=True, slots=True)
class Contacting:
    """Makes contact ways. ``within`` has an adapter's loop run a coroutine; it raises what the adapter raises."""

    database: Database
    clock: Clock
    lines: Lines
    within: Callable[[Line, Coroutine[Any, Any, Any]], Any]

    def make(self, account_id: str, wanted: ContactWay) -> str:
        """The address of the contact way of an account and a source code, made when none is kept.

        That it is asked for is kept before the provider is. Where its answer was lost, be it by the end of the process,
        the next call looks for what it made before it has another made.
        """
        _check(wanted)
        with self.database.read() as connection:
            account = accounts.get(connection, account_id)
            known = ways.find(connection, account_id, wanted.source_code)
        if account is None:
            raise NotFound("account", account_id)
        if known:
            return known
        lane = lane_of(self.lines, account)
        if isinstance(lane, TidegateError):
            raise lane
        return self._ask(self.lines.line(account), wanted)

    def _ask(self, line: Line, wanted: ContactWay) -> str:
        key = line.account.account_id, wanted.source_code
        lease = int(_CALLS * line.call_timeout * SECOND)
        claim = self.database.run(lambda c: ways.claim(c, *key, self._now(), lease=lease))
        if claim is None:
            raise Unavailable(f"another call has {key[0]} make this contact way: ask again in a moment")
        if claim.url:
            return claim.url
        try:
            url = (claim.begun is not None and self._found(line, wanted, claim.begun)) or self._made(line, wanted)
        except _NotMade as error:
            self.database.run(lambda c: ways.forget(c, *key))
            raise error.problem from error
        except Exception:
            self.database.run(lambda c: ways.free(c, *key))
            raise
        return self.database.run(lambda c: ways.keep(c, *key, url, self._now()))

    def _found(self, line: Line, wanted: ContactWay, begun: int) -> str:
        """The address of what the provider made when it was asked before; empty where it made none."""
        account_id = line.account.account_id
        found = self._answer(line, line.channel.find_contact_way(line.bound, wanted, from_micros(begun)))
        if isinstance(found, str) and found:
            return found
        if found is not None:
            raise Unavailable(f"{account_id} does not say whether it has made the contact way: {_words(found)}")
        self.database.run(lambda c: ways.begin(c, account_id, wanted.source_code, self._now()))
        return ""

    def _made(self, line: Line, wanted: ContactWay) -> str:
        account_id = line.account.account_id
        made = self._answer(line, line.channel.make_contact_way(line.bound, wanted))
        if isinstance(made, str) and made:
            return made
        is_refused = isinstance(made, Outcome) and made.kind.is_definite_refusal
        if is_refused and not made.kind.may_retry:
            words = f"{account_id} makes no such contact way: {_words(made)}"
            raise _NotMade(FailedPrecondition(words, reason="CONTACT_WAY_REFUSED"))
        problem = Unavailable(f"{account_id} can't make a contact way at this moment: {_words(made)}")
        raise _NotMade(problem) if is_refused else problem

    def _answer(self, line: Line, call: Coroutine[Any, Any, Any]) -> Any:
        account_id = line.account.account_id
        try:
            return self.within(line, call)
        except Exception as error:
            LOG.exception("adapter.not_asked", account_id=account_id, error=type(error).__name__)
            raise Unavailable(f"the adapter of {account_id} gave no answer: try again later") from error

    def _now(self) -> int:
        return micros(self.clock.now())


class _NotMade(Exception):
    """The provider surely has not made it; ``problem`` is what the caller is told."""

    def __init__(self, problem: TidegateError) -> None:
        super().__init__(str(problem))
        self.problem = problem


def _words(answer: object) -> str:
    if not isinstance(answer, Outcome):
        return "the adapter answered nothing of use"
    return f"{answer.detail} ({answer.provider_code})" if answer.provider_code else answer.detail


def _check(wanted: ContactWay) -> None:
    wrong = Violations()
    if not 1 <= len(wanted.source_code) <= _LONGEST_CODE:
        wrong.add("source_code", f"must have 1 to {_LONGEST_CODE} characters: a code of identity's CreateSourceCodes")
    if not 1 <= len(wanted.staff_ids) <= _MOST_STAFF or not all(wanted.staff_ids):
        wrong.add("staff_ids", f"must hold 1 to {_MOST_STAFF} ids of staff at the provider, none empty")
    if len(wanted.remark) > _LONGEST_REMARK:
        wrong.add("remark", f"may have {_LONGEST_REMARK} characters")
    wrong.raise_if_any()
