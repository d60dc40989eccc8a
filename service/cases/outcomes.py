"""How a conversation was solved, as far as it is known. Pure.

That nobody wrote again is not known from one conversation, so "first contact" is said only where
the help desk's tags say it; otherwise a solved case is just that.
"""

import re
from collections.abc import Iterable

TAGS = {
    "escalated": "escalat eskalac эскал second_line 2nd_line l2 druga_linia вторая_линия",
    "follow_up": (
        "follow_up followup reopen repeat_contact repeated_contact recontact second_contact "
        "ponowny_kontakt ponowne_zgłoszen ponowne_zglosz wznowion повторное_обращ повторный_контакт "
        "переоткр"
    ),
    "first_contact": "first_contact fcr one_touch pierwszy_kontakt первое_обращение первый_контакт",
}
WHOLE = {"l2", "fcr"}
# Said by a customer who was here before; of acts that are over, not of ones to come.
AGAIN = re.compile(
    r"\b(?:second|third|fourth|fifth|2nd|3rd|[4-9]th) time (?:that )?(?:i|we)\b.{0,12}"
    r"\b(?:writ|call|contact|ask|message|report|ring|chas)"
    r"|\bi(?:'ve| have)? already (?:wrote|written|called|contacted|reported|messaged|rang|rung)\b"
    r"|\b(?:drugi|trzeci|czwarty|piąty|kolejny|n-ty) raz (?:już )?(?:pisz|dzwoni|zgłasza|kontaktuj|pyta)"
    r"|\b(?:już|wcześniej) (?:\w{1,20} ){0,2}(?:pisał|dzwonił|zgłasza[lł]|kontaktowa[lł])(?:em|am|iśmy|yśmy)"
    r"|\b(?:второй|третий|четв[её]ртый|пятый|который|очередной) раз (?:уже )?(?:пиш|звон|обраща)"
    r"|\b(?:уже|ранее) (?:\w{1,20} ){0,2}(?:писал|звонил|обращал)",
    re.IGNORECASE,
)


def outcome_of(tags: Iterable[str], said: Iterable[str], *, was_here_before: bool) -> str:
    """Return one of the outcomes of a resolved conversation; "solved" where no more is known.

    Args:
        tags: of the help desk.
        said: the customer's turns.
        was_here_before: whether the customer had written about this a little earlier.
    """
    told = _told(tags)
    if told == "escalated":
        return told
    if told == "follow_up" or was_here_before or any(AGAIN.search(text) for text in said):
        return "follow_up"
    return told or "solved"


def _told(tags: Iterable[str]) -> str | None:
    """Return what the tags say, the hardest first."""
    folded = ["_".join(re.findall(r"\w+", tag.casefold())) for tag in tags]
    for outcome, beginnings in TAGS.items():
        for beginning in beginnings.split():
            if any(
                tag == beginning or (beginning not in WHOLE and tag.startswith(beginning))
                for tag in folded
            ):
                return outcome
    return None
