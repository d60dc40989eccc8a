"""How a case was solved is said only as far as it is known."""

import time

import pytest

from service.cases.outcomes import AGAIN, outcome_of
from service.cases.tables import OUTCOMES
from service.cases.words import OUTCOMES as NAMES


@pytest.mark.parametrize(
    ("tags", "outcome"),
    [
        ((), "solved"),
        (("vip", "billing"), "solved"),
        (("Follow-up",), "follow_up"),
        (("reopened", "fcr"), "follow_up"),
        (("escalated_to_l2", "reopened"), "escalated"),
        (("L2",), "escalated"),
        (("l2tp-vpn",), "solved"),
        (("first contact resolution",), "first_contact"),
        (("ponowny kontakt",), "follow_up"),
        (("повторное обращение",), "follow_up"),
        (("эскалация",), "escalated"),
    ],
)
def test_the_tags_of_the_help_desk_are_believed(tags: tuple[str, ...], outcome: str) -> None:
    assert outcome_of(tags, ("Where is it?",), was_here_before=False) == outcome


@pytest.mark.parametrize(
    "text",
    [
        "This is the third time I am writing about it",
        "I've already called twice",
        "Piszę, bo to trzeci raz dzwonię w tej sprawie",
        "już do Państwa pisałam w maju",
        "Второй раз обращаюсь, ответа нет",
        "Я уже писал вам на прошлой неделе",
    ],
)
def test_a_customer_who_says_so_was_here_before(text: str) -> None:
    assert outcome_of((), ("Hello", text), was_here_before=False) == "follow_up"


@pytest.mark.parametrize(
    "text",
    [
        "I already paid",
        "The second time the parcel came late",
        "Napiszę drugi raz, jeśli trzeba",
        "Już zapłaciłem",
        "Уже оплатил",
        "Second line of the address is wrong",
    ],
)
def test_other_words_say_nothing_of_it(text: str) -> None:
    assert outcome_of((), (text,), was_here_before=False) == "solved"


def test_an_earlier_conversation_makes_a_follow_up_but_no_less_of_an_escalation() -> None:
    assert outcome_of(("fcr",), (), was_here_before=True) == "follow_up"
    assert outcome_of(("escalated",), (), was_here_before=True) == "escalated"


def test_every_outcome_has_a_name() -> None:
    assert set(NAMES) == set(OUTCOMES)


@pytest.mark.parametrize("part", ["third time I ", "już wcześniej ", "уже ранее а ", "a", " "])
def test_no_text_takes_more_than_linear_time(part: str) -> None:
    text = part * (100_000 // len(part))
    started = time.process_time()

    AGAIN.search(text)

    assert time.process_time() - started < 1
