"""What a message to a customer says: a text, and what is attached to it."""

from __future__ import annotations

from typing import Any, Final

from tidegate.channels import Content

from tidegate_adapters.wecom.settings import CustomerSettings

PICTURE: Final = "picture"
"""The part that holds the address of a link's picture."""

CARD_PICTURE: Final = "pic_media_id"
"""The part that holds the provider's id of a card's picture."""

IMAGE: Final = "image_media_id"
"""The part that holds the provider's id of an image that goes along."""

_PARTS: Final = frozenset({PICTURE, CARD_PICTURE, IMAGE})
_LONGEST_TEXT: Final = 4000


def problem(settings: CustomerSettings, content: Content, further: frozenset[str]) -> str:
    """Why it can't be said; "" when it can. `further` are parts that are not of the content."""
    if others := content.variables.keys() - _PARTS - further:
        return f"there is no part {min(others)}; a message has {', '.join(sorted(_PARTS | further))} beside its texts"
    if not content.text and not content.link and not content.variables.get(IMAGE):
        return "it says nothing; give it a text, a link or an image"
    if (length := len(content.text.encode())) > _LONGEST_TEXT:
        return f"the text has {length} bytes, and customers' messages take {_LONGEST_TEXT}"
    return _link_problem(settings, content) if content.link else ""


def said(settings: CustomerSettings, content: Content) -> dict[str, Any]:
    """It in the provider's form."""
    body: dict[str, Any] = {"text": {"content": content.text}} if content.text else {}
    attachments = [*_image(content), *_link(settings, content)]
    return {**body, "attachments": attachments} if attachments else body


def _link_problem(settings: CustomerSettings, content: Content) -> str:
    if not content.subject:
        return "a link needs a subject"
    if "://" in content.link:
        return ""
    if not settings.miniprogram_appid:
        return "the link is a page of a mini-program; set the account's miniprogram_appid, or link to a URL"
    return "" if content.variables.get(CARD_PICTURE) else f"a card of a mini-program needs the part {CARD_PICTURE}"


def _image(content: Content) -> list[dict[str, Any]]:
    media_id = content.variables.get(IMAGE)
    return [{"msgtype": "image", "image": {"media_id": media_id}}] if media_id else []


def _link(settings: CustomerSettings, content: Content) -> list[dict[str, Any]]:
    if not content.link:
        return []
    if "://" in content.link:
        link = {"title": content.subject, "url": content.link}
        picture = content.variables.get(PICTURE)
        return [{"msgtype": "link", "link": {**link, "picurl": picture} if picture else link}]
    card = {
        "title": content.subject,
        "pic_media_id": content.variables[CARD_PICTURE],
        "appid": settings.miniprogram_appid,
        "page": content.link,
    }
    return [{"msgtype": "miniprogram", "miniprogram": card}]
