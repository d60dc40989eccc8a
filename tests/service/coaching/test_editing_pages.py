"""The form of an agenda: its points, pins, action items, and two of it at once."""

import re

from tests.service.coaching.agendas import People, SignIn, fields_of, in_days, on_sqlite, prepare


@on_sqlite
def test_a_critical_example_needs_praise_beside_it(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)
    page = browser.get(address).text
    part = page[page.index("Done well") : page.index("Standing topics")]
    form = fields_of(page) | in_days(3)
    for name in re.findall(r'name="(keep-[^"]+)"', part):
        del form[name]

    answer = browser.post(f"{address}/announce", data=form)

    assert answer.status_code == 422
    assert "There are 1 critical examples and 0 good ones." in answer.text


def test_what_was_typed_into_an_old_page_comes_back_unsaved(
    people: People, sign_in: SignIn
) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)
    form = fields_of(browser.get(address).text)
    assert browser.post(address, data=form | {"private": "First."}).status_code == 303

    answer = browser.post(address, data=form | {"private": "Second."})

    assert answer.status_code == 409
    assert "Second." in answer.text
    assert "First." in browser.get(address).text
    again = fields_of(answer.text)
    assert browser.post(address, data=again).status_code == 303
    assert "Second." in browser.get(address).text


@on_sqlite
def test_points_change_places_are_dropped_and_taken_back(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)
    page = browser.get(address).text
    first, second = re.findall(r'name="up" value="([^"]+)"', page)[:2]
    form = fields_of(page)
    dropped = form.copy()
    del dropped[f"keep-{first}"]

    browser.post(address, data=dropped | {"down": first, f"body-{first}": "What helped you?"})

    page = browser.get(address).text
    assert re.findall(r'name="up" value="([^"]+)"', page)[:2] == [second, first]
    assert f"keep-{first}" not in fields_of(page)
    assert "What helped you?" in page
    browser.post(address, data=fields_of(page) | {f"keep-{first}": "1"})
    assert f"keep-{first}" in fields_of(browser.get(address).text)


@on_sqlite
def test_a_pin_is_put_on_the_agenda_once(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)
    page = browser.get(address).text
    used = re.findall(r'name="use" value="([^"]+)"', page)

    assert used == []  # the draft uses both pins: the praise, and the weak example
    assert page.count("wen-000, turn 4") == 1


@on_sqlite
def test_a_sixth_action_item_and_one_without_a_day_are_refused(
    people: People, sign_in: SignIn
) -> None:
    browser = sign_in(people.mentor)
    address = prepare(browser, people)
    new = {"text-new1": "Do it", "criterion-new1": "plan", "measure-new1": "", "due-new1": ""}
    answer = browser.post(address, data=fields_of(browser.get(address).text) | new)
    assert (answer.status_code, "COA-427" in answer.text) == (422, True)

    form = fields_of(browser.get(address).text)
    for number in range(1, 7):
        form |= {
            f"text-new{number}": "Do it",
            f"criterion-new{number}": "plan",
            f"due-new{number}": "2026-12-24",
        }
    answer = browser.post(address, data=form)
    assert (answer.status_code, "COA-426" in answer.text) == (422, True)
