import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.database import Database, new_id
from service.lexical import find, put, remove, stems


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("en", "refunded parcels", "refund a parcel"),
        ("pl", "paczki reklamacje", "paczkami reklamacji"),
        ("ru", "возврата посылки", "возвратом посылкой"),
        ("pl", "возврата посылки", "возвратом посылкой"),
    ],
)
def test_inflected_words_share_their_stems(language: str, first: str, second: str) -> None:
    assert set(stems(first, language)) & set(stems(second, language)) >= set(
        stems(first, language)[-2:]
    )


def test_masks_are_no_words_and_yo_is_folded() -> None:
    assert stems("Счёт [EMAIL] [AGENT_NAME]", "ru") == stems("счет", "ru")


def test_a_text_is_found_by_its_words_until_it_is_removed(database: Database) -> None:
    late, broken = new_id(), new_id()
    with database.writing() as db:
        put(db, "case", late, stems("The parcel is two weeks late", "en"))
        put(db, "case", broken, stems("The lamp arrived broken, the parcel was wet", "en"))
        put(db, "conversation", new_id(), stems("A late parcel", "en"))

    with database.reading() as db:
        assert [hit.owner_id for hit in find(db, "case", stems("late parcels", "en"), limit=5)] == [
            late,
            broken,
        ]
        both = find(db, "case", stems("late parcels", "en"), limit=5, needs_all=True)
        assert [(hit.owner_id, hit.rank) for hit in both] == [(late, 1)]

    with database.writing() as db:
        remove(db, "case", late)
        assert [hit.owner_id for hit in find(db, "case", stems("late parcels", "en"), limit=5)] == [
            broken
        ]


def test_putting_a_text_again_replaces_its_words(database: Database) -> None:
    owner = new_id()
    with database.writing() as db:
        put(db, "case", owner, ["kettle"])
        put(db, "case", owner, ["toaster"])

        assert find(db, "case", ["kettle"], limit=5) == []
        assert len(find(db, "case", ["toaster"], limit=5)) == 1


OPERATORS = [
    '" OR 1=1',
    "a AND",
    "NEAR(",
    "x:*",
    "-",
    "'",
    "a & | !",
    ":*",
    "(",
    "kindcase OR",
    "zażółć*",
    "\\",
]


@pytest.mark.parametrize("query", OPERATORS)
def test_operators_of_either_database_are_only_words(database: Database, query: str) -> None:
    with database.writing() as db:
        put(db, "case", new_id(), ["kettle"])

        assert find(db, "case", [query, "nowhere"], limit=5) == []


@given(st.text(max_size=200), st.sampled_from(["en", "pl", "ru", "uk", "und"]))
def test_stems_of_any_text_are_words_without_operators(text: str, language: str) -> None:
    assert all(
        (stem and stem.replace("_", "").isalnum()) or "_" in stem or not stem.isascii()
        for stem in stems(text, language)
    )
