"""Which language a pasted question is in when it is too short to tell. Pure."""

import re

CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)


def likely_language(text: str, *, detected: str | None, reader: str) -> str:
    """Return the language of a question: as detected, else by its letters, else the reader's.

    Args:
        text: what was pasted.
        detected: a two-letter code; None where the detector is unsure.
        reader: en, pl or ru.
    """
    if detected is not None:
        return detected
    if CYRILLIC.search(text):
        return "ru"
    return reader if reader != "ru" else "en"
