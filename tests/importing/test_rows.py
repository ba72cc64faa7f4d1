"""Files are read row by row, from any row on, and what can't be read is one row's fault."""

import io
import tracemalloc
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidegate.importing import EventMapping, MappingError, load_mapping
from tidegate.importing.lines import LONGEST_LINE
from tidegate.importing.rows import Position, Row, read_rows

OPTIONS = ["source=s", "event_id=id", "name==n", "time=at", "identifier.phone=phone"]


def mapping(**file: object) -> EventMapping:
    return load_mapping(EventMapping, OPTIONS, overrides={"file": file})


def rows(content: bytes, *, jsonl: bool = False, start: Position | None = None, **file: object) -> list[Row]:
    return list(read_rows(io.BytesIO(content), mapping(**file), jsonl=jsonl, start=start or Position()))


CSV = b'id,at,phone\r\n1,2026-01-01,"13,8"\r\n\r\n2,2026-01-02,"line\nbreak"\n3,2026-01-03,x'


def test_csv_with_quotes_blank_lines_and_line_breaks() -> None:
    read = rows(CSV)
    assert [(row.number, row.fields["phone"]) for row in read] == [(1, "13,8"), (2, "line\nbreak"), (3, "x")]
    assert read[-1].end == len(CSV)
    assert read[1].text.endswith('2,2026-01-02,"line\nbreak"\n')


def test_columns_between_blanks() -> None:
    read = rows(b" id  at phone\n 1 2026-01-01   138 \n\n 2\t2026-01-02 139\n", delimiter="whitespace")
    assert [dict(row.fields) for row in read] == [
        {"id": "1", "at": "2026-01-01", "phone": "138"},
        {"id": "2", "at": "2026-01-02", "phone": "139"},
    ]


def test_a_byte_order_mark_and_a_missing_header() -> None:
    assert rows(b"\xef\xbb\xbfid,at,phone\n1,2,3\n")[0].fields == {"id": "1", "at": "2", "phone": "3"}
    assert rows(b"1;2;3\n", delimiter=";", columns=("id", "at", "phone"))[0].fields["phone"] == "3"


def test_jsonl() -> None:
    read = rows(b'{"id": 1}\n\nnot json\n[1]\n{"id": "\xff"}\n{"id": 2}', jsonl=True)
    assert [row.number for row in read] == [1, 2, 3, 4, 5]
    assert [row.fields.get("id") for row in read] == [1, None, None, None, 2]
    assert [bool(row.fault) for row in read] == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"1,2\n", "has 2 columns where there should be 3"),
        (b'1,"2"x,3\n', "expected after"),
        (b"1,2,\xff\n", "is not UTF-8"),
        (b"1,2," + b"x" * (LONGEST_LINE + 1) + b"\n", "longer than"),
    ],
)
def test_a_row_that_can_not_be_read_is_the_only_one(line: bytes, says: str) -> None:
    bad, good = rows(b"id,at,phone\n" + line + b"4,5,6\n")
    assert says in bad.fault
    assert (good.number, good.fault, good.fields["phone"]) == (2, "", "6")
    assert good.end == len(b"id,at,phone\n" + line + b"4,5,6\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"id,time,phone\n", "the file has no column at; its columns are id, time, phone"),
        (b"id,at,phone,at\n", "several columns at"),
        (b"\n\n", "the file is empty"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(MappingError) as caught:
        rows(content)
    assert says in str(caught.value)


fields = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=20)


@given(st.lists(st.tuples(fields, fields, fields), min_size=1, max_size=20), st.data())
def test_reading_goes_on_behind_any_row(records: Sequence[tuple[str, ...]], data: st.DataObject) -> None:
    lines = [",".join('"' + field.replace('"', '""') + '"' for field in record) for record in records]
    content = ("id,at,phone\n" + "\n".join(lines)).encode()
    read = rows(content)
    assert [tuple(row.fields.values()) for row in read] == list(records)
    row = read[data.draw(st.integers(0, len(read) - 1))]
    assert rows(content, start=Position(offset=row.end, rows=row.number)) == read[row.number :]


def test_memory_stays_flat() -> None:
    def lines() -> Iterator[bytes]:
        yield b"id,at,phone\n"
        for number in range(100_000):
            yield b"%d,2026-01-01,13800000000\n" % number

    file = io.BytesIO(b"".join(lines()))
    tracemalloc.start()
    count = sum(1 for _ in read_rows(file, mapping(), jsonl=False, start=Position()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_000
    assert peak < 2_000_000
