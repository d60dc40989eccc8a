"""Why a record or a file was not taken: one code per cause, and what a person is told.

A text says what was wrong, what was done and what to do next. Values never hold personal data:
positions, names of fields and limits only, and a date as it was typed.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.errors import N_

ECHO_CHARS = 80  # of what was typed, at most
STOPPED = "IMP-060"
BROKEN = "IMP-062"


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that is not taken; the others are.

    `row` is the line or row in the file from 1; 0 means the file as a whole. `field` is a path
    such as `turns[3].text`, or a column; empty when the whole record is meant.
    """

    row: int
    field: str
    code: str
    values: Mapping[str, str | int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """The text of one code, in two sentences: what was found and what to do."""

    found: str
    advice: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A refusal in words, translated."""

    code: str
    found: str
    advice: str


NEXT = N_("Correct it and import the same file again: what is already here is recognised.")

REASONS: Mapping[str, Reason] = {
    "IMP-001": Reason(
        N_("The file is empty."),
        N_("Nothing was imported. Export it again and check that it holds conversations."),
    ),
    "IMP-002": Reason(
        N_("The format of this file is not known."),
        N_("Nothing was imported. Choose the format: {formats}."),
    ),
    "IMP-003": Reason(
        N_("Byte {byte} is not valid {encoding} (found 0x{found})."),
        N_(
            "The file may be Windows-1250 or Windows-1251. Choose the encoding; it is not guessed. "
            "Nothing of it was imported."
        ),
    ),
    "IMP-004": Reason(
        N_("The workbook cannot be opened."),
        N_("Nothing was imported. Save it as .xlsx without a password, or as CSV in UTF-8."),
    ),
    "IMP-005": Reason(
        N_("The record is larger than {limit} MB."),
        N_("It was skipped. Split it into several conversations."),
    ),
    "IMP-006": Reason(
        N_("The workbook would unpack to more than {limit} times its size."),
        N_("Nothing was unpacked. Save it again from your spreadsheet program, or as CSV."),
    ),
    "IMP-010": Reason(N_("The line is not JSON (character {column})."), NEXT),
    "IMP-011": Reason(N_("A key appears twice in one object."), NEXT),
    "IMP-012": Reason(
        N_("“{value}” is not a date."),
        N_("Use ISO 8601, for example 2026-02-28T10:00:00+01:00; this record was skipped."),
    ),
    "IMP-013": Reason(N_("A number is not finite or not a number."), NEXT),
    "IMP-014": Reason(N_("The value is not one of: {allowed}."), NEXT),
    "IMP-015": Reason(N_("The field is missing or empty."), NEXT),
    "IMP-016": Reason(N_("The value has the wrong type; expected is {expected}."), NEXT),
    "IMP-017": Reason(
        N_("The text has {bytes} bytes; the limit is {limit}."),
        N_("The whole conversation was skipped. Shorten or split this turn."),
    ),
    "IMP-018": Reason(
        N_("The conversation has {turns} turns; the limit is {limit}."),
        N_("It was skipped. Split it into several conversations."),
    ),
    "IMP-019": Reason(N_("The structure is nested deeper than {limit} levels."), NEXT),
    "IMP-020": Reason(N_("The text holds a NUL character."), NEXT),
    "IMP-021": Reason(N_("The text holds half of a surrogate pair."), NEXT),
    "IMP-022": Reason(N_("The value has {chars} characters; the limit is {limit}."), NEXT),
    "IMP-023": Reason(
        N_("A satisfaction of {value} is not between 1 and 5."),
        N_("Give a number from 1 to 5, or write the scale: 8/10, 80 %."),
    ),
    "IMP-024": Reason(
        N_("The conversation was already in this file, in row {first}."),
        N_("The first one was read. Give each conversation an id of its own."),
    ),
    "IMP-030": Reason(
        N_("No column is known to hold {missing}."),
        N_("Nothing was imported. Say which column of the file it is."),
    ),
    "IMP-031": Reason(
        N_("The file has no column named “{column}”."),
        N_("Nothing was imported. Correct the choice of columns."),
    ),
    "IMP-032": Reason(
        N_("A quotation mark does not fit here, or is never closed."),
        N_("This row was skipped. Double the quotation marks inside a quoted cell."),
    ),
    "IMP-033": Reason(
        N_("The row has {cells} cells, the header {columns}."),
        N_("This row's conversation was skipped. Quote cells that hold a separator."),
    ),
    "IMP-034": Reason(N_("The transcript names no speakers."), NEXT),
    "IMP-040": Reason(
        N_("The ticket was deleted in the help desk; its text is gone."),
        N_("Nothing to do: there is nothing to review."),
    ),
    "IMP-041": Reason(
        N_("The list of users cannot be read."),
        N_("Nothing was imported. Give the users' export as JSON or JSON Lines."),
    ),
    "IMP-050": Reason(
        N_("The file holds no captions."),
        N_("Nothing was imported. Check that it is a WebVTT or SRT transcript."),
    ),
    "IMP-060": Reason(
        N_("The import was stopped."),
        N_("What was read until then stays. Import the file again to go on."),
    ),
    "IMP-061": Reason(
        N_("The uploaded file is gone."),
        N_("Upload it again: what is already here is recognised."),
    ),
    "IMP-062": Reason(
        N_("The import ended with an error."),
        N_(
            "What was read until then stays. Import the file again to go on; if it ends the same "
            "way, the log says why."
        ),
    ),
    "IMP-051": Reason(
        N_("The captions name no speakers."),
        N_("Nothing was imported. Export the transcript with speaker names."),
    ),
}


def explain(refused: Refused, translate: Callable[[str], str] = str) -> Explanation:
    """Return a refusal in words; `translate` is the gettext of the person's language."""
    reason = REASONS[refused.code]
    return Explanation(
        refused.code,
        translate(reason.found).format(**refused.values),
        translate(reason.advice).format(**refused.values),
    )
