"""Who is the agent and who the customer behind the names of a transcript.

In this order: what the person said; what a label says itself ("Agent", "Klient", "Оператор", or in
brackets after a name; a telephone number is a caller); and for the names that are left: where one
side is known, they are the other; where none is, the one who speaks first answered the call and is
the agent, and everybody else is the customer.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from service.conversations.formats.options import FormatOptions
from service.conversations.rules import SPEAKERS, words

WORDS: Mapping[str, frozenset[str]] = {
    "customer": words(
        "customer client end-user end user enduser user visitor caller contact guest buyer lead "
        "external incoming inbound in klient klientka użytkownik użytkowniczka konsument kupujący "
        "nadawca gość abonent dzwoniący клиент клиентка покупатель пользователь абонент звонящий "
        "гость заказчик"
    ),
    "agent": words(
        "agent operator support admin staff employee rep representative csr advisor adviser "
        "consultant teammate assignee outgoing outbound out internal konsultant konsultantka "
        "doradca doradczyni pracownik obsługa operatorka specjalista specjalistka оператор агент "
        "сотрудник сотрудница специалист менеджер консультант поддержка администратор host"
    ),
    "bot": words(
        "bot chatbot robot virtual-assistant ivr automat бот робот автоответчик wirtualny"
    ),
    "system": words("system event activity trigger automation systemowy система системное событие"),
    "note": words("note internal-note private notatka komentarz заметка примечание"),
}
ROLE_OF = {word: role for role, words in WORDS.items() for word in words}
PARTS = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
PHONE_LABEL = re.compile(r"\+?(?=(?:\D*\d){4})[\d *().-]{7,20}", re.ASCII)
ANONYMOUS = re.compile(
    r"(?:speaker|mówca|mowca|спикер|говорящий|channel|kanał|канал)?[ _-]*\d*", re.IGNORECASE
)


def role_of_label(label: str) -> str | None:
    """Return the role that a label itself names, or None: "Agent 2", "Anna (Klient)"."""
    folded = " ".join(label.casefold().split())
    if folded in ROLE_OF:
        return ROLE_OF[folded]
    if folded in SPEAKERS:
        return folded
    parts = PARTS.findall(folded)
    named = {ROLE_OF[part] for part in parts if part in ROLE_OF}
    is_only_role = all(part in ROLE_OF or part.isdigit() for part in parts)
    is_bracketed = re.search(r"[(\[]\s*([^()\[\]]+?)\s*[)\]]\s*$", folded)
    if is_bracketed and is_bracketed[1] in ROLE_OF:
        return ROLE_OF[is_bracketed[1]]
    return named.pop() if len(named) == 1 and is_only_role else None


def is_name(label: str) -> bool:
    """Return whether a label names a person, and not a role or a channel."""
    shapes = (ANONYMOUS, PHONE_LABEL)
    is_shaped = any(shape.fullmatch(label.strip()) for shape in shapes)
    return role_of_label(label) is None and not is_shaped


def roles_of(labels: Iterable[str], options: FormatOptions) -> dict[str, str]:
    """Return the role of each label, given in the order in which they first speak."""
    ordered: Sequence[str] = list(dict.fromkeys(labels))
    roles: dict[str, str] = {}
    for label in ordered:
        caller = "customer" if PHONE_LABEL.fullmatch(label) else None
        role = options.speaker_of(label) or role_of_label(label) or caller
        if role is not None:
            roles[label] = role
    sides = set(roles.values()) & {"agent", "customer"}
    for label in ordered:
        if label in roles:
            continue
        if not sides:
            roles[label] = "agent"
            sides = {"agent"}
        else:
            roles[label] = "agent" if sides == {"customer"} else "customer"
    return roles


def bare_name(label: str) -> str:
    """Return a label without the role in brackets after the name."""
    return re.sub(r"\s*[(\[][^()\[\]]*[)\]]\s*$", "", label).strip() or label.strip()
