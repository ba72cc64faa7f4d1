"""The lines of a file, with the place where each ends, and never more than one of them in memory."""

from typing import BinaryIO

LONGEST_LINE = 1024 * 1024


class LineError(Exception):
    """A line can't be used; the ones behind it can."""


class Lines:
    """Iterates over the lines of a binary file as text. Keeps what it gave out until take() is called.

    Bytes that are not UTF-8 travel as surrogates, so that a rejected row can be written down as it was.
    Iteration goes on after a LineError: that is why this is no generator.
    """

    def __init__(self, file: BinaryIO) -> None:
        """Begins where ``file`` stands; a byte order mark at its start is left out."""
        self._file = file
        self._taken: list[str] = []
        self.end = file.tell()
        if self.end == 0 and file.read(3) == b"\xef\xbb\xbf":
            self.end = 3
        file.seek(self.end)

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._file.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.end += len(line)
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            self._skip_rest(line)
        text = line.decode(errors="surrogateescape")
        self._taken.append(text)
        return text

    def take(self) -> str:
        """The text given out since the last call."""
        text = "".join(self._taken)
        self._taken.clear()
        return text

    def _skip_rest(self, line: bytes) -> None:
        self._taken.append(f"{line[:200].decode(errors='surrogateescape')}…")
        while line and not line.endswith(b"\n"):
            line = self._file.readline(LONGEST_LINE)
            self.end += len(line)
        raise LineError(f"the line is longer than {LONGEST_LINE} bytes")


def is_utf8(text: str) -> bool:
    """Whether ``text``, as Lines gives it out, was UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
