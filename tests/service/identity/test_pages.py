"""Signing in, settings, people, the first admin: as the browser meets them."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from service.config import Settings
from service.database import Database
from service.identity.passwords import hash_password
from service.identity.setup import Setup
from service.identity.tables import SignIn, Team, User
from tests.factories import make_user

PASSWORD = "correct horse battery"
SignsIn = Callable[[uuid.UUID], TestClient]
Counter = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture(scope="module")
def hashed() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def admin(database: Database, hashed: str) -> uuid.UUID:
    with database.writing() as db:
        user = make_user(db, role="admin", name="Grace Admin", email="grace@own.example")
        user.password_hash = hashed
        return user.id


@pytest.fixture
def here(settings: Settings, database: Database) -> Iterator[TestClient]:
    """Return a browser on this machine, and an app that waits for its first admin."""
    from service.app import create_app

    app = create_app(settings, database=database)
    app.state.setup = Setup("the-token")
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 5000)) as client:
        client.headers.update({"accept": "text/html", "accept-language": "en"})
        client.follow_redirects = False
        yield client


def test_signing_in_gives_a_cookie_of_this_host_alone(client: TestClient, admin: uuid.UUID) -> None:
    answer = client.post("/sign-in", data={"email": "grace@own.example", "password": PASSWORD})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert re.sub(r"=[\w-]{43};", "=TOKEN;", cookie) == (
        "afterword=TOKEN; HttpOnly; Max-Age=604800; Path=/; SameSite=lax"
    )


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(
    client: TestClient, admin: uuid.UUID
) -> None:
    answer = client.post(
        "https://afterword.example/sign-in",
        data={"email": "grace@own.example", "password": PASSWORD},
    )

    cookie = answer.headers["set-cookie"]
    assert re.sub(r"=[\w-]{43};", "=TOKEN;", cookie) == (
        "__Host-afterword=TOKEN; HttpOnly; Max-Age=604800; Path=/; SameSite=lax; Secure"
    )


def test_a_cookie_of_plain_http_is_worth_nothing_over_https(
    client: TestClient, admin: uuid.UUID, sign_in: SignsIn
) -> None:
    signed_in = sign_in(admin)
    assert signed_in.get("/settings").status_code == 200

    token = signed_in.cookies["afterword"]
    answer = signed_in.get("https://127.0.0.1/settings", headers={"cookie": f"afterword={token}"})

    assert answer.headers["location"] == "/sign-in"


def test_known_and_unknown_people_read_the_same(client: TestClient, admin: uuid.UUID) -> None:
    pages = [
        client.post("/sign-in", data={"email": email, "password": "wrong"})
        for email in ("grace@own.example", "nobody@own.example")
    ]

    assert [page.status_code for page in pages] == [401, 401]
    first, second = (page.text for page in pages)
    assert first.replace("grace@own.example", "nobody@own.example") == second
    assert "do not match" in first


def test_signing_out_ends_the_visit_and_takes_the_cookie(
    client: TestClient, database: Database, admin: uuid.UUID, sign_in: SignsIn
) -> None:
    answer = sign_in(admin).post("/sign-out", data={"back": "/queue"})

    assert answer.headers["location"] == "/sign-in"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith('afterword="";')
    assert "Max-Age=0" in cookie
    with database.reading() as db:
        assert db.scalars(select(SignIn)).all() == []


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "/\\evil.example", "queue", "/a\nb"]
)
def test_preferences_lead_back_to_our_own_pages_only(client: TestClient, back: str) -> None:
    answer = client.post("/preferences", data={"language": "pl", "back": back})

    assert answer.headers["location"] == "/"


def test_a_language_chosen_before_signing_in_is_kept_in_a_cookie(client: TestClient) -> None:
    answer = client.post("/preferences", data={"language": "pl", "back": "/sign-in"})

    assert answer.headers["location"] == "/sign-in"
    assert '<html lang="pl"' in client.get("/sign-in").text


def test_settings_are_kept(database: Database, admin: uuid.UUID, sign_in: SignsIn) -> None:
    answer = sign_in(admin).post(
        "/settings", data={"language": "ru", "theme": "dark", "time_zone": "Europe/Warsaw"}
    )

    assert answer.headers["location"] == "/settings?done=settings"
    with database.reading() as db:
        user = db.get_one(User, admin)
        assert (user.language, user.theme, user.time_zone) == ("ru", "dark", "Europe/Warsaw")
        assert user.has_single_keys is False
    page = sign_in(admin).get("/settings").text
    assert '<html lang="ru" data-theme="dark">' in page
    assert "data-no-single-keys" in page


def test_a_time_zone_that_does_not_exist_is_refused_beside_the_field(
    database: Database, admin: uuid.UUID, sign_in: SignsIn
) -> None:
    answer = sign_in(admin).post("/settings", data={"time_zone": "Mars/Olympus"})

    assert answer.status_code == 422
    assert 'value="Mars/Olympus"' in answer.text
    with database.reading() as db:
        assert db.get_one(User, admin).time_zone is None


def test_a_new_own_password_needs_the_present_one(
    database: Database, admin: uuid.UUID, sign_in: SignsIn
) -> None:
    client = sign_in(admin)
    wrong = client.post("/settings/password", data={"old": "x", "new": "another horse battery"})
    right = client.post(
        "/settings/password", data={"old": PASSWORD, "new": "another horse battery"}
    )

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "This is not your present password." in wrong.text
    assert client.get("/settings").status_code == 200, "this browser stays signed in"


def test_adding_somebody_shows_their_link_once_and_it_works(
    database: Database, client: TestClient, admin: uuid.UUID, sign_in: SignsIn
) -> None:
    with database.writing() as db:
        db.add(Team(name="Billing"))
    with database.reading() as db:
        team = db.scalars(select(Team.id).where(Team.name == "Billing")).one()
    signed_in = sign_in(admin)
    page = signed_in.post(
        "/people",
        data={"name": "Ada", "email": "ada@own.example", "role": "lead", "teams": [str(team)]},
    )
    link = re.search(r'value="http://127.0.0.1(/reset/[\w-]{43})"', page.text)
    assert link is not None

    client.cookies.clear()
    assert client.get(link.group(1)).status_code == 200
    arrived = client.post(link.group(1), data={"password": "ada's own password"})

    assert (arrived.status_code, arrived.headers["location"]) == (303, "/")
    assert client.get("/queue").status_code == 200
    again = client.get(link.group(1))
    assert again.status_code == 404
    assert "used already" in again.text


def test_what_was_typed_stays_when_a_person_is_refused(
    database: Database, admin: uuid.UUID, sign_in: SignsIn
) -> None:
    answer = sign_in(admin).post(
        "/people", data={"name": "Ada", "email": "grace@own.example", "role": "lead"}
    )

    assert answer.status_code == 422
    assert 'value="Ada"' in answer.text
    assert "Somebody with this e-mail address is here already." in answer.text
    with database.reading() as db:
        assert len(db.scalars(select(User)).all()) == 1


def test_the_last_admin_is_told_why_they_stay(admin: uuid.UUID, sign_in: SignsIn) -> None:
    answer = sign_in(admin).post(f"/people/{admin}/deactivate")

    assert answer.status_code == 409
    assert "This is the last admin who can sign in." in answer.text


def test_the_first_admin_is_made_once_from_this_machine(
    here: TestClient, database: Database
) -> None:
    form = {
        "token": "the-token",
        "name": "Grace",
        "email": "grace@own.example",
        "password": PASSWORD,
    }
    assert here.get("/setup?token=the-token").status_code == 200
    assert "Nobody can sign in yet" in here.get("/sign-in").text
    weak = here.post("/setup", data={**form, "password": "short"})
    assert (weak.status_code, 'value="Grace"' in weak.text) == (422, True)

    made = here.post("/setup", data=form)

    assert (made.status_code, made.headers["location"]) == (303, "/")
    assert here.get("/people").status_code == 200
    assert here.get("/setup?token=the-token").status_code == 404
    assert here.post("/setup", data=form).status_code == 404
    with database.reading() as db:
        assert db.scalars(select(User.role)).all() == ["admin"]


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/setup", {}),
        ("/setup?token=wrong", {}),
        ("/setup?token=the-token", {"x-forwarded-for": "203.0.113.5"}),
    ],
)
def test_setup_does_not_exist_for_others(
    here: TestClient, address: str, headers: dict[str, str]
) -> None:
    assert here.get(address, headers=headers).status_code == 404


def test_setup_does_not_exist_once_somebody_can_sign_in(
    here: TestClient, database: Database, admin: uuid.UUID
) -> None:
    form = {"token": "the-token", "name": "X", "email": "x@own.example", "password": PASSWORD}

    assert here.post("/setup", data=form).status_code == 404
    with database.reading() as db:
        assert db.scalars(select(User.email)).all() == ["grace@own.example"]


def test_signing_in_and_settings_take_few_queries(
    client: TestClient,
    database: Database,
    admin: uuid.UUID,
    sign_in: SignsIn,
    count_queries: Counter,
) -> None:
    with count_queries() as at_the_door:
        client.get("/sign-in")
    signed_in = sign_in(admin)
    with count_queries() as inside:
        signed_in.get("/settings")

    assert [query for query in at_the_door if "SELECT" in query] == []
    assert len([query for query in inside if "SELECT" in query]) == 2


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_people_takes_the_same_queries_for_any_length(
    database: Database, admin: uuid.UUID, sign_in: SignsIn, count_queries: Counter, count: int
) -> None:
    with database.writing() as db:
        for n in range(count):
            make_user(db, name=f"Person {n}", teams=("Parcels", "Returns"))
    client = sign_in(admin)

    with count_queries() as queries:
        page = client.get("/people").text

    assert page.count("Parcels, Returns") == count
    assert len([query for query in queries if "SELECT" in query]) == 5
