"""What WeCom's callbacks say of customers and the staff whose contacts they are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tidegate.channels import Happened

from tidegate_adapters.weixin.callbacks import time_of
from tidegate_adapters.weixin.documents import Document, text_of

CONTACT_ADDED: Final = "wecom_contact_added"

_EVENT: Final = "change_external_contact"
_KNOWN_BY: Final = ("FromUserName", "CreateTime", "Event", "ChangeType", "UserID", "ExternalUserID", "MsgId")


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a change is called, and whether the customer has yet to confirm it."""

    name: str
    is_half: bool = False


_CHANGES: Final[Mapping[str, _Reading]] = {
    "add_external_contact": _Reading(CONTACT_ADDED),
    "add_half_external_contact": _Reading(CONTACT_ADDED, is_half=True),
    "del_external_contact": _Reading("wecom_contact_deleted"),
    "del_follow_user": _Reading("wecom_follow_deleted"),
}
"""Changes by WeCom's names: staff and customer became contacts; staff deleted the customer; the customer the staff."""


def known_by(document: Document) -> str:
    """By what it is known when it comes again, without naming who did it."""
    parts = "\n".join(text_of(document, name) for name in _KNOWN_BY)
    return f"wecom:{hashlib.sha256(parts.encode()).hexdigest()[:40]}"


def report_of(corpid: str, document: Document, arrived: datetime) -> Happened | None:
    """What happened; None where it is nothing that anybody needs to know."""
    reading = _CHANGES.get(text_of(document, "ChangeType")) if text_of(document, "Event") == _EVENT else None
    external_userid = text_of(document, "ExternalUserID")
    if reading is None or not external_userid:
        return None
    return Happened(
        report_id=known_by(document),
        name=reading.name,
        identifiers=((f"wecom.external_userid:{corpid}", external_userid),),
        properties=_properties(document, reading),
        time=time_of(text_of(document, "CreateTime"), arrived),
    )


def with_unionid(report: Happened, unionid: str) -> Happened:
    """The same, of somebody who is known by their unionid, too."""
    return replace(report, identifiers=(*report.identifiers, ("wechat.unionid", unionid)))


def _properties(document: Document, reading: _Reading) -> dict[str, str | int | bool]:
    told = {
        "staff_id": text_of(document, "UserID"),
        "source_code": text_of(document, "State"),
        "welcome_code": text_of(document, "WelcomeCode"),
    }
    found: dict[str, str | int | bool] = {name: value for name, value in told.items() if value}
    return {**found, "is_half": True} if reading.is_half else found
