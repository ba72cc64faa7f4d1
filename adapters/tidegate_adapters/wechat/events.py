"""What WeChat's callbacks say: of subscriptions, of messages, and of what customers did."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tidegate.channels import Granted, Happened, Receipt, ReceiptKind, Report, Trigger, WindowOpened

from tidegate_adapters.wechat.codes import JOB_STATUSES, MESSAGE_CODES
from tidegate_adapters.weixin.callbacks import time_of
from tidegate_adapters.weixin.codes import UNKNOWN
from tidegate_adapters.weixin.documents import Document, documents_of, text_of

_QR_PREFIX: Final = "qrscene_"
_CODE_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A callback's document, with what all of them have.

    Attributes:
        appid: Whose it is.
        document: All that it says.
        openid: Who did it.
        time: When it was made, else when it came.
        id: By what it is known when it comes again, without naming who did it.
    """

    appid: str
    document: Document
    openid: str
    time: datetime
    id: str


def occurrence_of(appid: str, document: Document, arrived: datetime) -> Occurrence:
    """Name what a document is known by: its message id, else who, when, what, and which templates."""
    openid, created = text_of(document, "FromUserName"), text_of(document, "CreateTime")
    known_by = text_of(document, "MsgId") or "\n".join(_event_parts(document))
    digest = hashlib.sha256("\n".join((openid, created, known_by)).encode()).hexdigest()[:40]
    return Occurrence(appid, document, openid, time_of(created, arrived), f"wechat:{digest}")


def reports_of(occurrence: Occurrence) -> Sequence[Report]:
    """All that it says that is of use; nothing of what is not known."""
    if not occurrence.openid:
        return []
    kind = text_of(occurrence.document, "MsgType").lower()
    if kind == "event":
        read = _EVENTS.get(text_of(occurrence.document, "Event").lower(), _nothing)
        return list(read(occurrence))
    return list(_message(occurrence, kind)) if kind else []


def _event_parts(document: Document) -> list[str]:
    listed = [f"{_template(one)} {text_of(one, 'MsgID', 'MsgId')}" for one in _listed(document)]
    names = ("Event", "EventKey", "MsgID", "Ticket")
    return [*(text_of(document, name) for name in names), *sorted(listed)]


def _listed(document: Document) -> Sequence[Document]:
    """The list of a subscription's event: within an element of the event's name in XML, at the root in JSON."""
    inner = next((document[name] for name in _LISTS if isinstance(document.get(name), dict)), document)
    return documents_of(inner.get("List"))


def _template(listed: Document) -> str:
    return text_of(listed, "TemplateId", "TemplateID")


def _nothing(occurrence: Occurrence) -> Iterator[Report]:
    yield from ()


def _asked(occurrence: Occurrence) -> Iterator[Report]:
    """A customer was asked which messages they want: each yes allows one.

    Any other answer allows none, and takes none back: `reject` is a no to this question only, `ban` and `filter` say
    that WeChat asked nobody. Credits end by the event of a change, and by the refusal 43101.
    """
    for one in _listed(occurrence.document):
        if text_of(one, "SubscribeStatusString").lower().startswith("accept"):
            yield _granted(occurrence, one, credits_=1)


def _changed(occurrence: Occurrence) -> Iterator[Report]:
    """A customer took permissions back in the app's settings."""
    for one in _listed(occurrence.document):
        if text_of(one, "SubscribeStatusString").lower() == "reject":
            yield _granted(occurrence, one, credits_=0)


def _granted(occurrence: Occurrence, listed: Document, *, credits_: int) -> Granted:
    template = _template(listed)
    digest = hashlib.sha256(template.encode()).hexdigest()[:16]
    return Granted(
        report_id=f"{occurrence.id}:{digest}",
        address=occurrence.openid,
        provider_template=template,
        credits=credits_,
        time=occurrence.time,
    )


def _sent(occurrence: Occurrence) -> Iterator[Report]:
    """What became of subscription messages."""
    for one in _listed(occurrence.document):
        code, message = text_of(one, "ErrorCode"), text_of(one, "MsgID", "MsgId")
        if message:
            code = code if code.lstrip("-").isdecimal() else ""
            told = _receipt(occurrence, message, code, text_of(one, "ErrorStatus"))
            yield replace(told, provider_template=_template(one))


def _receipt(occurrence: Occurrence, provider_id: str, code: str, words: str) -> Receipt:
    reached = Receipt(
        kind=ReceiptKind.DELIVERED, time=occurrence.time, provider_id=provider_id, address=occurrence.openid
    )
    if code == "0":
        return reached
    meaning = MESSAGE_CODES.get(int(code), UNKNOWN) if code else UNKNOWN
    outcome = meaning.outcome(occurrence.time, code=code or "none", detail=words[:_CODE_LENGTH])
    return replace(reached, kind=ReceiptKind.BOUNCED, outcome=outcome)


def _job_finished(occurrence: Occurrence) -> Iterator[Report]:
    """What became of a template message."""
    message, status = text_of(occurrence.document, "MsgID", "MsgId"), text_of(occurrence.document, "Status").lower()
    if not message:
        return
    if status == "success":
        yield _receipt(occurrence, message, "0", "")
        return
    meaning = JOB_STATUSES.get(status.replace(": ", ":"), UNKNOWN)
    outcome = meaning.outcome(occurrence.time, code=status[:_CODE_LENGTH], detail="")
    bounced = _receipt(occurrence, message, "0", "")
    yield replace(bounced, kind=ReceiptKind.BOUNCED, outcome=outcome)


def _message(occurrence: Occurrence, kind: str) -> Iterator[Report]:
    """A customer wrote: what they wrote is not told."""
    yield _opened(occurrence, Trigger.MESSAGE)
    yield _happened(occurrence, "wechat_message", message_type=kind)


def _session_entered(occurrence: Occurrence) -> Iterator[Report]:
    yield _opened(occurrence, Trigger.SESSION)


def _followed(occurrence: Occurrence) -> Iterator[Report]:
    yield _opened(occurrence, Trigger.FOLLOW)
    key = text_of(occurrence.document, "EventKey")
    yield _happened(occurrence, "wechat_followed", source_code=key.removeprefix(_QR_PREFIX))


def _unfollowed(occurrence: Occurrence) -> Iterator[Report]:
    yield _happened(occurrence, "wechat_unfollowed")


def _scanned(occurrence: Occurrence) -> Iterator[Report]:
    yield _opened(occurrence, Trigger.SCAN)
    yield _happened(occurrence, "wechat_scanned", source_code=text_of(occurrence.document, "EventKey"))


def _clicked(occurrence: Occurrence) -> Iterator[Report]:
    """A button of the menu that calls us; those that only open a page open no window."""
    yield _opened(occurrence, Trigger.MENU_CLICK)
    yield _happened(occurrence, "wechat_menu_clicked", menu_key=text_of(occurrence.document, "EventKey"))


def _viewed(occurrence: Occurrence) -> Iterator[Report]:
    yield _happened(occurrence, "wechat_menu_clicked", menu_key=text_of(occurrence.document, "EventKey"))


def _opened(occurrence: Occurrence, trigger: Trigger) -> WindowOpened:
    return WindowOpened(
        report_id=f"{occurrence.id}:window", address=occurrence.openid, trigger=trigger, time=occurrence.time
    )


def _happened(occurrence: Occurrence, name: str, **properties: str) -> Happened:
    unionid = text_of(occurrence.document, "UnionId", "UnionID", "unionid", "Unionid")
    identifiers = [(f"wechat.openid:{occurrence.appid}", occurrence.openid)]
    if unionid:
        identifiers.append(("wechat.unionid", unionid))
    told = {key: value[:_CODE_LENGTH] for key, value in properties.items() if value}
    return Happened(
        report_id=f"{occurrence.id}:{name}",
        name=name,
        identifiers=tuple(identifiers),
        properties=told,
        time=occurrence.time,
    )


_LISTS: Final = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent")

_EVENTS: Final[Mapping[str, Callable[[Occurrence], Iterator[Report]]]] = {
    "subscribe_msg_popup_event": _asked,
    "subscribe_msg_change_event": _changed,
    "subscribe_msg_sent_event": _sent,
    "templatesendjobfinish": _job_finished,
    "user_enter_tempsession": _session_entered,
    "subscribe": _followed,
    "unsubscribe": _unfollowed,
    "scan": _scanned,
    "click": _clicked,
    "scancode_push": _clicked,
    "scancode_waitmsg": _clicked,
    "view": _viewed,
    "view_miniprogram": _viewed,
}
"""How events are read, by their names in lower case."""
