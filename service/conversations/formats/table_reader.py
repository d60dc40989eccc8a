"""What the rows of one conversation say, field by field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.conversations.formats.columns import METADATA
from service.conversations.formats.dialogue import turns_of
from service.conversations.formats.options import FormatOptions
from service.conversations.formats.speakers import bare_name, is_name, role_of_label, roles_of
from service.conversations.formats.table_rows import Row
from service.conversations.formats.zendesk import CHANNEL_OF
from service.conversations.moments import echo, table_moment
from service.conversations.neutral import CHANNELS, NeutralConversation, NeutralTurn
from service.conversations.refusals import Refused
from service.conversations.validation import Flaw, checked

CHANNEL_WORDS = {
    "chat": "chat|live chat|livechat|web chat|webchat|czat|чат|онлайн чат|messenger|komunikator",
    "email": "email|e mail|mail|poczta|poczta elektroniczna|почта|эл почта|электронная почта|письмо",
    "call": "call|phone|phone call|telephone|telefon|rozmowa telefoniczna|звонок|телефон",
    "social": "social|social media|media społecznościowe|соцсети|вконтакте|facebook|instagram",
    "review": "review|reviews|opinia|opinie|recenzja|отзыв|отзывы",
}
CHANNEL_NAMES = {
    **CHANNEL_OF,
    **{name: channel for channel, names in CHANNEL_WORDS.items() for name in names.split("|")},
}
SCALE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:/|z|of|out of|из)\s*(\d+)", re.IGNORECASE)
PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")
OPINIONS = {
    **dict.fromkeys(("good", "dobrze", "dobra", "хорошо", "positive", "👍"), 5.0),
    **dict.fromkeys(("bad", "źle", "zła", "плохо", "negative", "👎"), 1.0),
}
NOTHING = frozenset({"", "-", "—", "n/a", "null", "none", "offered", "unoffered", "brak", "нет"})


@dataclass(frozen=True, slots=True)
class Columns:
    """Which cell of a row holds which field."""

    index: Mapping[str, int]
    names: Mapping[str, str]
    width: int

    def get(self, row: Row, field: str) -> str:
        """Return a field's cell, with plain line breaks; empty if there is none."""
        at = self.index.get(field)
        if at is None or at >= len(row.cells):
            return ""
        return row.cells[at].replace("\r\n", "\n").replace("\r", "\n")


class RowFlaw(Exception):
    """A flaw and the row it is in."""

    def __init__(self, flaw: Flaw, row: int) -> None:
        super().__init__(flaw.code)
        self.flaw = flaw
        self.row = row


def read(
    rows: list[Row], columns: Columns, options: FormatOptions, *, is_month_first: bool
) -> NeutralConversation | Refused:
    """Return the conversation of its rows.

    Raises:
        RowFlaw: one of them holds something that cannot be read.
    """
    reader = _Reader(columns, options, is_month_first=is_month_first)
    agent = reader.first(rows, "agent")
    customer = reader.first(rows, "customer")
    if "text" in columns.index:
        turns = reader.turns(rows, agent, customer)
    else:
        turns = reader.whole(rows[0])
    times = [turn.at for turn in turns if turn.at is not None]
    started_at = reader.moment(rows[0], "started_at") or (min(times) if times else None)
    names = [turn.author for turn in turns if turn.author and turn.speaker == "agent"]
    metadata = {
        field.removeprefix(METADATA): value
        for field in columns.names
        if field.startswith(METADATA) and (value := reader.first(rows, field))
    }
    conversation = NeutralConversation(
        id=columns.get(rows[0], "id").strip(),
        channel=reader.channel(rows),
        turns=tuple(turns),
        language=reader.first(rows, "language") or options.language,
        domain=reader.first(rows, "domain"),
        agent=agent or (names[0] if names else None),
        customer=customer,
        started_at=started_at,
        csat=reader.csat(rows),
        tags=reader.tags(rows),
        metadata=metadata,
    )
    return checked(conversation, row=rows[0].number)


class _Reader:
    """Reads the fields of a conversation's rows."""

    def __init__(self, columns: Columns, options: FormatOptions, *, is_month_first: bool) -> None:
        self.columns = columns
        self.options = options
        self.is_month_first = is_month_first

    def first(self, rows: list[Row], field: str) -> str | None:
        """Return the first value of a field that is not blank."""
        return next((cell for row in rows if (cell := self.columns.get(row, field).strip())), None)

    def turns(self, rows: list[Row], agent: str | None, customer: str | None) -> list[NeutralTurn]:
        """Return one turn a row, by time where every row has one."""
        turns = []
        for row in rows:
            text = self.columns.get(row, "text").strip()
            label = self.columns.get(row, "speaker").strip()
            speaker = self._speaker(row, label, agent, customer)
            author = self.columns.get(row, "author").strip() or (label if is_name(label) else "")
            turns.append(NeutralTurn(speaker, text, self.moment(row, "at"), author or None))
        turns = [turn for turn in turns if turn.text]
        if all(turn.at is not None for turn in turns):
            turns.sort(key=lambda turn: turn.at or datetime.min)  # noqa: DTZ901 -- none is None here
        return turns

    def _speaker(self, row: Row, label: str, agent: str | None, customer: str | None) -> str:
        role = self.options.speaker_of(label) or role_of_label(label)
        if role is None and label:
            folded = label.casefold()
            role = (
                "agent" if agent and agent.casefold() == folded
                else "customer" if customer and customer.casefold() == folded
                else None
            )  # fmt: skip
        if role is None:
            allowed = "customer, agent, bot, system, note"
            flaw = Flaw("IMP-014", self.columns.names["speaker"], allowed=allowed)
            raise RowFlaw(flaw, row.number)
        return role

    def whole(self, row: Row) -> list[NeutralTurn]:
        """Return the turns of a row that holds a whole conversation."""
        transcript = self.columns.get(row, "transcript").strip()
        if transcript:
            return self._transcript(row, transcript)
        at = self.moment(row, "started_at")
        sides = (("customer", "customer_text"), ("agent", "agent_text"))
        return [
            NeutralTurn(speaker, text, at if speaker == "customer" else None)
            for speaker, field in sides
            if (text := self.columns.get(row, field).strip())
        ]

    def _transcript(self, row: Row, transcript: str) -> list[NeutralTurn]:
        said = turns_of(transcript, self.options)
        if not said:
            raise RowFlaw(Flaw("IMP-034", self.columns.names["transcript"]), row.number)
        agent = self.columns.get(row, "agent").strip()
        customer = self.columns.get(row, "customer").strip()
        known = {agent: "agent", customer: "customer"}
        roles = {
            label: known.get(label, role)
            for label, role in roles_of([label for label, _ in said], self.options).items()
        }
        return [
            NeutralTurn(
                roles[label], text, None, bare_name(label) if is_name(bare_name(label)) else None
            )
            for label, text in said
        ]

    def moment(self, row: Row, field: str) -> datetime | None:
        """Return a cell's moment in UTC, None if it is blank."""
        text = self.columns.get(row, field).strip()
        if not text or text.casefold() in NOTHING:
            return None
        at = table_moment(text, zone=self.options.zone, month_first=self.is_month_first)
        if at is None:
            raise RowFlaw(Flaw("IMP-012", self.columns.names[field], value=echo(text)), row.number)
        return at

    def channel(self, rows: list[Row]) -> str:
        """Return the channel; a word that is not known is refused unless one was chosen."""
        text = self.first(rows, "channel")
        if text is None:
            return self.options.channel or "chat"
        name = " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())
        found = CHANNEL_NAMES.get(name) or CHANNEL_NAMES.get(name.replace(" ", "_"))
        if found is None and self.options.channel is None:
            flaw = Flaw("IMP-014", self.columns.names["channel"], allowed=", ".join(CHANNELS))
            raise RowFlaw(flaw, rows[0].number)
        return found or self.options.channel or "chat"

    def csat(self, rows: list[Row]) -> float | None:
        """Return the satisfaction from 1 to 5; other scales must say so: 8/10, 80 %."""
        text = (self.first(rows, "csat") or "").casefold()
        if text in NOTHING:
            return None
        value = _satisfaction(text)
        if value is None or not 1 <= value <= 5:
            shown = text if re.fullmatch(r"[\d.,/% -]{1,4}", text) else "…"
            raise RowFlaw(Flaw("IMP-023", self.columns.names["csat"], value=shown), rows[0].number)
        return value

    def tags(self, rows: list[Row]) -> tuple[str, ...]:
        """Return the tags of all rows, each once."""
        tags: dict[str, None] = {}
        for row in rows:
            for tag in re.split(r"[,;|\n]", self.columns.get(row, "tags")):
                if name := tag.strip(" \t[]\"'"):
                    tags[name] = None
        return tuple(tags)


def _satisfaction(text: str) -> float | None:
    if text in OPINIONS:
        return OPINIONS[text]
    if set(text) <= {"★", "☆", "⭐", " ", "\ufe0f"}:
        return float(text.count("★") + text.count("⭐"))
    if found := SCALE.fullmatch(text):
        top = int(found[2])
        value = float(found[1].replace(",", "."))
        return 1 + 4 * (value - 1) / (top - 1) if top > 1 else None
    if found := PERCENT.fullmatch(text):
        return 1 + 4 * float(found[1].replace(",", ".")) / 100
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
