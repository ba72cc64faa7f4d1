"""Contact ways: codes that bring whoever scans them to one of the staff, and a state that comes back with them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final

from tidegate.channels import ContactWay

from tidegate_adapters.weixin.api import Answered, Api
from tidegate_adapters.weixin.web import as_json

LONGEST_SOURCE_CODE: Final = 30
"""Characters that a contact way's `state` takes."""

_ADD: Final = "/cgi-bin/externalcontact/add_contact_way"
_LIST: Final = "/cgi-bin/externalcontact/list_contact_way"
_GET: Final = "/cgi-bin/externalcontact/get_contact_way"
_ONE, _SEVERAL = 1, 2
_QR_CODE: Final = 2
_LIMIT: Final = 1000
_MOST_PAGES: Final = 100
_BEFORE: Final = timedelta(minutes=2)
_AFTER: Final = timedelta(minutes=10)
"""How far from the beginning of a call WeCom may have the code as made: clocks differ, and calls take their time."""


class Untold(Exception):
    """WeCom refuses to tell; `given` is what it answered."""

    def __init__(self, given: Answered) -> None:
        super().__init__(given.code)
        self.given = given


async def add(api: Api, wanted: ContactWay) -> Answered:
    """Have WeCom make a code that needs nobody's consent. Raises what `Api.call` raises."""
    asked = {
        "type": _ONE if len(wanted.staff_ids) == 1 else _SEVERAL,
        "scene": _QR_CODE,
        "remark": wanted.remark,
        "skip_verify": True,
        "state": wanted.source_code,
        "user": list(wanted.staff_ids),
    }
    return await api.call(_ADD, as_json(asked))


async def find(api: Api, source_code: str, begun: datetime, now: datetime) -> str:
    """The code with this state that a call made which began then; "" = there is none.

    WeCom lists the ids of what was made in a span of time, and tells of each what it is. Raises Untold, and what
    `Api.call` raises.
    """
    async for config_id in _listed(api, begun - _BEFORE, begun + _AFTER, now):
        way = (await _told(api, _GET, {"config_id": config_id})).answer.get("contact_way")
        if isinstance(way, dict) and way.get("state") == source_code and isinstance(way.get("qr_code"), str):
            return str(way["qr_code"])
    return ""


async def _listed(api: Api, since: datetime, until: datetime, now: datetime) -> AsyncIterator[str]:
    """Without an end WeCom lists to its own present."""
    asked: dict[str, Any] = {"start_time": int(since.timestamp()), "limit": _LIMIT}
    if until < now:
        asked["end_time"] = int(until.timestamp())
    for _ in range(_MOST_PAGES):
        given = await _told(api, _LIST, asked)
        listed = given.answer.get("contact_way")
        for way in listed if isinstance(listed, list) else []:
            if isinstance(way, dict) and isinstance(way.get("config_id"), str):
                yield way["config_id"]
        cursor = given.answer.get("next_cursor")
        if not isinstance(cursor, str) or cursor in ("", asked.get("cursor")):
            return
        asked["cursor"] = cursor


async def _told(api: Api, path: str, asked: dict[str, Any]) -> Answered:
    given = await api.call(path, as_json(asked))
    if given.code:
        raise Untold(given)
    return given
