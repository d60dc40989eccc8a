"""What a mail answers is told from its own words, and never a word is lost."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.quoting import quoted_from

OWN = "It still does not work.\nAnn"


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 11 May 2026 at 10:02, Support <[EMAIL]> wrote:\n> Have you tried it?\n>\n> Ben",
        "On Monday, 11 May 2026 at 10:02, the support team <[EMAIL]>\nwrote:\n\n> Have you tried?",
        "On 11 May 2026, Ben wrote:\n\nHave you tried it?",
        "-----Original Message-----\nFrom: Ben\n\nHave you tried it?\n> older",
        "W dniu 11.05.2026 o 10:02, Ben pisze:\n> Czy to działa?",
        "W dniu 11.05.2026 o 10:02, Ewa napisał(a):\n\n> Czy to działa?",
        "-----Wiadomość oryginalna-----\nOd: Ewa\nCzy to działa?",
        "пн, 11 мая 2026 г. в 10:02, Иван <[EMAIL]>:\n\n> Работает?",
        "pon., 11 maj 2026 o 10:02 Ewa <[EMAIL]> napisał(a):\n\n> Czy to działa?",
        "11.05.2026 10:02, Ольга написала:\n> Работает?",
        "-------- Исходное сообщение --------\nОт: Иван\nРаботает?",
        "> Have you tried it?\n> Ben",
    ],
)
def test_the_mails_that_one_answers_are_told_from_ones_own_words(quoted: str) -> None:
    text = f"{OWN}\n\n{quoted}"

    assert text[: quoted_from(text)].strip() == OWN.strip()


@pytest.mark.parametrize(
    "text",
    [
        OWN,
        "",
        "> Have you tried it?\nYes.\n> And then?\nNothing.",
        "On Monday Ben wrote:\n> Have you tried it?\nYes, twice.",
        "> all of it is quoted",
        "On Monday Ben wrote:\n> all of it is quoted",
        "The invoice on 11 May: you wrote: it is paid",
        "5 > 3 and I wrote it down",
        "Мастер написал: приду завтра",
        "Вчера мне мастер написал:\nприду завтра.\nИ не пришёл.",
        "Ben wrote:",
    ],
)
def test_what_is_no_quoted_end_stays(text: str) -> None:
    assert quoted_from(text) == len(text)


@given(st.text(alphabet="ab >\n-:On wrote", max_size=80))
def test_nothing_is_lost_and_something_of_ones_own_is_left(text: str) -> None:
    at = quoted_from(text)

    assert 0 <= at <= len(text)
    assert at == len(text) or text[:at].strip()


@pytest.mark.parametrize("part", ["On a ", "On aaaaa\n", "> a\n", "писал ", "-- ", "W dniu aaaa\n"])
def test_no_text_takes_more_than_linear_time(part: str) -> None:
    text = part * (65_536 // len(part))
    started = time.process_time()

    quoted_from(text)

    assert time.process_time() - started < 1
