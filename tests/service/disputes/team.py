"""Reviews of one agent by Ada, with Jan, a lead and people of another team beside."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from service.database import now
from service.disputes import actions
from service.disputes.actions import Claim, Limits, Ruling
from service.disputes.tables import Dispute, DisputeAnswer
from service.identity.queries import principal_of
from service.identity.rules import Principal
from service.identity.tables import User
from service.review.tables import Review
from tests.factories import make_agent, make_user
from tests.service.coaching.reviewed import make_review

LIMITS = Limits(days=7, answer_days=3, most_open=5, zone="UTC")
PASSED = ("greeting", "discovery", "understanding", "solution", "clarity", "courtesy")
VALUES = {**dict.fromkeys(PASSED, "pass"), "plan": "fail", "empathy": "partial"}
PROPOSED = {**VALUES, "empathy": "fail"}  # the reviewer corrected it


@dataclass
class Team:
    """Who is there. All are of one team but the stranger."""

    agent: User
    ada: User  # submitted the reviews
    jan: User
    lena: User  # a lead
    lech: User  # another one
    stranger: User

    def review(self, db: Session, *, ago: timedelta = timedelta(days=1)) -> Review:
        """Store a review of the agent by Ada."""
        return make_review(
            db, agent=self.agent, reviewer=self.ada, values=VALUES, proposed=PROPOSED, ago=ago
        )


def make_team(db: Session) -> Team:
    """Store the people."""
    return Team(
        make_agent(db, name="Ben Okafor"),
        make_user(db, name="Ada Marlow"),
        make_user(db, name="Jan Reyes"),
        make_user(db, role="lead", name="Lena Lind"),
        make_user(db, role="lead", name="Lech Nowak"),
        make_user(db, name="Sol Far", teams=("Loans",)),
    )


def who(db: Session, user: User) -> Principal:
    return principal_of(db, user)


def disagree(
    db: Session,
    team: Team,
    review: Review,
    criterion: str = "plan",
    *,
    value: str = "pass",
    text: str = "I named the day in turn 4.",
    evidence: tuple[int, ...] = (),
    limits: Limits = LIMITS,
    at: datetime | None = None,
) -> Dispute:
    claim = Claim(criterion, value, text, evidence)
    me = who(db, team.agent)
    return actions.open_dispute(db, review.id, claim, principal=me, limits=limits, at=at or now())


def rule(
    db: Session,
    dispute_id: UUID,
    by: User,
    value: str | None,
    *,
    reason: str = "Turn 4 names the day.",
    version: int | None = None,
    at: datetime | None = None,
) -> DisputeAnswer:
    seen = version or db.get_one(Dispute, dispute_id).version
    return actions.answer(
        db, dispute_id, Ruling(value, reason, seen), principal=who(db, by), at=at or now()
    )
