"""CSV and XLSX: one row a turn, or one row a conversation, by a mapping of columns.

Rows of one conversation need not stand together: a first pass notes where each conversation's rows
are, a second reads them. What is kept between the two is a few bytes a row.
"""

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from service.conversations.formats.columns import missing, propose_mapping
from service.conversations.formats.options import FormatOptions
from service.conversations.formats.table_reader import Columns, RowFlaw, read
from service.conversations.formats.table_rows import Row, TableFile, open_table
from service.conversations.neutral import NeutralConversation
from service.conversations.refusals import Refused
from service.conversations.validation import Flaw

US_DATE = re.compile(r"\s*(\d{1,2})/(\d{1,2})/\d{2,4}\b(.*)", re.ASCII)


@dataclass(slots=True)
class _Group:
    """Where one conversation's rows are; `flaw` is the first thing wrong with one of them."""

    offsets: "array[int]"
    numbers: "array[int]"
    refused: Refused | None = None


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[NeutralConversation | Refused]:
    """Yield the table's conversations in the order of their first rows, or why one is none."""
    try:
        with open_table(stream, options) as table:
            yield from _parse(table, options)
    except Flaw as flaw:
        yield flaw.refused(0)


def preview(stream: BinaryIO, options: FormatOptions, *, rows: int = 3) -> list[list[str]]:
    """Return the header and the first rows, for the choice of columns.

    Raises:
        Flaw: the file cannot be read as a table.
    """
    with open_table(stream, options) as table:
        found: list[list[str]] = []
        for row in table.rows():
            if row.flaw is not None:
                raise row.flaw
            found.append(row.cells)
            if len(found) > rows:
                break
        return found


def _parse(table: TableFile, options: FormatOptions) -> Iterator[NeutralConversation | Refused]:
    rows = table.rows()
    header = next(rows, None)
    if header is None:
        raise Flaw("IMP-001")
    if header.flaw is not None:
        raise header.flaw
    columns = _columns(header.cells, options)
    groups: dict[str, _Group] = {}
    is_month_first = False
    for row in rows:
        homeless = _sort_in(row, columns, groups)
        if homeless is not None:
            yield homeless
        is_month_first = is_month_first or _is_month_first(row, columns)
    if not groups:
        yield Refused(0, "", "IMP-001")
    for group in groups.values():
        repeated = () if "text" in columns.index else _without_repeats(group)
        yield _conversation(table, group, columns, options, is_month_first=is_month_first)
        for number in repeated:
            first = {"first": group.numbers[0]}
            yield Refused(number, columns.names["id"], "IMP-024", first)


def _without_repeats(group: "_Group") -> Sequence[int]:
    """Leave the first row of an id, where one row is a whole conversation; return the others."""
    repeated = group.numbers[1:]
    del group.numbers[1:], group.offsets[1:]
    return repeated


def _sort_in(row: Row, columns: Columns, groups: dict[str, _Group]) -> Refused | None:
    """Note a row with its conversation; return why it has none.

    Raises:
        Flaw: the whole file is in another encoding.
    """
    flaw = row.flaw or _row_flaw(row, columns)
    if flaw is not None and flaw.code == "IMP-003":
        raise flaw
    name = columns.get(row, "id").strip()
    if flaw is not None and not name:
        return flaw.refused(row.number)
    group = groups.setdefault(name, _Group(array("q"), array("q")))
    group.offsets.append(row.offset)
    group.numbers.append(row.number)
    if flaw is not None and group.refused is None:
        group.refused = flaw.refused(row.number)
    return None


def _columns(header: list[str], options: FormatOptions) -> Columns:
    names = [cell.strip() for cell in header]
    mapping = dict(options.mapping) if options.mapping else propose_mapping(names)
    if (needed := missing(mapping)) is not None:
        raise Flaw("IMP-030", needed, missing=needed)
    index = {}
    for field, column in mapping.items():
        if column not in names:
            raise Flaw("IMP-031", field, column=column[:80])
        index[field] = names.index(column)
    return Columns(index, mapping, len(names))


def _row_flaw(row: Row, columns: Columns) -> Flaw | None:
    if len(row.cells) > columns.width and any(cell.strip() for cell in row.cells[columns.width :]):
        return Flaw("IMP-033", cells=len(row.cells), columns=columns.width)
    if len(row.cells) <= columns.index["id"]:
        return Flaw("IMP-033", cells=len(row.cells), columns=columns.width)
    if not columns.get(row, "id").strip():
        return Flaw("IMP-015", columns.names["id"])
    return None


def _is_month_first(row: Row, columns: Columns) -> bool:
    """Return whether a date of this row can only be read the American way: 5/14/2025."""
    for field in ("at", "started_at"):
        found = US_DATE.match(columns.get(row, field))
        if found and int(found[1]) <= 12 < int(found[2]) <= 31:
            return True
    return False


def _conversation(
    table: TableFile,
    group: _Group,
    columns: Columns,
    options: FormatOptions,
    *,
    is_month_first: bool,
) -> NeutralConversation | Refused:
    first = group.numbers[0]
    if group.refused is not None:
        return group.refused
    is_whole = "text" not in columns.index
    if is_whole and len(group.numbers) > 1:
        return Refused(group.numbers[1], columns.names["id"], "IMP-024", {"first": first})
    number = first
    try:
        rows = []
        for offset, number in zip(group.offsets, group.numbers, strict=True):
            rows.append(table.row_at(offset, number))
        return read(rows, columns, options, is_month_first=is_month_first)
    except RowFlaw as found:
        return found.flaw.refused(found.row)
    except Flaw as flaw:
        return flaw.refused(number)
