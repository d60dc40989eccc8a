"""Sign in, with a throttle before any hashing; make people and teams."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.audit.actions import record
from service.database import Database, now
from service.errors import Invalid, N_
from service.identity.access import start_visit
from service.identity.passwords import hash_password, verify_password
from service.identity.tables import ROLES, UNASSIGNED, AgentName, Membership, SignInTry, Team, User

WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS = 10, 50
PER_MINUTE = 120
SHORTEST_PASSWORD = 10


@dataclass(frozen=True, slots=True)
class SignInOutcome:
    """What became of a try: a token, or the status and why not (the same for unknown people)."""

    token: str | None
    status: int
    is_throttled: bool


def sign_in(database: Database, email: str, password: str, *, address: str) -> SignInOutcome:
    """Begin a visit if e-mail and password match.

    The throttle is asked first, so that guessing costs us no hashing; unknown addresses take the
    same time and give the same answer. Opens its own transactions: hashing happens in none.
    """
    account_key = _key(database, f"account:{email.strip().lower()}")
    address_key = _key(database, f"address:{address}")
    with database.reading() as db:
        if _is_throttled(db, account_key, address_key):
            return SignInOutcome(None, 429, is_throttled=True)
        user = find_by_email(db, email)
    hashed = user.password_hash if user and user.is_active else None
    if user is None or not verify_password(password, hashed):
        with database.writing() as db:
            db.add(SignInTry(account=account_key, address=address_key))
            db.execute(delete(SignInTry).where(SignInTry.at < now() - WINDOW))
        return SignInOutcome(None, 401, is_throttled=False)
    with database.writing() as db:
        db.execute(delete(SignInTry).where(SignInTry.account == account_key))
        token = start_visit(db, user)
        record(db, "sign_in.started", subject=f"user:{user.id}", actor=user.id)
    return SignInOutcome(token, 303, is_throttled=False)


def _key(database: Database, text: str) -> str:
    return hmac.new(database.secret, text.encode(), hashlib.sha256).hexdigest()


def _is_throttled(db: Session, account: str, address: str) -> bool:
    def count(*conditions: object, within: timedelta) -> int:
        statement = select(func.count()).select_from(SignInTry).where(SignInTry.at > now() - within)
        return db.scalar(statement.where(*conditions)) or 0  # type: ignore[arg-type]  # -- SQL conditions

    return (
        count(SignInTry.account == account, within=WINDOW) >= PER_ACCOUNT
        or count(SignInTry.address == address, within=WINDOW) >= PER_ADDRESS
        or count(within=timedelta(minutes=1)) >= PER_MINUTE
    )


def find_by_email(db: Session, email: str) -> User | None:
    """Return the person with an e-mail address, whatever its case."""
    return db.scalar(select(User).where(User.email == email.strip().lower()))


def add_user(
    db: Session,
    *,
    email: str | None,
    name: str,
    role: str,
    password: str | None = None,
    by: UUID | None = None,
) -> User:
    """Make a person; with an e-mail address and a password they can sign in."""
    user = User(
        email=email.strip().lower() if email else None,
        name=name.strip(),
        role=role,
        password_hash=hash_password(password) if password else None,
    )
    db.add(user)
    db.flush()
    record(db, "user.added", subject=f"user:{user.id}", actor=by, role=role)
    return user


def find_or_make_team(db: Session, name: str) -> Team:
    """Return the team with a name."""
    team = db.scalar(select(Team).where(Team.name == name))
    if team is None:
        team = Team(name=name)
        db.add(team)
        db.flush()
    return team


def join(db: Session, user: User, team: Team) -> None:
    """Make a person a member of a team; nothing changes if they are."""
    if db.get(Membership, (team.id, user.id)) is None:
        db.add(Membership(team_id=team.id, user_id=user.id))
        db.flush()


def find_or_make_agent(db: Session, name: str) -> AgentName:
    """Return who an import's agent name means; an unknown one becomes an agent who cannot sign
    in, in the team "Unassigned", until an admin links the name to somebody.
    """
    known = db.get(AgentName, name)
    if known is not None:
        return known
    agent = add_user(db, email=None, name=name, role="agent")
    join(db, agent, find_or_make_team(db, UNASSIGNED))
    known = AgentName(name=name, user_id=agent.id)
    db.add(known)
    db.flush()
    return known


def add_person(
    db: Session,
    *,
    email: str,
    name: str,
    role: str,
    teams: Sequence[str],
    password: str,
    by: UUID | None,
) -> User:
    """Add somebody who signs in, with their teams.

    Raises:
        Invalid: the role is not known, the password too short, or the address taken.
    """
    if role not in ROLES:
        raise Invalid(
            N_("“{role}” is no role. There are: {roles}."), role=role[:40], roles=", ".join(ROLES)
        )
    check_password(password)
    if find_by_email(db, email) is not None:
        raise Invalid(N_("Somebody with this e-mail address is here already."))
    user = add_user(db, email=email, name=name, role=role, password=password, by=by)
    for team in teams:
        join(db, user, find_or_make_team(db, team))
    return user


def check_password(password: str) -> None:
    """Refuse a password that is easily guessed.

    Raises:
        Invalid: under 10 characters, or fewer than 5 different ones.
    """
    if len(password) < SHORTEST_PASSWORD or len(set(password)) < 5:
        raise Invalid(N_("A password needs at least 10 characters, 5 of them different."))
