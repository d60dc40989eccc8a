"""The shipped weights: whole, small, and knowing what they should know of plain examples."""

from pathlib import Path

import numpy as np
import pytest

import models
from models.analyser import Analyser
from models.base_encoder import build
from models.types import Dialogue, Speaker, Turn

pytestmark = pytest.mark.weights
WEIGHTS = Path(models.__file__).parent / "weights"

GOOD = {
    "en": (
        "Hi, my parcel is five days late and I am really upset, it is a birthday present.",
        (
            "Good morning, this is Anna from Northway Parcels. I am so sorry the present is late, "
            "I can see how upsetting that is. Could you give me the parcel number, please?"
        ),
        "NW123456",
        (
            "Thank you. It left Leeds this morning; the courier brings it today by 6 pm and I will "
            "text you at 5 pm. Is there anything else I can help with?"
        ),
        "No, thank you so much!",
    ),
    "pl": (
        "Dzień dobry, paczka spóźnia się już pięć dni, jestem wściekła, to prezent na urodziny.",
        (
            "Dzień dobry, mówi Anna z firmy Kurier Północ. Bardzo przepraszam, rozumiem, że czeka Pani "
            "na prezent i to przykre. Czy mogę prosić o numer paczki?"
        ),
        "KP123456",
        (
            "Dziękuję. Paczka wyjechała dziś rano, kurier dostarczy ją do 18:00, a ja napiszę SMS o "
            "17:00. Czy mogę jeszcze w czymś pomóc?"
        ),
        "Nie, bardzo dziękuję!",
    ),
    "ru": (
        "Здравствуйте, посылка опаздывает на пять дней, я очень расстроена, это подарок.",
        (
            "Добрый день, меня зовут Анна, компания «Север». Мне очень жаль, понимаю, как обидно "
            "остаться без подарка. Подскажите, пожалуйста, номер посылки?"
        ),
        "СВ123456",
        (
            "Спасибо. Посылка выехала утром, курьер привезёт её сегодня до 18:00, в 17:00 я пришлю "
            "СМС. Могу ли я ещё чем-то помочь?"
        ),
        "Нет, большое спасибо!",
    ),
}
RUDE = {
    "en": "What is it. I have no idea where your parcel is, stop writing to us.",
    "pl": "No i co. Nie mam pojęcia, gdzie jest paczka, proszę do nas nie pisać.",
    "ru": "Ну и что. Понятия не имею, где ваша посылка, не пишите нам больше.",
}


@pytest.fixture(scope="module")
def shipped() -> Analyser:
    return Analyser.load(WEIGHTS, threads=1)


def good(language: str) -> Dialogue:
    speakers: tuple[Speaker, ...] = ("customer", "agent", "customer", "agent", "customer")
    turns = tuple(Turn(s, t) for s, t in zip(speakers, GOOD[language], strict=True))
    return Dialogue("chat", language, turns)


def rude(language: str) -> Dialogue:
    turns = (Turn("customer", GOOD[language][0]), Turn("agent", RUDE[language]))
    return Dialogue("chat", language, turns)


@pytest.mark.parametrize("language", ["en", "pl", "ru"])
def test_a_good_and_a_rude_answer_are_told_apart(shipped: Analyser, language: str) -> None:
    dialogues = [good(language), rude(language)]

    fine, bad = shipped.analyse(dialogues, shipped.vectors(dialogues))

    assert fine.criteria["greeting"].value == "pass"
    assert fine.criteria["greeting"].evidence[0] == 1
    assert bad.criteria["greeting"].value == "fail"
    for key in ("courtesy", "solution", "empathy"):
        assert fine.criteria[key].probabilities["pass"] > bad.criteria[key].probabilities["pass"]
    moods = {s.position: s for s in fine.sentiment}
    assert moods[4].value == "positive"
    assert moods[0].probabilities["negative"] > 2 * moods[4].probabilities["negative"]
    assert fine.criteria["data_protection"].probabilities["partial"] == 0


def test_turn_vectors_are_at_most_two_thousand_bytes(shipped: Analyser) -> None:
    (vectors,) = shipped.vectors([good("en")])

    assert vectors.nbytes / len(vectors) <= 2000
    assert np.isfinite(vectors).all()


def test_answers_hang_on_nothing_else_in_the_batch(shipped: Analyser) -> None:
    many = [good("en"), rude("pl"), good("ru"), rude("en")]
    together = shipped.analyse(many, shipped.vectors(many))
    alone = shipped.analyse(many[:1], shipped.vectors(many[:1]))[0]

    for key, score in alone.criteria.items():
        expected = together[0].criteria[key].probabilities
        assert score.probabilities == pytest.approx(expected, abs=2e-3)


def test_a_very_long_turn_is_read(shipped: Analyser) -> None:
    long = Dialogue("email", "en", (Turn("agent", "Thank you for waiting. " * 200),))

    (analysis,) = shipped.analyse([long], shipped.vectors([long]))

    assert analysis.not_scored is None
    assert sum(analysis.criteria["greeting"].probabilities.values()) == pytest.approx(1)


def test_the_same_problem_is_nearest_in_another_language(shipped: Analyser) -> None:
    texts = [GOOD[language][0] for language in ("en", "pl", "ru")]
    others = ["How do I change my password?", "Jak zmienić hasło?", "Как поменять пароль?"]
    languages = ["en", "pl", "ru"] * 2

    vectors = shipped.centring.centre(shipped.embed(texts + others), languages)

    nearest = (vectors @ vectors.T - 2 * np.eye(6)).argmax(1)
    assert [int(i) // 3 for i in nearest] == [0, 0, 0, 1, 1, 1]


def test_the_tokenizer_cuts_as_xlm_r_does() -> None:
    _, tokenizer = build(WEIGHTS / "base")

    tokens = tokenizer.encode("Gdzie jest paczka? Спасибо!  ok").tokens

    assert tokens[0] == "<s>"
    assert tokens[-1] == "</s>"
    assert "".join(tokens[1:-1]) == "▁Gdzie▁jest▁paczka?▁Спасибо!▁ok"
    assert tokenizer.get_vocab_size() == 77_605
