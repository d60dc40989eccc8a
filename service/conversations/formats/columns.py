"""Which column of a table is what: proposed from its header, in three languages."""

import re
from collections.abc import Mapping, Sequence

FIELDS = (
    *("id", "channel", "language", "domain", "agent", "customer", "started_at", "csat", "tags"),
    *("speaker", "author", "text", "at", "transcript", "customer_text", "agent_text"),
)
# Names of columns, best first; compared without case, diacritics stay.
NAMES: Mapping[str, str] = {
    "id": (
        "conversation id|conversationid|conversation|ticket id|ticket ref|ticket|case id|case number|"
        "chat id|call id|thread id|session id|dialog id|id rozmowy|identyfikator rozmowy|numer rozmowy|"
        "rozmowa|nr rozmowy|id zgłoszenia|numer zgłoszenia|nr zgłoszenia|zgłoszenie|nr sprawy|"
        "id диалога|номер диалога|диалог|id обращения|номер обращения|обращение|id разговора|"
        "номер разговора|разговор|номер заявки|заявка|тикет|id чата|чат|id|identyfikator|"
        "идентификатор|number|numer|nr|номер"
    ),
    "channel": "channel|source|via|medium|kanał|źródło|канал|источник",
    "language": "language|lang|locale|język|jezyk|язык",
    "domain": "domain|brand|business|branża|marka|домен|бренд|отрасль",
    "agent": (
        "agent name|agent|owner|owner email|assignee|operator|handled by|konsultant|doradca|agent obsługi|"
        "pracownik|opiekun|оператор|агент|ответственный|сотрудник|специалист|менеджер"
    ),
    "customer": (
        "customer name|customer|customer id|client|client name|requester|contact|visitor|user|klient|"
        "nazwa klienta|id klienta|zgłaszający|клиент|имя клиента|заявитель|покупатель"
    ),
    "started_at": (
        "started at|start time|conversation start|created at|created|opened at|start|data rozmowy|"
        "rozpoczęcie|data rozpoczęcia|początek|data utworzenia|utworzono|начало|дата начала|"
        "дата создания|создан|дата обращения"
    ),
    "csat": (
        "csat|satisfaction|survey score|satisfaction score|rating|score|ocena|ocena klienta|satysfakcja|"
        "zadowolenie|оценка|оценка клиента|удовлетворенность|удовлетворённость"
    ),
    "tags": "tags|tag|labels|tagi|etykiety|etykieta|теги|тег|метки",
    "speaker": (
        "speaker|author type|sender type|role|from type|participant type|direction|who|side|mówca|rola|"
        "nadawca|typ autora|typ nadawcy|kierunek|kto|говорящий|роль|отправитель|тип автора|"
        "тип отправителя|направление|кто"
    ),
    "author": "author|author name|sender|sender name|from|autor|od|автор|имя автора|от кого",
    "text": (
        "text|message|message text|body|content|comment|utterance|msg|message body|reply|treść|"
        "treść wiadomości|wiadomość|tekst|komentarz|wypowiedź|текст|сообщение|текст сообщения|"
        "комментарий|реплика|содержание"
    ),
    "at": (
        "at|time|timestamp|sent at|sent|date|datetime|message time|message date|date time|data|czas|"
        "godzina|data wysłania|data wiadomości|data i godzina|дата|время|отправлено|дата отправки|"
        "время сообщения|дата и время"
    ),
    "transcript": (
        "transcript|conversation text|full text|dialogue|chat transcript|chat log|transkrypcja|"
        "transkrypt|treść rozmowy|zapis rozmowy|pełny tekst|стенограмма|расшифровка|текст диалога|"
        "текст разговора|полный текст|переписка"
    ),
    "customer_text": (
        "customer text|customer message|question|review|review text|inquiry|complaint|"
        "wiadomość klienta|pytanie|opinia|recenzja|treść opinii|сообщение клиента|вопрос|отзыв|"
        "текст отзыва|жалоба"
    ),
    "agent_text": (
        "agent text|agent message|answer|response|reply text|owner response|company reply|"
        "odpowiedź|odpowiedź firmy|wiadomość konsultanta|ответ|ответ компании|ответ оператора"
    ),
}
ORDER = (
    *("transcript", "customer_text", "agent_text", "text", "speaker", "author", "id", "started_at"),
    *("at", "agent", "customer", "channel", "language", "domain", "csat", "tags"),
)
METADATA = "metadata."


def plain(header: str) -> str:
    """Return a column's name as names are compared: `Ticket_ID`, `ticketId` → ticket id."""
    spaced = re.sub(r"(?<=[a-ząćęłńóśźżа-я])(?=[A-ZĄĆĘŁŃÓŚŹŻА-Я])", " ", header.strip())
    return " ".join(re.sub(r"[\W_]+", " ", spaced).casefold().split())


def propose_mapping(header: Sequence[str]) -> dict[str, str]:
    """Return field → column for what the header makes plain; a person may change it.

    A column is taken once. Without one for `speaker`, the author's column says who speaks.
    """
    columns = {plain(column): column for column in reversed(header) if plain(column)}
    mapping: dict[str, str] = {}
    for field in ORDER:
        for name in NAMES[field].split("|"):
            if name in columns:
                mapping[field] = columns.pop(name)
                break
    if "author" in mapping and "speaker" not in mapping:
        mapping["speaker"] = mapping.pop("author")
    if "text" in mapping and "speaker" not in mapping and "transcript" not in mapping:
        mapping["transcript"] = mapping.pop("text")
    if "agent_text" in mapping and "text" in mapping and "customer_text" not in mapping:
        mapping["customer_text"] = mapping.pop("text")
    return mapping


def missing(mapping: Mapping[str, str]) -> str | None:
    """Return what a mapping still needs, as names of fields, or None."""
    if "id" not in mapping:
        return "id"
    if "transcript" in mapping or "customer_text" in mapping or "agent_text" in mapping:
        return None
    if "text" not in mapping:
        return "text"
    return None if "speaker" in mapping else "speaker"
