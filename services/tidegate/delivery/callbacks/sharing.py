"""Which accounts a report is of: a provider calls one address for an app, which may have an account per channel."""

from collections.abc import Iterable, Sequence

from tidegate.channels import Granted, Receipt, Receipts, Report, WindowOpened
from tidegate.delivery.dispatch.lines import Line


def beside(line: Line, lines: Iterable[Line]) -> list[Line]:
    """The other accounts of the same app: their addresses are of one namespace with a scope, such as an openid's."""
    namespace, own = line.lane.namespace, line.account.account_id
    if ":" not in namespace:
        return []
    return [one for one in lines if one.lane.namespace == namespace and one.account.account_id != own]


def lines_of(line: Line, report: Report, others: Sequence[Line]) -> list[Line]:
    """The accounts that a report is of, which came to the first of them; `others` are those of the same app.

    An opening is of the account that it came to and of those that need windows, a grant of those whose messages use
    one up, a receipt of those of the channel, or of another channel that is told by calls. What happened is told once.
    """
    match report:
        case WindowOpened():
            return [line, *(one for one in others if one.channel.manifest.windows)]
        case Granted():
            return [one for one in (line, *others) if one.channel.manifest.needs_grant] or [line]
        case Receipt():
            return _told_by_calls(line, others)
        case _:
            return [line]


def _told_by_calls(line: Line, others: Sequence[Line]) -> list[Line]:
    manifest = line.channel.manifest
    if Receipts.PUSH in manifest.receipts:
        return [line, *(one for one in others if one.channel.manifest.name == manifest.name)]
    return [one for one in others if Receipts.PUSH in one.channel.manifest.receipts] or [line]
