from service.database import Database
from starlette.testclient import TestClient

from tests.factories import make_agent, make_conversation, make_queue_item, make_run, make_user


def test_the_factories_build_a_scored_conversation(database: Database) -> None:
    with database.writing() as db:
        agent = make_agent(db)
        run = make_run(db, make_conversation(db, agent=agent))
        item = make_queue_item(db, run)

    assert item.run_id == run.id


def test_a_signed_in_person_sees_their_settings(
    client: TestClient, database: Database, sign_in
) -> None:
    with database.writing() as db:
        user = make_user(db, name="Ada Marlow")

    response = sign_in(user.id).get("/settings")

    assert response.status_code == 200
    assert "Ada Marlow" in response.text
