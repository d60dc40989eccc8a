"""What the words around a number say it is: a reference, a telephone, an amount."""

import re
from dataclasses import dataclass

from service.conversations.rules import words

I = re.IGNORECASE  # noqa: E741 -- read in patterns only


@dataclass(frozen=True, slots=True)
class Span:
    """Characters start to end, and which mask hides them."""

    start: int
    end: int
    kind: str


# Beginnings of words, lower case: what they say about a number that follows.
STEMS = {
    "reference": words(
        "zamówi zamowi zlece zgłosze zglosze reklamac przesył przesyl paczk faktur rezerwac umow "
        "umów polis seryjn spraw transakc przewozow bilet klient produkt artyku liczni order "
        "ticket case ref refe invoice track parcel shipment booking confirmation reservation "
        "contract policy serial sku ean imei article item product transaction id voucher coupon "
        "account meter customer nip regon pesel luggage инн огрн кпп снилс бирк заказ заявк обращени тикет трек накладн посылк отправлени фактур "
        "договор полис брон серийн артикул квитанц чек транзакц счетчик счётчик товар"
    ),
    "phone": words(
        "tel telefon kom komór komor dzwo zadzwo oddzwo przedzwo sms whatsapp viber telegram "
        "phone telephone call ring mobile cell text reach тел телефон звон позвон перезвон дозвон "
        "созвон мобил сотов вотсап ватсап вайбер моб"
    ),
}
WHOLE = words("tel kom sms ring id ref case text item nip инн кпп сот тел моб чек")
BY_START: dict[str, list[tuple[str, str]]] = {}
for _role, _stems in STEMS.items():
    for _stem in _stems:
        BY_START.setdefault(_stem[:2], []).append((_stem, _role))
ORDERS = words(
    "zamówi zamowi zlece zgłosze zglosze reklamac przesył przesyl paczk faktur rezerwac bilet order "
    "ticket case ref invoice track parcel shipment booking confirmation reservation заказ заявк "
    "обращени тикет трек накладн посылк бронир бронь квитанц"
)
LINKING = words(
    "# № no nr n number numer numeru num номер номера is to jest это the a an my mój moje мой мое был"
)
MINE = words("my mój moj mojego мой моего")
NUMBER_WORDS = words("number numer numeru nr номер номера")
WORD = re.compile(r"[^\W\d_]+|[#№]")

CURRENCY_AFTER = re.compile(
    r"[ \u00a0]?(?:,\d{1,2}\b|z[łl]|pln|руб|₽|р\.|usd|eur|gbp|€|\$|£|грн|uah|тыс|млн|tys|mln|"
    r"kwh|km\b|kg\b|шт|szt|%|₴|rs\b|inr)",
    I,
)
CURRENCY_BEFORE = re.compile(r"(?:[$€£₽₴]|usd|eur|pln|rs\.?)[ \u00a0]?$", I)
DATE = re.compile(
    r"(?<![\d-])(?:(?:19|20)\d\d[./-](?:0?[1-9]|1[0-2])[./-](?:[0-2]?\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|1[0-2])[./-](?:(?:19|20)\d\d|\d\d(?![ -]?\d)))(?!\d)"
)


def before(text: str, start: int, chars: int = 40) -> str:
    """Return what stands before a place, in its line."""
    return text[max(0, start - chars) : start].rpartition("\n")[2]


def role_of(text: str, start: int) -> str | None:
    """Return "reference" or "phone" by the last telling word before a number, or None."""
    role, previous = None, ""
    for found in WORD.finditer(before(text, start).lower()):
        word = found.group()
        if word in "#№":
            role = "reference"
        elif word in NUMBER_WORDS and previous in MINE:
            role = "phone"
        else:
            role = _role_of_word(word) or role
        previous = word
    return role


def _role_of_word(word: str) -> str | None:
    for stem, role in BY_START.get(word[:2], ()):
        if word == stem or (stem not in WHOLE and word.startswith(stem)):
            return role
    return None


def is_of_an_order(text: str) -> bool:
    """Return whether the last telling word of a text says that an order's number follows it.

    Words that count the number ("nr", "no", "is") are passed over; any other ends the search.
    """
    for found in reversed(list(WORD.finditer(text.lower()))):
        word = found.group()
        if word in LINKING:
            continue
        return any(word.startswith(stem) for stem in ORDERS)
    return False


def is_amount(text: str, start: int, end: int) -> bool:
    """Return whether a number has a currency or a unit beside it."""
    return (
        CURRENCY_AFTER.match(text, end) is not None
        or CURRENCY_BEFORE.search(text, max(0, start - 5), start) is not None
    )
