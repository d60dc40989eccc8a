import uuid

import numpy as np
import pytest
from sqlalchemy import select, update

from models.centring import Centring
from service import lexical
from service.cases import rules
from service.cases.actions import count_rejection, offer_case, retire_case
from service.cases.indexing import index_missing, vectors_of
from service.cases.likeness import query_stems
from service.cases.search import LOOKED_AT, EmbeddedSearch, Question
from service.cases.tables import Case, CaseVector
from service.database import Database
from service.errors import Unavailable
from service.identity.rules import Principal
from tests.factories import make_agent, make_case, make_conversation
from tests.service.cases.words import WIDTH, NoModels, WordModels

LEAD = Principal(id=uuid.uuid4(), name="Lena", role="lead", team_ids=frozenset())
ROUTER = "router restarts every evening"


def add(
    database: Database, models: WordModels, *problems: str, language: str = "en"
) -> list[uuid.UUID]:
    with database.writing() as db:
        ids = [make_case(db, problem=problem, language=language).id for problem in problems]
    index_missing(database, models)
    return ids


def found(
    database: Database, search: EmbeddedSearch, text: str, language: str = "en"
) -> list[uuid.UUID]:
    with database.reading() as db:
        return [hit.case.id for hit in search.find(db, Question(text, language))]


def test_the_closest_case_comes_first_with_its_band_and_why(database: Database) -> None:
    models = WordModels()
    router, _ = add(database, models, ROUTER, "parcel lost by courier")

    with database.reading() as db:
        hits = EmbeddedSearch(models).find(db, Question(ROUTER, "en"))

    assert [hit.case.id for hit in hits] == [router]
    assert (hits[0].band, hits[0].likeness.words) == (
        "very_close",
        ("router", "restarts", "evening"),
    )
    assert hits[0].similarity == pytest.approx(1.0)


def test_nothing_close_is_no_reliable_case(database: Database) -> None:
    models = WordModels()
    add(database, models, ROUTER)

    assert found(database, EmbeddedSearch(models), "tulips bloom beautifully") == []


def test_without_cases_or_words_the_models_are_not_even_loaded(database: Database) -> None:
    models = WordModels()
    search = EmbeddedSearch(models)

    assert found(database, search, ROUTER) == []
    add(database, models, ROUTER)
    before = models.calls
    assert found(database, search, "  \n ") == []
    assert models.calls == before


def test_a_new_case_is_found_by_a_search_that_is_already_running(database: Database) -> None:
    models = WordModels()
    here, elsewhere = EmbeddedSearch(models), EmbeddedSearch(models)
    add(database, models, "parcel lost by courier")
    assert found(database, here, ROUTER) == found(database, elsewhere, ROUTER) == []

    router = add(database, models, ROUTER)

    assert found(database, here, ROUTER) == found(database, elsewhere, ROUTER) == router


def test_the_index_is_made_again_only_when_the_cases_changed(database: Database) -> None:
    models = WordModels()
    search = EmbeddedSearch(models)
    add(database, models, ROUTER)

    with database.reading() as db:
        first, second = (search.snapshot(db, models.analyser()) for _ in range(2))
    add(database, models, "parcel lost by courier")
    with database.reading() as db:
        third = search.snapshot(db, models.analyser())

    assert first is second
    assert third is not first
    assert (len(first.index), len(third.index)) == (1, 2)


def test_a_retired_case_vanishes_at_once_and_comes_back_when_it_is_offered(
    database: Database,
) -> None:
    models = WordModels()
    search = EmbeddedSearch(models)
    (router,) = add(database, models, ROUTER)
    assert found(database, search, ROUTER) == [router]

    with database.writing() as db:
        retire_case(db, router, principal=LEAD)
    assert found(database, search, ROUTER) == []

    with database.writing() as db:
        offer_case(db, router, principal=LEAD)
    assert found(database, search, ROUTER) == [router]


def test_a_case_is_lowered_by_a_rejection_and_out_after_three_until_an_owner_looks(
    database: Database,
) -> None:
    models = WordModels()
    search = EmbeddedSearch(models)
    first, second = add(database, models, ROUTER, "router restarts every morning")
    assert found(database, search, ROUTER) == [first, second]

    seen = []
    for _ in range(rules.MOST_REJECTIONS):
        with database.writing() as db:
            count_rejection(db, first)
        seen.append(found(database, search, ROUTER))
    assert seen == [[second, first], [second, first], [second]]

    with database.writing() as db:
        offer_case(db, first, principal=LEAD)
    assert found(database, search, ROUTER) == [first, second]


def test_while_the_cases_have_vectors_of_another_encoder_they_are_found_by_their_words(
    database: Database,
) -> None:
    models = WordModels()
    router, other = add(database, models, ROUTER, "router delivered late")
    with database.writing() as db:
        db.execute(update(CaseVector).values(encoder_id="another"))
    search = EmbeddedSearch(models)

    with database.reading() as db:
        hits = search.find(db, Question(ROUTER, "en"))

    assert [(hit.case.id, hit.band) for hit in hits] == [(router, "words")]
    assert hits[0].likeness.words == ("router", "restarts", "evening")
    assert index_missing(database, models) == 2
    with database.reading() as db:
        hits = search.find(db, Question(ROUTER, "en"))
    assert [(hit.case.id, hit.band) for hit in hits] == [(router, "very_close")]
    assert other not in {hit.case.id for hit in hits}


def test_cases_without_any_vector_are_found_by_words_and_no_model_is_loaded(
    database: Database,
) -> None:
    models = WordModels()
    with database.writing() as db:
        router = make_case(db, problem=ROUTER).id
        lexical.put(db, "case", router, query_stems(ROUTER, "en"))

    assert found(database, EmbeddedSearch(models), ROUTER) == [router]
    assert models.calls == 0


def test_a_greeting_finds_nothing_and_loads_nothing(database: Database) -> None:
    models = WordModels()
    add(database, models, "hello hello hello")
    before = models.calls

    assert found(database, EmbeddedSearch(models), "Hello, good morning!") == []
    assert models.calls == before


def test_a_stored_vector_that_is_not_finite_or_of_another_size_is_left_out(
    database: Database,
) -> None:
    models = WordModels()
    good, bad, short = add(database, models, ROUTER, f"{ROUTER} again", f"{ROUTER} daily")
    with database.writing() as db:
        broken = np.full(WIDTH, np.nan, dtype="<f4").tobytes()
        db.execute(update(CaseVector).where(CaseVector.case_id == bad).values(vector=broken))
        db.execute(update(CaseVector).where(CaseVector.case_id == short).values(vector=b"1234"))

    assert found(database, EmbeddedSearch(models), ROUTER) == [good]


def test_a_case_never_answers_its_own_conversation(database: Database) -> None:
    models = WordModels()
    (router,) = add(database, models, ROUTER)

    with database.reading() as db:
        hits = EmbeddedSearch(models).find(db, Question(ROUTER, "en", without={router}))

    assert hits == []


def test_one_agent_cannot_fill_the_list_and_copies_count_once(database: Database) -> None:
    models = WordModels()
    with database.writing() as db:
        ben, ola = make_agent(db, name="Ben"), make_agent(db, name="Ola")
        for word in ("evening", "morning", "night"):
            made = make_conversation(db, agent=ben)
            make_case(db, problem=f"router restarts every {word}", conversation=made)
        other = make_case(
            db,
            problem="router restarts every weekend",
            conversation=make_conversation(db, agent=ola),
        )
        twice = make_case(
            db,
            problem="router restarts every weekend",
            conversation=make_conversation(db, agent=ola),
        )
    index_missing(database, models)

    with database.reading() as db:
        hits = EmbeddedSearch(models).find(db, Question(ROUTER, "en"), limit=5)

    assert len(hits) == 3
    assert len({other.id, twice.id} & {hit.case.id for hit in hits}) == 1


def test_each_language_is_compared_without_its_own_mean(database: Database) -> None:
    models = WordModels()
    offset = models.embed(["po polsku"])[0]
    models.centring = Centring({"und": np.zeros(WIDTH, dtype=np.float32), "pl": 0.5 * offset})
    add(database, models, ROUTER, language="pl")

    with database.reading() as db:
        (hit,) = EmbeddedSearch(models).find(db, Question(ROUTER, "en"))

    centred = models.centring.centre(models.embed([ROUTER]), ["pl"])[0]
    assert hit.similarity == pytest.approx(float(centred @ models.embed([ROUTER])[0]), abs=1e-5)
    assert hit.similarity < 0.999


def test_damaged_weights_are_told_and_change_nothing(database: Database) -> None:
    add(database, WordModels(), ROUTER)

    with database.reading() as db, pytest.raises(Unavailable):
        EmbeddedSearch(NoModels()).find(db, Question(ROUTER, "en"))


def test_a_text_that_changed_while_it_was_encoded_keeps_no_stale_vector(database: Database) -> None:
    models = WordModels()
    with database.writing() as db:
        case = make_case(db, problem=ROUTER)
    store = vectors_of(database, models, [case.id])
    with database.writing() as db:
        db.execute(update(Case).values(problem="something else"))

    with database.writing() as db:
        store(db)

    with database.reading() as db:
        assert db.scalars(select(CaseVector)).all() == []


def test_search_agrees_with_comparing_every_case(database: Database) -> None:
    """The slow obvious way: fuse the ranking of all similarities with the one by words."""
    models = WordModels()
    words = ["router", "cable", "lamp", "screen", "parcel", "refund", "invoice", "ticket"]
    random = np.random.default_rng(3)
    problems = [" ".join(random.choice(words, 4, replace=False)) for _ in range(40)]
    ids = add(database, models, *dict.fromkeys(problems))
    problems = list(dict.fromkeys(problems))
    text = "router cable lamp screen"

    with database.reading() as db:
        hits = EmbeddedSearch(models).find(db, Question(text, "en"), limit=5)
        stems = query_stems(text, "en")
        worded = [hit.owner_id for hit in lexical.find(db, "case", stems, limit=LOOKED_AT)]

    likes = dict(zip(ids, (models.embed(problems) @ models.embed([text])[0]).tolist(), strict=True))
    dense = sorted(ids, key=lambda one: -likes[one])[:LOOKED_AT]
    scores = {
        one: sum(1 / (61 + ranks.index(one)) for ranks in (dense, worded) if one in ranks)
        for one in {*dense, *worded}
    }
    vectors = dict(zip(ids, models.embed(problems), strict=True))
    expected: list[uuid.UUID] = []
    for one in sorted(scores, key=lambda one: (-scores[one], -likes[one])):
        is_new = all(float(vectors[one] @ vectors[other]) < 0.97 for other in expected)
        if likes[one] >= rules.RELIABLE and is_new:
            expected.append(one)
    assert [hit.case.id for hit in hits] == expected[:5]
