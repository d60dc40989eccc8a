"""Rows of a CSV or XLSX file that may be of any size, each with its place in the file."""

import codecs
import csv
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from io import TextIOWrapper
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, cast

import openpyxl

from service.conversations.formats.options import FormatOptions
from service.conversations.validation import Flaw, decoded

DELIMITERS = ",;\t|"
SAMPLE = 65_536
BLOCK = 1 << 20
CELL_CHARS = 131_072  # twice the limit of a turn; a quotation mark that is never closed ends there
MOST_UNPACKED = 50  # times the size of the file, once it is large
UNPACKED_FREE = 64 * BLOCK
UNPACKED_LIMIT = 2048 * BLOCK
SEPARATOR_LINE = re.compile(r"\"?sep=([,;\t|])\"?\s*$", re.IGNORECASE)
XLSX = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its number from 1 with the header, its cells, or what is wrong with it."""

    number: int
    offset: int
    cells: list[str]
    flaw: Flaw | None = None


class TableFile:
    """A table in one encoding with one separator, from which any row can be read again."""

    def __init__(self, stream: IO[bytes], *, encoding: str, start: int, delimiter: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self._start = start
        self._at = -1
        self.delimiter = delimiter

    def rows(self) -> Iterator[Row]:
        """Yield all rows from the header on; blank ones are counted and left out."""
        self._seek(self._start)
        number = 1
        while (row := self._next(number)) is not None:
            number += 1
            if row.flaw is not None or any(cell.strip() for cell in row.cells):
                yield row

    def row_at(self, offset: int, number: int) -> Row:
        """Return a row that `rows` gave before."""
        if offset != self._at:
            self._seek(offset)
        row = self._next(number)
        assert row is not None
        return row

    def _seek(self, offset: int) -> None:
        self._stream.seek(offset)
        self._at = offset

    def _next(self, number: int) -> Row | None:
        start = self._at
        ends: list[int] = []
        reader = csv.reader(self._lines(ends), delimiter=self.delimiter, strict=True)
        try:
            return Row(number, start, next(reader))
        except StopIteration:
            return None
        except csv.Error:
            flaw = Flaw("IMP-032")
        except Flaw as found:
            flaw = found
        # Go on behind the first line only: a quotation mark that is never closed must not swallow
        # the rows that follow.
        self._seek(ends[0])
        return Row(number, start, [], flaw)

    def _lines(self, ends: list[int]) -> Iterator[str]:
        while line := self._stream.readline(32 * BLOCK):
            position, self._at = self._at, self._at + len(line)
            ends.append(self._at)
            yield decoded(line, encoding=self._encoding, start=position)


@contextmanager
def open_table(stream: BinaryIO, options: FormatOptions) -> Iterator[TableFile]:
    """Open a CSV or XLSX stream as a table.

    What cannot be read again by its place (a workbook, UTF-16, lone carriage returns, a pipe) is
    first rewritten as UTF-8 into a temporary file that has no name.

    Raises:
        Flaw: the workbook cannot be opened, the file is empty or not in the encoding.
    """
    csv.field_size_limit(CELL_CHARS)
    with TemporaryFile() as spool, TemporaryFile() as second:
        source = _seekable(stream, spool)
        sample = source.read(SAMPLE)
        source.seek(0)
        if not sample.strip():
            raise Flaw("IMP-001")
        encoding = options.encoding
        if sample.startswith(XLSX):
            _unpack(source, second)
            source, encoding = second, "utf-8"
        elif encoding == "utf-16" or (b"\r" in sample and b"\n" not in sample):
            _rewrite(source, second, encoding=encoding)
            source, encoding = second, "utf-8"
        start, delimiter = _layout(source, encoding)
        yield TableFile(source, encoding=encoding, start=start, delimiter=delimiter)


def _seekable(stream: IO[bytes], spool: IO[bytes]) -> IO[bytes]:
    if stream.seekable():
        stream.seek(0)
        return stream
    while block := stream.read(BLOCK):
        spool.write(block)
    spool.seek(0)
    return spool


def _rewrite(source: IO[bytes], target: IO[bytes], *, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    done = False
    was_return = False
    while not done:
        block = source.read(BLOCK)
        done = not block
        try:
            text = decoder.decode(block, final=done)
        except UnicodeDecodeError as error:
            found = f"{error.object[error.start]:02X}" if error.object else "00"
            raise Flaw(
                "IMP-003", byte=error.start + 1, encoding=encoding.upper(), found=found
            ) from None
        except UnicodeError:  # UTF-16 without its mark
            raise Flaw("IMP-003", byte=1, encoding=encoding.upper(), found="—") from None
        if was_return and text.startswith("\n"):
            text = text[1:]
        was_return = text.endswith("\r")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        target.write(text.encode())
    target.seek(0)


def _unpack(source: IO[bytes], target: IO[bytes]) -> None:
    """Write a workbook's first sheet as CSV."""
    try:
        with zipfile.ZipFile(source) as archive:
            packed = source.seek(0, 2)
            unpacked = sum(entry.file_size for entry in archive.infolist())
        too_much = unpacked > UNPACKED_FREE and unpacked > MOST_UNPACKED * packed
        if too_much or unpacked > UNPACKED_LIMIT:
            raise Flaw("IMP-006", limit=MOST_UNPACKED)
        source.seek(0)
        book = openpyxl.load_workbook(source, read_only=True, data_only=True)
        text = TextIOWrapper(
            cast("BinaryIO", target), encoding="utf-8", errors="replace", newline=""
        )
        writer = csv.writer(text, lineterminator="\n")
        for cells in book.worksheets[0].iter_rows(values_only=True):
            writer.writerow([_cell(cell) for cell in cells])
        text.flush()
        text.detach()
    except Flaw:
        raise
    except Exception:  # noqa: BLE001 -- a broken workbook raises anything: KeyError, ParseError, struct.error
        raise Flaw("IMP-004") from None
    target.seek(0)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = str(value)
    return "" if text in {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!"} else text


def _layout(source: IO[bytes], encoding: str) -> tuple[int, str]:
    """Return where the header starts and what separates its cells."""
    source.seek(0)
    sample = source.read(SAMPLE)
    start = 3 if encoding == "utf-8" and sample.startswith(codecs.BOM_UTF8) else 0
    text = sample[start:].decode(encoding, "replace")
    first, _, rest = text.partition("\n")
    if stated := SEPARATOR_LINE.match(first):
        return start + len(first.encode(encoding)) + 1, stated[1]
    if rest and len(sample) == SAMPLE:
        text = text.rpartition("\n")[0]
    return start, max(DELIMITERS, key=lambda mark: _fit(text, mark))


def _fit(text: str, delimiter: str) -> tuple[int, int]:
    """Return how many of the first rows have the header's number of cells, and that number."""
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    widths: list[int] = []
    try:
        for cells in reader:
            if cells:
                widths.append(len(cells))
            if len(widths) == 20:
                break
    except csv.Error:
        pass
    if not widths or widths[0] == 1:
        return 0, 0
    return widths.count(widths[0]), widths[0]
