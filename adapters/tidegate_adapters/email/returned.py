"""What a mail that came back says of the message it speaks of: bounces, complaints, unsubscriptions.

Read are delivery status notifications (RFC 3464), feedback reports (RFC 5965), mails to the address that
unsubscribes, and, with the package `flufl.bounce` (extra `bounces`), what older mail servers write instead. A mail
counts only when an address of ours stands in it whose code is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final

from tidegate.channels import Outcome, Receipt, ReceiptKind

from tidegate_adapters.email.replies import Moment, Reply, refused
from tidegate_adapters.email.return_paths import Returned, ReturnPaths, Way

_ENVELOPE: Final = ("x-original-to", "delivered-to", "x-envelope-to", "envelope-to", "to", "cc")
"""Where the address stands to which a mail came, the surest first."""

_PROVING: Final = ("original-mail-from", "return-path", "list-unsubscribe")
"""Where our address stands in a report, or in what it returns of our mail."""

_COMPLAINTS: Final = {
    "abuse": ReceiptKind.COMPLAINED,
    "fraud": ReceiptKind.COMPLAINED,
    "virus": ReceiptKind.COMPLAINED,
    "other": ReceiptKind.COMPLAINED,
    "opt-out": ReceiptKind.UNSUBSCRIBED,
    "opt-out-list": ReceiptKind.UNSUBSCRIBED,
}
"""By Feedback-Type; any other, such as `not-spam` and `auth-failure`, says nothing of the recipient's will."""

_WORDS: Final = (
    ("5.2.2", r"mailbox (?:is )?full|over ?quota|quota exceeded|insufficient storage|邮箱已满"),
    (
        "5.1.1",
        r"(?:user|mailbox|recipient|address|account)(?: \S+){0,3} (?:unknown|not found|(?:does(?:n't| not)|not) exist)"
        r"|(?:unknown|no such|invalid|non-?existent) (?:local )?(?:user|mailbox|recipient|address|account)"
        r"|no mailbox here by that name|(?:用户|邮箱|收件人|帐户|账户)不存在",
    ),
    ("4.4.7", r"retry time(?:out)? (?:not reached|exceeded)|could not be delivered (?:for|within)"),
)
"""What servers say that give no status, or a general one: the first that fits decides."""

_STATUS: Final = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE: Final = re.compile(r"(?<!\d)([45]\d\d)[ -]")
_LONGEST: Final = 64 * 1024
_WORTH_READING: Final = 1000
"""Characters of a text in which a server says why; what follows is our own mail."""


def read(body: bytes, paths: ReturnPaths, arrived: datetime) -> Sequence[Receipt]:
    """What a mail says: one receipt, or none.

    Args:
        body: The mail as it came.
        paths: The addresses of the account.
        arrived: When it came, aware.
    """
    mail = message_from_bytes(body)
    returned = _returned(mail, paths)
    if returned is None:
        return []
    if _report_type(mail) == "feedback-report":
        return _complaint(mail, returned, arrived)
    if returned.way is Way.UNSUBSCRIBE and _is_by_hand(mail):
        return [_receipt(ReceiptKind.UNSUBSCRIBED, returned, _date(mail.get("date"), arrived))]
    return _bounce(mail, returned, arrived) if returned.way is Way.BOUNCE else []


def is_ours(body: bytes, paths: ReturnPaths) -> bool:
    """Whether a mail speaks of a message of the account."""
    return _returned(message_from_bytes(body), paths) is not None


def _returned(mail: Message, paths: ReturnPaths) -> Returned | None:
    """By the address that it came to; else by what it holds of our mail."""
    found = next((one for one in map(paths.find, _headers(mail, _ENVELOPE)) if one), None)
    if found is None and _report_type(mail):
        proofs = (text for part in mail.walk() if part is not mail for text in _proofs(part))
        proof = next((one for one in map(paths.find, proofs) if one), None)
        found = Returned(Way.BOUNCE, proof.message_id) if proof else None
    return found


def _headers(mail: Message, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        for value in mail.get_all(name, ()):
            yield str(value)


def _proofs(part: Message) -> Iterator[str]:
    """Headers that hold our address; those of our mail may come as a text (text/rfc822-headers)."""
    yield from _headers(part, _PROVING)
    if part.get_content_type() == "text/rfc822-headers":
        yield from _headers(message_from_bytes(_text(part).encode()), _PROVING)
    elif part.get_content_type() == "message/feedback-report":
        yield from _headers(_fields(part), _PROVING)


def _report_type(mail: Message) -> str:
    if mail.get_content_type() != "multipart/report":
        return ""
    return str(mail.get_param("report-type", "")).lower()


def _is_by_hand(mail: Message) -> bool:
    """Whether a person, or the mail program for them, sent it: no bounce, and no answer by itself (RFC 3834)."""
    automatic = str(mail.get("auto-submitted", "no")).partition(";")[0].strip().lower()
    return automatic == "no" and mail.get_content_type() != "multipart/report" and mail.get("return-path") != "<>"


# Complaints.


def _complaint(mail: Message, returned: Returned, arrived: datetime) -> Sequence[Receipt]:
    report = next((part for part in mail.walk() if part.get_content_type() == "message/feedback-report"), None)
    if report is None:
        return []
    fields = _fields(report)
    kind = _COMPLAINTS.get(str(fields.get("feedback-type", "")).strip().lower())
    when = fields.get("arrival-date") or fields.get("received-date")
    return [_receipt(kind, returned, _date(when, arrived))] if kind else []


def _fields(part: Message) -> Message:
    """The fields of a report: the parser takes them for the headers of a message within."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return payload[0] if payload and isinstance(payload[0], Message) else Message()
    return message_from_bytes(_text(part).encode())


# Bounces.


def _bounce(mail: Message, returned: Returned, arrived: datetime) -> Sequence[Receipt]:
    status = next((part for part in mail.walk() if part.get_content_type() == "message/delivery-status"), None)
    if status is not None:
        return list(_by_status(status, returned, _date(mail.get("date"), arrived)))
    outcome = _by_words(mail)
    return [_receipt(ReceiptKind.BOUNCED, returned, _date(mail.get("date"), arrived), outcome)] if outcome else []


def _by_status(part: Message, returned: Returned, when: datetime) -> Iterator[Receipt]:
    """The first recipient of whom something is final: a mail of ours has one. What is delayed goes on."""
    blocks = part.get_payload()
    for block in blocks if isinstance(blocks, list) else ():
        action = str(block.get("action", "")).partition(" ")[0].strip().lower()  # type: ignore[union-attr]
        if action == "failed":
            yield _receipt(ReceiptKind.BOUNCED, returned, when, _outcome_of(block))  # type: ignore[arg-type]
            return
        if action == "delivered":
            yield _receipt(ReceiptKind.DELIVERED, returned, when)
            return


def _outcome_of(block: Message) -> Outcome:
    """By the status, or what the server said where that says more."""
    said = " ".join(str(block.get("diagnostic-code", "")).partition(";")[2].split())
    return _outcome(str(block.get("status", "")), said)


def _outcome(status: str, said: str) -> Outcome:
    codes = [*_STATUS.findall(status), *_STATUS.findall(said)]
    telling = next((code for code in codes if not code.endswith(".0.0")), "") or _by_table(said) or "".join(codes[:1])
    code = _CODE.search(said)
    number = int(code[1]) if code else int(f"{(telling or '5')[0]}50")
    return refused(Reply(number, f"{telling} {said}".strip()), Moment.CONTENT)


def _by_table(said: str) -> str:
    return next((status for status, words in _WORDS if re.search(words, said, re.IGNORECASE)), "")


def _by_words(mail: Message) -> Outcome | None:
    """What a bounce of no standard form says, where `flufl.bounce` is installed and finds one."""
    try:
        from flufl.bounce import all_failures
    except ImportError:
        return None
    try:
        temporary, permanent = all_failures(mail)
    except Exception:  # noqa: BLE001 - some of its detectors stumble over what is no bounce of theirs
        return None
    if not temporary and not permanent:
        return None
    said = next((_text(part) for part in mail.walk() if part.get_content_maintype() == "text"), "")
    outcome = _outcome("5.0.0" if permanent else "4.0.0", " ".join(said.split())[:_WORTH_READING])
    return replace(outcome, detail="it came back with a text, without a status")


# What both need.


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload[:_LONGEST].decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _date(text: object, arrived: datetime) -> datetime:
    """A date of a mail, if it can be one that lies behind us."""
    try:
        date = parsedate_to_datetime(str(text))
    except (ValueError, TypeError, OverflowError):
        return arrived
    return min(date if date.tzinfo else date.replace(tzinfo=UTC), arrived)


def _receipt(kind: ReceiptKind, returned: Returned, when: datetime, outcome: Outcome | None = None) -> Receipt:
    return Receipt(kind=kind, time=when, message_id=returned.message_id, outcome=outcome)
