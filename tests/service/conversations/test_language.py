import pytest

from service.conversations.language import known_code, language_of
from service.conversations.neutral import NeutralConversation, NeutralTurn


def written(customer: str, agent: str = "", language: str | None = None) -> NeutralConversation:
    turns = (NeutralTurn("customer", customer), NeutralTurn("agent", agent))
    return NeutralConversation("c", "chat", turns, language=language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Dzień dobry, gdzie jest moja paczka? Czekam już tydzień.", "pl"),
        ("Здравствуйте, посылка не пришла, верните деньги", "ru"),
        ("Hello, my parcel has not arrived and nobody answers", "en"),
        ("Доброго дня, де моє замовлення? Чекаю вже тиждень", "uk"),
        ("Guten Tag, wo ist meine Bestellung?", "de"),
        ("Bonjour, où est ma commande ? Je suis très déçu.", "fr"),
        ("", "und"),
        ("🤬🤬🤬 !!! 12345", "und"),
        ("我的订单在哪里", "und"),
    ],
)
def test_the_customers_side_decides(text: str, language: str) -> None:
    assert language_of(written(text, "Dzień dobry, w czym mogę pomóc?")) == language


def test_a_few_words_take_the_agents_side_along() -> None:
    assert language_of(written("ok", "Please wait while I check your order for you")) == "en"
    assert language_of(written("ok", "Proszę chwilę poczekać, sprawdzam zamówienie")) == "pl"


@pytest.mark.parametrize(
    ("stated", "language"), [("ru", "ru"), ("PL-pl", "pl"), ("xx", "en"), ("Polish", "en")]
)
def test_a_known_code_in_the_file_wins(stated: str, language: str) -> None:
    assert language_of(written("Hello, where is my parcel please?", language=stated)) == language


def test_codes_are_two_letters_of_the_standard() -> None:
    assert [known_code(code) for code in ("en_US", " uk ", None, "und", "e")] == [
        "en",
        "uk",
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("Hello my parcel is late.", "en"),
        ("Where is my order?", "en"),
        ("gdzie jest moja paczka", "pl"),
        ("dzien dobry nie moge sie zalogowac", "pl"),
        ("где посылка", "ru"),
        ("де моє замовлення? оплата не пройшла", "uk"),
        ("Wo ist mein Paket?", "de"),
        ("Bonjour, mon colis est en retard", "fr"),
    ],
)
def test_one_line_is_enough_where_its_commonest_words_tell(line: str, language: str) -> None:
    assert (
        language_of(NeutralConversation("1", "chat", (NeutralTurn("customer", line),))) == language
    )
