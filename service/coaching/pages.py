"""Coaching pages: the agents, one agent, a session's agenda."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict

from prompts.library import load_scorecard
from service.coaching import actions, material, queries, rules, words
from service.coaching.estimates import estimate
from service.coaching.forms import NoFields
from service.coaching.quotes import SparePin, pin_views
from service.coaching.tables import CoachingSession
from service.coaching.views import cadence_of, criterion_rows, estimates_in
from service.config import Settings
from service.database import now
from service.identity.access import CurrentUser
from service.identity.tables import User
from service.language import translate
from service.web.rendering import render
from service.web.transactions import Db

router = APIRouter()


class AgentsQuery(BaseModel):
    """Which page of the agents."""

    model_config = ConfigDict(extra="forbid")
    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One agent of the list."""

    agent: User
    n: int  # confirmed ratings that count, of the last weeks
    last: CoachingSession | None  # held
    next: CoachingSession | None
    cadence: rules.Cadence
    below: str  # the criteria below target, by number


def settings_of(request: Request) -> Settings:
    """Return what the operator chose."""
    settings: Settings = request.app.state.settings
    return settings


def path_to(request: Request, name: str, **values: object) -> str:
    """Return the path of a route."""
    return str(request.app.url_path_for(name, **values))


def numbers_of(scorecard_id: str) -> dict[str, str]:
    """Return what people call the criteria in short, such as C1."""
    return {c.key: f"C{c.number}" for c in load_scorecard(scorecard_id).criteria}


def reason_of(cadence: rules.Cadence, scorecard_id: str, language: str) -> str:
    """Return why a rhythm is suggested, in words."""
    numbers = numbers_of(scorecard_id)
    criteria = ", ".join(numbers[key] for key in cadence.criteria)
    return translate(words.REASONS[cadence.reason], {"criteria": criteria}, language=language)


@router.get("/coaching", name="list_agents")
def list_agents(
    request: Request, query: Annotated[AgentsQuery, Query()], user: CurrentUser, db: Db
) -> Response:
    """Show the agents of somebody's teams: how much is confirmed, when they talk."""
    page = queries.agents_page(db, principal=user, after=query.after)
    ids = [agent.id for agent in page.agents]
    at = now()
    worths = material.worths_of(db, ids, since=at - rules.WINDOW)
    sessions: dict[UUID, list[CoachingSession]] = {}
    for session in queries.sessions_of(db, ids, principal=user):
        sessions.setdefault(session.agent_id, []).append(session)
    rows = [
        _agent_row(request, agent, worths[agent.id], sessions.get(agent.id, []))
        for agent in page.agents
    ]
    return render(
        request, "coaching/agents.html", rows=rows, after=page.after, rhythms=words.RHYTHMS
    )


def _agent_row(
    request: Request,
    agent: User,
    worths: Mapping[str, list[float]],
    sessions: list[CoachingSession],
) -> AgentRow:
    scorecard = load_scorecard(settings_of(request).scorecard)
    found = {key: estimate(worths.get(key, ())) for key in scorecard.keys}
    cadence = cadence_of(agent, found, scorecard, at=now())
    numbers = numbers_of(scorecard.id)
    return AgentRow(
        agent,
        sum(one.n for one in found.values()),
        next((one for one in sessions if one.held_at), None),
        next((one for one in sessions if not one.held_at), None),
        cadence,
        ", ".join(numbers[key] for key in cadence.criteria),
    )


@router.get("/coaching/agents/{agent_id}", name="show_agent")
def show_agent(request: Request, agent_id: UUID, user: CurrentUser, db: Db) -> Response:
    """Show what is confirmed about one agent, what was pinned, and their sessions."""
    agent = queries.find_agent(db, agent_id, principal=user)
    scorecard = load_scorecard(settings_of(request).scorecard)
    since = now() - rules.WINDOW
    ratings = material.ratings_of(db, [agent.id], since=since)[agent.id]
    rows = criterion_rows(ratings, scorecard, request.state.language)
    cadence = cadence_of(agent, estimates_in(rows), scorecard, at=now())
    sessions = queries.sessions_of(db, [agent.id], principal=user)
    pins: list[SparePin] = pin_views(
        db, agent.id, scorecard=scorecard, language=request.state.language
    )
    return render(
        request,
        "coaching/agent.html",
        agent=agent,
        rows=rows,
        pins=pins,
        sessions=sessions,
        draft=any(one.state == "draft" and one.mentor_id == user.id for one in sessions),
        may_read=user.role in {"mentor", "lead", "admin"},
        actions=queries.open_actions(db, agent.id),
        cadence=cadence,
        reason=reason_of(cadence, scorecard.id, request.state.language),
        numbers=numbers_of(scorecard.id),
        rhythms=words.RHYTHMS,
        states=words.STATES,
    )


@router.post("/coaching/agents/{agent_id}/prepare", name="prepare_agenda")
def prepare_agenda(
    request: Request,
    agent_id: UUID,
    _form: Annotated[NoFields, Form()],
    user: CurrentUser,
    db: Db,
) -> Response:
    """Draft the agenda of the next session, or go on with the draft there is."""
    settings = settings_of(request)
    session = actions.prepare(
        db,
        agent_id,
        principal=user,
        scorecard=settings.scorecard,
        language=settings.language,
    )
    return RedirectResponse(path_to(request, "show_agenda", session_id=session.id), 303)
