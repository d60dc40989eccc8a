"""What a person chose about a file, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

ENCODINGS = ("utf-8", "cp1250", "cp1251", "koi8-r", "utf-16")


@dataclass(frozen=True, slots=True)
class HelpDeskUser:
    """A person in a help desk's list of users."""

    id: str
    name: str | None
    role: str  # agent, customer, bot
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class FormatOptions:
    """Choices for reading one file; every one has a default.

    Args:
        encoding: one of ENCODINGS. Nothing but UTF-8 is ever tried without being chosen.
        file_name: as the person named it; a transcript without an id of its own is named by it.
        mapping: field → column of a table; None proposes one from the header.
        speakers: name or label, any case → customer, agent, bot, system or note.
        users: of a help desk, by id.
        channel: of a format that does not say.
        zone: of times without an offset.
        started_at: when a transcript's clock starts.
    """

    encoding: str = "utf-8"
    file_name: str = ""
    mapping: Mapping[str, str] | None = None
    speakers: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, HelpDeskUser] = field(default_factory=dict)
    channel: str | None = None
    zone: tzinfo = UTC
    started_at: datetime | None = None
    language: str | None = None

    def speaker_of(self, label: str) -> str | None:
        """Return what the person said this label is, or None."""
        wanted = " ".join(label.casefold().split())
        for name, speaker in self.speakers.items():
            if " ".join(name.casefold().split()) == wanted:
                return speaker
        return None
