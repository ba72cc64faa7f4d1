"""Creating source codes, and what they brought."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from tidegate.identity.model import Span
from tidegate.identity.reading import canonical_of
from tidegate.identity.sources import SourceCode, Statistics
from tidegate.identity.store import sources
from tidegate.identity.writing import racing
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, LostRace
from tidegate.runtime.errors import AlreadyExists, NotFound, TidegateError, Unavailable
from tidegate.runtime.ids import new_id

Result = SourceCode | TidegateError

_BEFORE_ALL, _AFTER_ALL = -(2**62), 2**62


def new_code() -> str:
    """A code of our own making: 26 letters and digits, which a contact way's state and a scene of a QR code take."""
    return base64.b32encode(UUID(new_id()).bytes).decode().rstrip("=").lower()


@dataclass(frozen=True, slots=True)
class Codes:
    """Which codes are asked for; what is empty asks for all."""

    channel: str = ""
    inviter_id: int = 0
    campaign_id: str = ""


class SourceDesk:
    """Creates source codes and counts what they brought."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, codes: Sequence[SourceCode]) -> list[Result]:
        """Stores new codes, in one transaction; one that is taken, or whose inviter is not known, is refused."""
        if not codes:
            return []

        def operation(connection: sa.Connection) -> list[Result]:
            taken = sources.known(connection, {each.code for each in codes})
            inviters = canonical_of(connection, {each.inviter_id for each in codes})
            now, results, new = micros(self._clock.now()), list[Result](), list[SourceCode]()
            for each in codes:
                if each.code in taken:
                    results.append(AlreadyExists("source code", each.code))
                elif each.inviter_id and each.inviter_id not in inviters:
                    results.append(NotFound("customer", each.inviter_id))
                else:
                    taken.add(each.code)
                    new.append(each._replace(created=now))
                    results.append(new[-1]._replace(inviter_id=inviters.get(each.inviter_id, 0)))
            with racing():
                sources.add(connection, new)
            return results

        try:
            return self._database.run(operation)
        except LostRace as error:
            raise Unavailable("too many writers create the same codes; send the batch again") from error

    def page(self, wanted: Codes, *, after: str, limit: int) -> list[SourceCode]:
        """Codes in alphabetical order behind ``after``. Raises NotFound for an inviter that is not known."""
        with self._database.snapshot() as connection:
            inviter_id = wanted.inviter_id
            if inviter_id:
                inviter_id = canonical_of(connection, [inviter_id]).get(inviter_id, 0)
                if not inviter_id:
                    raise NotFound("customer", wanted.inviter_id)
            return sources.page(
                connection,
                channel=wanted.channel,
                inviter_id=inviter_id,
                campaign_id=wanted.campaign_id,
                after=after,
                limit=limit,
            )

    def statistics(self, codes: Sequence[str], span: Span) -> list[Statistics]:
        """What codes brought, in their order. Raises NotFound for the first that does not exist."""
        start = _BEFORE_ALL if span.start is None else span.start
        end = _AFTER_ALL if span.end is None else span.end
        with self._database.snapshot() as connection:
            known = sources.known(connection, set(codes))
            missing = next((code for code in codes if code not in known), None)
            if missing is not None:
                raise NotFound("source code", missing)
            found = sources.statistics(connection, list(known), start=start, end=end)
        return [found.get(code, Statistics()) for code in codes]
