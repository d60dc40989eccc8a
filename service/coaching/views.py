"""Coaching pages as values: what each shows, finished for the templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from prompts.library import load_questions, load_scorecard
from prompts.schema import Criterion, Scorecard
from service.coaching import material, queries, rules
from service.coaching.estimates import TARGET, Change, Estimate, change, estimate
from service.coaching.queries import FullSession
from service.coaching.quotes import QuoteView, SparePin, pin_views, quote_view
from service.coaching.tables import ActionItem, AgendaItem, CoachingSession
from service.database import now
from service.identity.rules import Principal
from service.identity.tables import User
from service.web.charts import Range, range_on

CHART_WIDTH = 176.0  # of the interval drawings, in their own units
CHECKED_AFTER = timedelta(weeks=4)  # the day that a new action item is filled in with


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One criterion of an agent: its name, its estimate, and the drawing of it."""

    criterion: Criterion
    name: str
    estimate: Estimate
    chart: Range | None  # None: too few ratings for a number
    target: float  # where the target lies in the drawing


@dataclass(frozen=True, slots=True)
class PointView:
    """One point of the agenda."""

    item: AgendaItem
    title: str
    label: str  # C5; empty for what is no criterion
    estimate: Estimate | None = None
    change: Change | None = None
    action: ActionItem | None = None
    quotes: tuple[QuoteView, ...] = ()


@dataclass(frozen=True, slots=True)
class AgendaView:
    """One session's page."""

    full: FullSession
    parts: Mapping[str, list[PointView]]
    criteria: Sequence[CriterionRow]
    due_on: date  # of a new action item
    previous: CoachingSession | None
    cadence: rules.Cadence
    language: str  # of the agenda's texts: the agent's
    is_leading: bool  # whoever looks leads the session
    spare: Sequence[SparePin] = field(default_factory=list)

    @property
    def session(self) -> CoachingSession:
        """The session itself."""
        return self.full.session

    @property
    def is_draft(self) -> bool:
        """Whether the agent has not seen it."""
        return self.session.state == "draft"

    @property
    def is_held(self) -> bool:
        """Whether the talk took place."""
        return self.session.held_at is not None

    @property
    def critical(self) -> int:
        """How many critical examples are on the agenda."""
        return len([p for p in self.parts["gap"] if p.item.is_kept and p.quotes])

    @property
    def praise(self) -> int:
        """How many good examples are on the agenda."""
        return len([p for p in self.parts["praise"] if p.item.is_kept and p.quotes])

    @property
    def announce_by(self) -> datetime | None:
        """The last moment to announce it."""
        starts_at = self.session.starts_at
        return starts_at - rules.NOTICE if starts_at else None


def criterion_rows(
    ratings: Sequence[rules.Rated], scorecard: Scorecard, language: str
) -> list[CriterionRow]:
    """Return every criterion with its estimate, in the scorecard's order."""
    found = rules.estimates(ratings, scorecard)
    target = range_on(CHART_WIDTH, low=0, estimate=TARGET, high=1).dot
    return [
        CriterionRow(c, c.name(language), found[c.key], _chart(found[c.key]), target)
        for c in scorecard.criteria
    ]


def _chart(found: Estimate) -> Range | None:
    if found.mean is None or found.low is None or found.high is None:
        return None
    return range_on(CHART_WIDTH, low=found.low, estimate=found.mean, high=found.high)


def estimates_in(rows: Sequence[CriterionRow]) -> dict[str, Estimate]:
    """Return the estimates that rows show, by criterion."""
    return {row.criterion.key: row.estimate for row in rows}


def cadence_of(
    agent: User, found: Mapping[str, Estimate], scorecard: Scorecard, *, at: datetime
) -> rules.Cadence:
    """Return the suggested rhythm of one agent's sessions."""
    days = (at - agent.joined_on).days if agent.joined_on else None
    return rules.cadence(found, scorecard, tenure_days=days)


def agenda_view(
    db: Session,
    session: CoachingSession,
    *,
    principal: Principal,
    language: str,
    scorecard_id: str,
    default_language: str,
) -> AgendaView:
    """Return the page of one session, in a fixed number of queries.

    Numbers are those of the moment it was announced; a draft's are of now.

    Args:
        language: the reader's.
        default_language: of the agenda's texts, unless the agent has chosen one.
    """
    full = queries.full_session(db, session)
    until = session.announced_at or now()
    oldest = min([until, *full.agreed_at.values()])
    found = material.ratings_of(db, [session.agent_id], since=oldest - rules.WINDOW, until=until)[
        session.agent_id
    ]
    recent = [rating for rating in found if rating.at >= until - rules.WINDOW]
    scorecard = load_scorecard(scorecard_id)
    rows = criterion_rows(recent, scorecard, language)
    estimates = {row.criterion.key: row.estimate for row in rows}
    writer = _Writer(full, scorecard, language, found, estimates, until)
    is_leading = session.mentor_id == principal.id
    earlier = queries.sessions_of(db, [session.agent_id], principal=principal)
    day = (session.starts_at or now()) + CHECKED_AFTER
    pins: list[SparePin] = []
    if is_leading and session.state == "draft":
        pins = pin_views(db, session.agent_id, scorecard=scorecard, language=language)
    return AgendaView(
        full=full,
        parts=writer.parts(),
        criteria=rows,
        due_on=day.date(),
        previous=next((one for one in earlier if _is_before(one, session)), None),
        cadence=cadence_of(full.agent, estimates_in(rows), scorecard, at=until),
        language=full.agent.language or default_language,
        is_leading=is_leading,
        spare=_spare(pins, full),
    )


def _is_before(one: CoachingSession, session: CoachingSession) -> bool:
    return one.held_at is not None and one.id != session.id and one.created_at < session.created_at


@dataclass(frozen=True, slots=True)
class _Writer:
    """Puts the points of an agenda into words."""

    full: FullSession
    scorecard: Scorecard
    language: str
    ratings: Sequence[rules.Rated]
    estimates: Mapping[str, Estimate]
    until: datetime

    def parts(self) -> dict[str, list[PointView]]:
        found: dict[str, list[PointView]] = {
            kind: []
            for kind in ("follow_up", "gap", "praise", "standing", "question", "agent_topic")
        }
        for item in self.full.items:
            found[item.kind].append(self.point(item))
        return found

    def point(self, item: AgendaItem) -> PointView:
        criterion = self.scorecard[item.key] if item.key and item.key in self.scorecard else None
        if criterion is None:
            return PointView(item, self.standing_title(item), "")
        action = self.full.followed.get(item.action_id) if item.action_id else None
        excerpts = self.full.excerpts.get(item.id, [])
        return PointView(
            item,
            criterion.name(self.language),
            f"C{criterion.number}",
            estimate=self.estimates.get(criterion.key),
            change=self.measured(action) if action else None,
            action=action,
            quotes=tuple(
                quote_view(
                    one,
                    criterion=criterion,
                    scorecard_id=self.scorecard.id,
                    language=self.language,
                )
                for one in excerpts
            ),
        )

    def standing_title(self, item: AgendaItem) -> str:
        titles = {topic.key: topic.title for topic in load_questions(self.language).standing}
        return titles.get(item.key or "", "")

    def measured(self, action: ActionItem) -> Change:
        agreed = self.full.agreed_at[action.id]
        before = [r for r in self.ratings if agreed - rules.WINDOW <= r.at <= agreed]
        since = [r for r in self.ratings if agreed < r.at <= self.until]
        return change(
            estimate(rules.worth(before, action.criterion)),
            estimate(rules.worth(since, action.criterion)),
        )


def _spare(pins: Sequence[SparePin], full: FullSession) -> list[SparePin]:
    """Return the pins that no point of the agenda quotes."""
    used = {
        (item.key, excerpt.review_id, excerpt.position)
        for item in full.items
        for excerpt in full.excerpts.get(item.id, [])
    }
    return [
        pin
        for pin in pins
        if (pin.criterion, pin.quote.excerpt.review_id, pin.quote.excerpt.position) not in used
    ]
