"""Tasks that staff confirm, and what became of them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tidegate_adapters.calls import NoAnswer
from tidegate_adapters.wecom.codes import SENT
from tidegate_adapters.weixin.api import Api
from tidegate_adapters.weixin.web import as_json

_CONFIRMED: Final = 2
_LIMIT: Final = 500
_MOST_PAGES: Final = 1000
_KEPT_FOR: Final = 30.0
"""Seconds."""


class Untold(Exception):
    """WeCom does not tell, or not yet: a task is being handed out, or is not known."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a task for one customer: WeCom's status, and when, in seconds since 1970; 0 = not told."""

    external_userid: str
    status: int
    seconds: int


class Recent:
    """What became of tasks, kept for a short while: their messages are asked about a hundred at a time."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now` counts seconds."""
        self._now = now
        self._kept: dict[tuple[str, str], tuple[float, Mapping[str, Result], set[str]]] = {}

    async def results(self, account_id: str, api: Api, msgid: str, asked: Collection[str]) -> Mapping[str, Result]:
        """As `results`, for the customers that are asked about; who is asked about once more is looked up anew.

        Where WeCom stops telling midway: whom a message reached so far, and that is not kept.
        """
        now = self._now()
        self._kept = {key: kept for key, kept in self._kept.items() if now < kept[0] + _KEPT_FOR}
        kept = self._kept.get((account_id, msgid))
        if kept and kept[2].isdisjoint(asked):
            kept[2].update(asked)
            return kept[1]
        found: dict[str, Result] = {}
        try:
            await _collect(api, msgid, found)
        except (NoAnswer, Untold):
            return {who: result for who, result in found.items() if result.status == SENT}
        self._kept[account_id, msgid] = self._now(), found, set(asked)
        return found


async def results(api: Api, msgid: str) -> Mapping[str, Result]:
    """By customer, what the staff who confirmed have brought about; nothing while nobody has.

    Of several members of staff the one who reached the customer counts. Raises Untold, and what `Api.call` raises.
    """
    found: dict[str, Result] = {}
    await _collect(api, msgid, found)
    return found


async def _collect(api: Api, msgid: str, found: dict[str, Result]) -> None:
    async for task in _pages(api, "/cgi-bin/externalcontact/get_groupmsg_task", "task_list", {"msgid": msgid}):
        userid = task.get("userid")
        if task.get("status") != _CONFIRMED or not isinstance(userid, str):
            continue
        asked = {"msgid": msgid, "userid": userid}
        async for sent in _pages(api, "/cgi-bin/externalcontact/get_groupmsg_send_result", "send_list", asked):
            result = _result(sent)
            if result and (result.external_userid not in found or result.status == SENT):
                found[result.external_userid] = result


async def remind(api: Api, msgid: str) -> None:
    """Have WeCom remind the staff who have yet to confirm; it does so three times a day at most."""
    await api.call("/cgi-bin/externalcontact/remind_groupmsg_send", as_json({"msgid": msgid}))


async def cancel(api: Api, msgid: str) -> bool:
    """Take a task back; whether it was."""
    answered = await api.call("/cgi-bin/externalcontact/cancel_groupmsg_send", as_json({"msgid": msgid}))
    return answered.code == 0


async def _pages(api: Api, path: str, name: str, asked: Mapping[str, str]) -> AsyncIterator[dict[str, Any]]:
    """The items of a list that comes in pages."""
    cursor = ""
    for _ in range(_MOST_PAGES):
        page = {"limit": _LIMIT, "cursor": cursor} if cursor else {"limit": _LIMIT}
        answered = await api.call(path, as_json({**asked, **page}))
        listed = answered.answer.get(name)
        if answered.code or not isinstance(listed, list):
            raise Untold(f"{answered.code}")
        for item in listed:
            if isinstance(item, dict):
                yield item
        following = answered.answer.get("next_cursor")
        if not isinstance(following, str) or following in ("", cursor):
            return
        cursor = following


def _result(sent: Mapping[str, Any]) -> Result | None:
    who, status, seconds = sent.get("external_userid"), sent.get("status"), sent.get("send_time", 0)
    if not isinstance(who, str) or not isinstance(status, int):
        return None
    return Result(who, status, seconds if isinstance(seconds, int) else 0)
