"""The mail about an answer, in three languages, to a real mail server."""

from collections.abc import Iterator

import pytest

from service.config import Settings
from service.database import Database
from service.disputes.mailing import KIND, Mailing
from service.disputes.tables import Dispute
from service.identity.tables import User
from service.job_tables import Job, JobBatch
from service.scoring.scorer import Scorer
from service.worker import handlers
from tests.service.disputes.conftest import Scene, SignIn
from tests.service.disputes.team import rule
from tests.service.inbox import Inbox, serving

WORDS = {
    "en": (
        "Your dispute is answered: Plan, owner and deadline",
        "accepted in part: Partial stands",
    ),
    "pl": ("Jest odpowiedź na Twój sprzeciw: Plan działania", "uwzględniono częściowo"),
    "ru": ("Есть ответ на ваше возражение: План действий", "Возражение принято частично"),
}


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with serving() as box:
        yield box


def at(inbox: Inbox, settings: Settings) -> Settings:
    changed = {
        "smtp_host": "127.0.0.1",
        "smtp_port": inbox.port,
        "public_url": "https://qa.example",
    }
    return settings.model_copy(update=changed)


@pytest.mark.parametrize("language", ["en", "pl", "ru"])
def test_the_agent_is_mailed_once_in_their_language_without_what_anybody_wrote(
    scene: Scene, settings: Settings, inbox: Inbox, language: str
) -> None:
    dispute = scene.dispute()
    with scene.database.writing() as db:
        db.get_one(User, scene.team.agent.id).language = language
        answer = rule(db, dispute, scene.team.jan, "partial", reason="Nobody mails this.").id
    mailing = Mailing(scene.database, at(inbox, settings))

    for _ in range(2):
        store = mailing([str(answer)])
        with scene.database.writing() as db:
            store(db)

    (mail,) = inbox.mails
    text = mail.get_content()
    assert mail["To"] == "ben@afterword.example"
    assert str(mail["Subject"]).startswith(WORDS[language][0])
    assert WORDS[language][1] in text
    assert f"https://qa.example/me/disputes/{dispute}" in text
    assert "Nobody mails this" not in text
    with scene.database.reading() as db:
        assert db.get_one(Dispute, dispute).told == 1


def test_answering_puts_down_the_mail_in_the_same_transaction(
    scene: Scene, settings: Settings, sign_in: SignIn, inbox: Inbox
) -> None:
    dispute = scene.dispute()
    jan = sign_in(scene.team.jan.id)
    jan.app.state.settings = at(inbox, settings)  # type: ignore[attr-defined]  # -- Starlette names no app

    jan.post(f"/disputes/{dispute}", data={"version": "1", "value": "pass", "reason": ""})
    jan.post(f"/disputes/{dispute}", data={"version": "1", "value": "pass", "reason": "Yes."})

    with scene.database.reading() as db:
        (job,) = db.query(Job)
        (batch,) = db.query(JobBatch)
    assert (job.kind, len(batch.items)) == (KIND, 1)
    assert KIND in handlers(scene.database, settings, Scorer(settings))


def test_somebody_without_an_address_is_not_mailed(
    database: Database, scene: Scene, settings: Settings, inbox: Inbox
) -> None:
    dispute = scene.dispute()
    with database.writing() as db:
        db.get_one(User, scene.team.agent.id).email = None
        answer = rule(db, dispute, scene.team.jan, "pass").id

    store = Mailing(database, at(inbox, settings))([str(answer)])
    with database.writing() as db:
        store(db)

    assert inbox.mails == []
