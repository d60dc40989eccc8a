"""The demo's people and conversations, put together: pure, and the same each time."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

SOURCE = "demo"
SPEAKERS = {"C": "customer", "A": "agent", "S": "system"}
WEEKS = 8
GAPS = {  # minutes between turns, by channel
    "chat": 1.5,
    "call": 0.4,
    "email": 190.0,
    "social": 35.0,
    "review": 1440.0,
}
FEMALE = re.compile(r"\b\w+łam\b|\b[Яя] \w+ла(?:сь)?\b|\b\w+ла для вас\b")
MALE = re.compile(r"\b\w+łem\b|\b[Яя] \w+л(?:ся)?\b")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in in the demo."""

    key: str
    name: str
    role: str
    teams: tuple[str, ...]

    @property
    def email(self) -> str:
        """The invented address to sign in with."""
        return f"{self.key}@demo.example"


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent of the demo, with the months they have been there."""

    name: str
    language: str
    gender: str
    team: str
    months: int


@cache
def _cast() -> dict[str, Any]:
    text = files("service.demo").joinpath("cast.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def people() -> list[Person]:
    """Return who can sign in."""
    return [Person(**{**entry, "teams": tuple(entry["teams"])}) for entry in _cast()["people"]]


def agents() -> list[Agent]:
    """Return the agents."""
    return [Agent(**entry) for entry in _cast()["agents"]]


def is_pinned(criterion: str, value: str) -> bool:
    """Whether a reviewer pins the evidence of such a rating for coaching."""
    return criterion in _cast()["pinned"].get(value, ())


def conversations(until: datetime) -> Iterator[dict[str, Any]]:
    """Yield the demo's conversations in the neutral format, oldest first.

    Args:
        until: the last ones end about here, the first ones eight weeks before.
    """
    everything = [*_written(), *_development()]
    return iter(
        sorted((_dress(row, until) for row in everything), key=lambda row: row["started_at"])
    )


def rated() -> dict[str, dict[str, Any]]:
    """Return the ratings that people gave to some of the conversations, by conversation id."""
    return {row["id"]: row["ratings"] for row in _lines("models", "data/conversations/dev.jsonl")}


def _written() -> Iterator[dict[str, Any]]:
    for language in ("en", "pl", "ru"):
        yield from _lines("service.demo", f"conversations.{language}.jsonl")


def _development() -> Iterator[dict[str, Any]]:
    for row in _lines("models", "data/conversations/dev.jsonl"):
        turns = [{"speaker": SPEAKERS[speaker], "text": text} for speaker, text in row["turns"]]
        yield {
            "id": row["id"],
            "channel": row["channel"],
            "language": row["lang"],
            "domain": row["domain"],
            "turns": turns,
        }


def _lines(package: str, name: str) -> Iterator[dict[str, Any]]:
    with files(package).joinpath(name).open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def _dress(row: dict[str, Any], until: datetime) -> dict[str, Any]:
    """Give a conversation its agent and its times, always the same ones for the same id."""
    digest = hashlib.sha256(row["id"].encode()).digest()
    agent = _agent_for(row, digest)
    start = _start(until, digest)
    moment = start
    turns = []
    for place, turn in enumerate(row["turns"]):
        turns.append({**turn, "at": moment.isoformat(timespec="seconds")})
        moment += timedelta(minutes=GAPS[row["channel"]] * (0.5 + digest[place % 32] / 255))
    return {
        **row,
        "agent": agent.name,
        "started_at": start.isoformat(timespec="seconds"),
        "turns": turns,
    }


def _start(until: datetime, digest: bytes) -> datetime:
    days = WEEKS * 7 * int.from_bytes(digest[:2], "big") / 65536
    day = (until - timedelta(days=1 + days)).replace(minute=0, second=0, microsecond=0)
    if day.weekday() >= 5:
        day -= timedelta(days=day.weekday() - 4)
    return day.replace(hour=8 + digest[2] % 10) + timedelta(minutes=digest[3] % 60)


def _agent_for(row: dict[str, Any], digest: bytes) -> Agent:
    """Return an agent of the language whose name fits the verbs of the text."""
    said = " ".join(turn["text"] for turn in row["turns"] if turn["speaker"] == "agent")
    gender = gender_of(said)
    able = [agent for agent in agents() if agent.language == row["language"]]
    fitting = [agent for agent in able if gender in {None, agent.gender}]
    return fitting[digest[4] % len(fitting)]


def gender_of(text: str) -> str | None:
    """Return f or m where Polish or Russian past-tense verbs of the first person tell, else None."""
    female, male = len(FEMALE.findall(text)), len(MALE.findall(text))
    if female == male:
        return None
    return "f" if female > male else "m"
