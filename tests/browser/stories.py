"""Who and what the journey is about, once per language."""

import json
from dataclasses import dataclass
from importlib.resources import files

from sqlalchemy.orm import Session

from service.identity.passwords import hash_password
from service.identity.tables import AgentName, User
from tests.factories import make_user

PASSWORD = "a long one, of a journey"


@dataclass(frozen=True)
class Story:
    """What happens in one language."""

    language: str
    conversations: tuple[str, str]  # of the demo
    agent: str
    question: str  # that an agent asks
    answer: str  # the case that solved it
    topic: str  # that the agent adds


STORIES = (
    Story(
        "en",
        ("demo-en-004", "demo-en-007"),
        "Niamh Farrell",
        "my wifi drops every evening from thursday on, restarting doesn't help",
        "case-en-002",
        "How do I end a chat when nothing is left to say?",
    ),
    Story(
        "pl",
        ("demo-pl-001", "demo-pl-003"),
        "Zofia Kalita",
        "Na fakturze mam 89 zł zamiast 59, a e-fakturę włączyłam przy podpisaniu umowy",
        "case-pl-001",
        "Jak kończyć rozmowę, kiedy klient milczy?",
    ),
    Story(
        "ru",
        ("demo-ru-026", "demo-ru-003"),
        "Дарья Климова",
        "почему интернет теперь стоит 700 вместо 450? при подключении говорили 450",
        "case-ru-001",
        "Как закончить чат, если клиент молчит?",
    ),
)


@dataclass(frozen=True)
class Cast:
    """The people of one language's team."""

    lead: User
    reviewer: User
    mentor: User
    agent: User


def cast_of(db: Session, story: Story) -> Cast:
    hashed = hash_password(PASSWORD)
    people = {
        role: make_user(
            db,
            role=role,
            name=story.agent if role == "agent" else f"{role} {story.language}",
            email=f"{role}.{story.language}@afterword.example",
            teams=[story.language],
        )
        for role in ("lead", "reviewer", "mentor", "agent")
    }
    for person in people.values():
        person.language, person.password_hash = story.language, hashed
    db.add(AgentName(name=story.agent, user_id=people["agent"].id))
    return Cast(**people)


def file_of(story: Story) -> bytes:
    """Return the file that the lead uploads."""
    source = files("service.demo").joinpath(f"conversations.{story.language}.jsonl")
    rows = [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    chosen = [
        {**row, "agent": story.agent, "started_at": "2026-05-11T09:00:00Z"}
        for row in rows
        if row["id"] in story.conversations
    ]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in chosen).encode()
