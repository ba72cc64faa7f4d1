"""Mails that come back, as many servers write them, with the addresses of a message of ours filled in."""

from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "adapters" / "returned"
NAMES = sorted(path.stem for path in _FOLDER.glob("*.eml"))


def mail(name: str, *, bounce: str, unsubscribe: str, id: str) -> bytes:  # noqa: A002 - as it stands in the samples
    """The sample ``name`` about the message ``id``, as it is piped: its lines ended by CRLF."""
    text = (_FOLDER / f"{name}.eml").read_text()
    filled = text.replace("{bounce}", bounce).replace("{unsubscribe}", unsubscribe).replace("{id}", id)
    return filled.replace("\n", "\r\n").encode()
