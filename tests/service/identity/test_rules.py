import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Invalid
from service.identity.rules import check_password, one_address, one_name, time_zones


@pytest.mark.parametrize(
    "text",
    ["", "ada", "ada@", "@x.example", "a@x.example, b@x.example", "a@x.example;b@x.example",
     "a@x.example b@x.example", "Ada <a@x.example>", "a@b@x.example", "a@x.exa\x00mple"],
)  # fmt: skip
def test_what_is_not_one_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        one_address(text)


def test_an_address_is_kept_in_lower_case_without_spaces_around() -> None:
    assert one_address("  Ada.Marlow@Glow.example ") == "ada.marlow@glow.example"


@given(st.text(max_size=100))
def test_a_name_that_is_taken_is_readable_and_stays_as_it_is(text: str) -> None:
    try:
        name = one_name(text)
    except Invalid:
        return
    assert name.isprintable()
    assert 1 <= len(name) <= 80
    assert one_name(name) == name


@pytest.mark.parametrize("name", ["", "   ", "a\x00b", "pay\u202epal", "x" * 81])
def test_an_unreadable_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        one_name(name)


@pytest.mark.parametrize("password", ["", "short1234", "aaaaaaaaaaaa", "abababababab"])
def test_a_password_that_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        check_password(password)


def test_ten_characters_with_five_different_ones_are_a_password() -> None:
    check_password("abcdeabcde")


def test_time_zones_are_places_after_utc() -> None:
    zones = time_zones()

    assert zones[0] == "UTC"
    assert {"Europe/Warsaw", "Europe/Moscow", "Asia/Almaty"} <= set(zones)
    assert [zone for zone in zones if zone.startswith("Etc/")] == []
