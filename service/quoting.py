"""Where an e-mail's own words end and the mails it answers begin, as mail programs write it. Pure.

The text is kept whole; pages fold what is quoted.
"""

import re

# The line before a quotation; after "On" and "W dniu" some programs wrap it.
INTRODUCTION = re.compile(
    r"^[ \t]*(?:On [^\n]{4,160}(?:\n[^\n]{0,80})?\bwrote:"
    r"|(?:W dniu|Dnia) [^\n]{4,160}(?:\n[^\n]{0,80})?\b(?:pisze|napisał(?:\(a\)|a)?):"
    r"|[^\n]{4,160}\bnapisał(?:\(a\)|a)?:"
    r"|[^\n]{4,160}\b(?:писал|написал|пишет)(?:\(а\)|а)?:"
    r"|[а-я]{2}, \d{1,2} [а-я.]{3,9} \d{4} г\. в \d{1,2}:\d\d, [^\n]{2,120}:"
    r"|-{2,} ?(?:Original Message|Forwarded message|Wiadomość oryginalna|Wiadomość przekazana"
    r"|Oryginalna wiadomość|Исходное сообщение|Пересылаемое сообщение) ?-{2,})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
MARKED = re.compile(r"^[ \t]*>", re.MULTILINE)
DATED = re.compile(r"\d")


def quoted_from(text: str) -> int:
    """Return where the quoted end of a mail begins; the text's length where nothing is folded.

    Answers written between quoted lines stay as they are, and so does a text that is all quotation.
    """
    introduced = next(
        (one for one in INTRODUCTION.finditer(text) if _is_quoted(text[one.end() :], one.group())),
        None,
    )
    marked = MARKED.search(text)
    starts = [introduced.start()] if introduced else []
    if marked and _is_all_marked(text[marked.start() :]):
        starts.append(marked.start())
    at = min(starts, default=len(text))
    return at if text[:at].strip() else len(text)


def _is_quoted(rest: str, introduction: str) -> bool:
    """Whether what follows an introduction is a quotation to its end.

    Without marks it is one only after a line of dashes or a date: "The driver wrote:" is no mail.
    """
    if not rest.strip():
        return False
    is_separator = introduction.lstrip().startswith("--")
    if MARKED.search(rest) and not is_separator:
        return _is_all_marked(rest)
    return is_separator or DATED.search(introduction) is not None


def _is_all_marked(rest: str) -> bool:
    return all(line.lstrip().startswith(">") for line in rest.splitlines() if line.strip())
