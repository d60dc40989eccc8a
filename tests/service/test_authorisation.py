"""Every route × nobody and each role × an own, a foreign and a missing object (RELIABILITY A1–A5)."""

import re
from collections.abc import Iterator

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy import select, text, update
from starlette.responses import Response

from service.database import Database
from service.identity.policies import UndeclaredRoute, check_routes, policies
from service.identity.tables import ROLES, User
from service.tables import metadata
from tests.service.examples import EXAMPLES, path_of
from tests.service.walk import OBJECT, REQUEST_ID, Walk, begun, content, methods_of


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with begun(tmp_path_factory.mktemp("walk")) as walk:
        yield walk


def audit_rows(database: Database) -> int:
    with database.reading() as db:
        return int(db.execute(text("SELECT count(*) FROM audit_rows")).scalar_one())


def tells_who(database: Database) -> bool:
    """Whether audit rows hold personal data: erasing a person must not break the chain."""
    with database.reading() as db:
        rows = "".join(db.execute(text("SELECT subject || details FROM audit_rows")).scalars())
    return re.search(r"@|Own \w|Foreign|New agent|Renamed", rows) is not None


def test_every_route_has_an_example_and_every_example_a_route(walk: Walk) -> None:
    assert set(EXAMPLES) == set(walk.routes) == set(policies())


def test_every_kind_of_object_has_an_own_one(walk: Walk) -> None:
    kinds = {policy.scoped for policy in policies().values()} - {None}

    assert kinds == {kind.split(":")[0] for kind, _ in walk.world.made}


def test_the_ids_of_a_path_and_the_policy_agree(walk: Walk) -> None:
    wrong = [
        name
        for name, route in walk.routes.items()
        if bool(OBJECT.findall(route.path)) != (policies()[name].scoped is not None)
    ]

    assert wrong == []


def test_nobody_gets_past_the_sign_in(walk: Walk) -> None:
    database = walk.fresh()
    let_in = []
    for name, policy in policies().items():
        if policy.is_public:
            continue
        answer = walk.ask(name, None, walk.objects(name, "reviewer", "own") or {})
        if (answer.status_code, answer.headers.get("location")) != (303, "/sign-in"):
            let_in.append((name, answer.status_code))

    assert let_in == []
    assert content(database) == walk.built


@pytest.mark.parametrize("role", ROLES)
def test_a_role_without_a_page_is_refused_whatever_it_names(walk: Walk, role: str) -> None:
    database = walk.fresh()
    let_in = []
    for name, policy in policies().items():
        if policy.is_public or role in policy.roles:
            continue
        for which in ("own", "foreign", "missing"):
            objects = walk.objects(name, role, which)
            if objects is not None and walk.ask(name, role, objects).status_code != 403:
                let_in.append((name, which))

    assert let_in == []
    assert content(database) == walk.built


@pytest.mark.parametrize("role", ROLES)
def test_a_foreign_object_looks_like_a_missing_one(walk: Walk, role: str) -> None:
    database = walk.fresh()
    wrong = []
    for name, policy in policies().items():
        if policy.scoped is None or role not in policy.roles:
            continue
        bodies = {}
        for which in ("missing", "foreign"):
            objects = walk.objects(name, role, which)
            if objects is None:
                continue
            answer = walk.ask(name, role, objects)
            bodies[which] = REQUEST_ID.sub("", answer.text).replace(
                path_of(walk.app, name, objects).split("?")[0], "PATH"
            )
            if answer.status_code != 404:
                wrong.append((name, which, answer.status_code))
        if len(set(bodies.values())) > 1:
            wrong.append((name, "bodies differ", 404))

    assert wrong == []
    assert content(database) == walk.built


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_its_own_and_leaves_a_trace_when_it_changes_something(
    walk: Walk, role: str
) -> None:
    wrong: list[tuple[str, object]] = []
    for name, policy in policies().items():
        if role not in policy.roles and not policy.is_public:
            continue
        database = walk.fresh()
        rows = audit_rows(database)
        answer = walk.ask(name, role, walk.objects(name, role, "own") or {})
        example = EXAMPLES[name]
        if answer.status_code != example.status:
            wrong.append((name, answer.status_code))
        if "GET" in methods_of(walk.routes[name]) or example.status >= 400:
            if content(database) != walk.built:
                wrong.append((name, "changed something"))
        elif example.is_told and audit_rows(database) == rows:
            wrong.append((name, "left no audit row"))
        if tells_who(database):
            wrong.append((name, "left an address or a name in the audit log"))

    assert wrong == []


def test_a_lost_role_counts_at_the_next_request(walk: Walk) -> None:
    database = walk.fresh()
    client = walk.client("lead")
    assert client.get("/queue").status_code == 200

    with database.writing() as db:
        db.execute(update(User).where(User.email == "lead@own.example").values(role="mentor"))

    assert client.get("/queue").status_code == 403


def test_somebody_deactivated_is_nobody_at_the_next_request(walk: Walk) -> None:
    database = walk.fresh()
    client = walk.client("lead")
    assert client.get("/settings").status_code == 200

    with database.writing() as db:
        db.execute(update(User).where(User.email == "lead@own.example").values(is_active=False))

    assert client.get("/settings").headers["location"] == "/sign-in"


def test_what_others_have_does_not_change_what_a_person_sees(walk: Walk) -> None:
    """Two worlds that differ in foreign rows alone."""
    lists = [
        name
        for name, route in walk.routes.items()
        if policies()[name].scoped is None
        and name != "readyz"
        and ("GET" in methods_of(route) or not EXAMPLES[name].is_told)
    ]
    seen = {}
    for world in ("with strangers", "without"):
        database = walk.fresh()
        if world == "without":
            remove_strangers(database)
        seen[world] = {
            (name, role): walk.ask(name, role, {}).text
            for name in lists
            for role in ROLES
            if role in policies()[name].roles
        }
    differing = {
        key for key in seen["without"] if seen["with strangers"][key] != seen["without"][key]
    }

    assert {name for name, role in differing if role != "admin"} == set()
    assert {"list_conversations", "find_conversations", "show_queue"} <= {
        name for name, _ in differing
    }, "an admin sees them, so they can be seen"


def remove_strangers(database: Database) -> None:
    """Let what the foreign agent has vanish, as if it had never been."""
    theirs = "(SELECT id FROM users WHERE name = 'Foreign agent')"
    conversations = f"(SELECT id FROM conversations WHERE agent_id IN {theirs})"
    connection = database.engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    reviews = f"(SELECT id FROM reviews WHERE conversation_id IN {conversations})"
    for table in ("disputes", "withheld_ratings"):
        cursor.execute(f"DELETE FROM {table} WHERE review_id IN {reviews}")
    for table in ("queue_items", "audits", "reviews", "latest_runs", "scoring_runs", "revisions"):
        cursor.execute(f"DELETE FROM {table} WHERE conversation_id IN {conversations}")
    for table in ("coaching_sessions", "conversations"):
        cursor.execute(f"DELETE FROM {table} WHERE agent_id IN {theirs}")
    cursor.execute("PRAGMA foreign_keys=ON")
    connection.close()


def test_every_form_refuses_fields_it_does_not_have(walk: Walk) -> None:
    models = {
        parameter.field_info.annotation
        for route in walk.routes.values()
        if isinstance(route, APIRoute)
        for parameter in (*route.dependant.body_params, *route.dependant.query_params)
        if isinstance(parameter.field_info.annotation, type)
        and issubclass(parameter.field_info.annotation, BaseModel)
    }

    assert len(models) > 10
    assert [model for model in models if model.model_config.get("extra") != "forbid"] == []


def test_no_form_takes_columns_of_the_tables_that_it_does_not_ask_for(walk: Walk) -> None:
    database = walk.fresh()
    columns = {column.name for table in metadata.sorted_tables for column in table.columns}
    taken = []
    for name, policy in policies().items():
        example = EXAMPLES[name]
        if example.form is None or example.status >= 400:
            continue
        role = "admin" if "admin" in policy.roles or policy.is_public else min(policy.roles)
        path = path_of(walk.app, name, walk.objects(name, role, "own") or {})
        fields = {**dict.fromkeys(sorted(columns), "1"), **example.form(walk.world, role)}
        if walk.client(role).post(path, data=fields).status_code != 422:
            taken.append(name)

    assert taken == []
    assert content(database) == walk.built


def test_the_app_refuses_to_start_with_a_route_that_nobody_declared() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    router = APIRouter()
    router.add_route("/secret", Response, name="secret")
    app.include_router(router)

    with pytest.raises(UndeclaredRoute, match="secret"):
        check_routes(app)


def test_a_policy_without_a_route_is_refused_as_well() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    with pytest.raises(UndeclaredRoute, match="show_settings"):
        check_routes(app)


def test_people_of_the_world_are_one_of_each_role(walk: Walk) -> None:
    with walk.fresh().reading() as db:
        emails = db.scalars(select(User.email).where(User.email.like("%@own.example"))).all()

    assert set(emails) == {f"{role}@own.example" for role in ROLES}
    assert len(emails) == len(ROLES)
