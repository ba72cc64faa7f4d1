"""What an adapter answered, made fit to be recorded: one wrong outcome must not keep those of others waiting."""

import re
from datetime import timedelta

from tidegate.channels import Outcome, OutcomeKind, Scope

NO_OUTCOME = Outcome.uncertain("the adapter gave no outcome for the message")
_LONGEST_WAIT = timedelta(days=30)
_LONGEST_ID = 500
_LONGEST_CODE = 100
_MOST_PARTS = 255
_LONGEST_DETAIL = 500
_MOST_COST = 10**12
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def sound(given: object) -> Outcome:
    """The outcome with its fields of the right kind and size; NO_OUTCOME when it does not say what happened.

    Texts lose what no database takes (NUL and lone surrogates), and a wait is at most 30 days. A wait that is
    no duration counts as none: what became of the message is known all the same.
    """
    if not isinstance(given, Outcome):
        return NO_OUTCOME
    try:
        return Outcome(
            OutcomeKind(given.kind),
            Scope(given.scope),
            provider_id=_text(given.provider_id, _LONGEST_ID),
            provider_code=_text(given.provider_code, _LONGEST_CODE),
            detail=_text(given.detail, _LONGEST_DETAIL),
            retry_after=_wait(given.retry_after),
            cost_micros=_amount(given.cost_micros),
            parts=_amount(given.parts),
            is_unknown_code=given.is_unknown_code is True,
            part_ids=_ids(given.part_ids),
        )
    except Exception:  # noqa: BLE001  (the fields are an adapter's objects, and may raise whatever they like)
        return NO_OUTCOME


def _text(given: object, longest: int) -> str:
    return "" if given is None else _UNSTORABLE.sub("", str(given))[:longest]


def _ids(given: object) -> tuple[str, ...]:
    listed = given[:_MOST_PARTS] if isinstance(given, tuple | list) else ()
    return tuple(filter(None, (_text(one, _LONGEST_ID) for one in listed)))


def _amount(given: object) -> int | None:
    return given if type(given) is int and 0 <= given <= _MOST_COST else None


def _wait(given: object) -> timedelta | None:
    if not isinstance(given, timedelta):
        return None
    return min(max(given, timedelta()), _LONGEST_WAIT)
