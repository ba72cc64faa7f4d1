"""Tasks that staff confirm, and what became of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tidegate_adapters.wecom.codes import SENT
from tidegate_adapters.weixin.api import Api
from tidegate_adapters.weixin.web import as_json

_CONFIRMED: Final = 2
_LIMIT: Final = 500
_MOST_PAGES: Final = 1000


class Untold(Exception):
    """WeCom does not tell, or not yet: a task is being handed out, or is not known."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a task for one customer: WeCom's status, and when, in seconds since 1970; 0 = not told."""

    external_userid: str
    status: int
    seconds: int


async def results(api: Api, msgid: str) -> Mapping[str, Result]:
    """By customer, what the staff who confirmed have brought about; nothing while nobody has.

    Of several members of staff the one who reached the customer counts. Raises Untold, and what `Api.call` raises.
    """
    found: dict[str, Result] = {}
    async for task in _pages(api, "/cgi-bin/externalcontact/get_groupmsg_task", "task_list", {"msgid": msgid}):
        userid = task.get("userid")
        if task.get("status") != _CONFIRMED or not isinstance(userid, str):
            continue
        asked = {"msgid": msgid, "userid": userid}
        async for sent in _pages(api, "/cgi-bin/externalcontact/get_groupmsg_send_result", "send_list", asked):
            result = _result(sent)
            if result and (result.external_userid not in found or result.status == SENT):
                found[result.external_userid] = result
    return found


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
