"""Sign in and out, one's own password and settings; make people, teams and agents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.audit.actions import record
from service.database import Database, now
from service.errors import N_, Invalid, TooManyTries
from service.identity.access import IDLE, digest_of, end_all_visits, start_visit
from service.identity.passwords import hash_password, verify_password
from service.identity.rules import ADDRESS, check_password, one_address, one_name
from service.identity.tables import ROLES, UNASSIGNED, AgentName, Membership, SignIn, Team, User
from service.identity.throttle import begin_try, forgive, minutes


@dataclass(frozen=True, slots=True)
class SignInOutcome:
    """What became of a try: a token, or the status and why not (the same for unknown people)."""

    token: str | None
    status: int
    wait: timedelta | None = None  # before the next try, after too many


def sign_in(
    database: Database, email: str, password: str, *, address: str, leaving: str | None = None
) -> SignInOutcome:
    """Begin a visit if e-mail and password match; the browser's earlier visit ends.

    The throttle is asked first, so that guessing costs us no hashing; unknown people take the
    same time and give the same answer. Opens its own transactions: hashing happens in none.
    """
    email = email.strip().lower()
    made = begin_try(database, email, address)
    if isinstance(made, timedelta):
        return SignInOutcome(None, 429, made)
    with database.reading() as db:
        user = find_by_email(db, email)
    hashed = user.password_hash if user and user.is_active else None
    if not verify_password(password, hashed) or user is None:
        return SignInOutcome(None, 401)
    with database.writing() as db:
        forgive(db, made)
        if leaving:
            end_visit(db, leaving)
        db.execute(delete(SignIn).where(SignIn.seen_at < now() - IDLE))
        db.execute(update(User).where(User.id == user.id).values(signed_in_at=now()))
        token = start_visit(db, user)
        record(db, "sign_in.started", subject=f"user:{user.id}", actor=user.id)
    return SignInOutcome(token, 303)


def end_visit(db: Session, token: str) -> None:
    """End one visit; nothing happens if there is none."""
    visit = db.get(SignIn, digest_of(token))
    if visit is not None:
        db.delete(visit)
        record(db, "sign_in.ended", subject=f"user:{visit.user_id}", actor=visit.user_id)


def change_own_password(
    database: Database, user_id: UUID, *, old: str, new: str, address: str
) -> str:
    """Replace one's own password, end all visits, and return the token of a new one.

    Raises:
        Invalid: the old password is wrong, or the new one easily guessed.
        TooManyTries: the old one was tried too often; the same limits as for signing in.
    """
    check_password(new)
    with database.reading() as db:
        user = db.get_one(User, user_id)
    made = begin_try(database, user.email or str(user_id), address)
    if isinstance(made, timedelta):
        raise TooManyTries(
            N_("Too many tries. Wait {minutes} min and try again."), minutes=minutes(made)
        )
    if not verify_password(old, user.password_hash):
        raise Invalid(N_("This is not your present password."))
    hashed = hash_password(new)
    with database.writing() as db:
        forgive(db, made)
        return replace_password(db, user_id, hashed, actor=user_id)


def replace_password(db: Session, user_id: UUID, hashed: str, *, actor: UUID) -> str:
    """Store a new password's hash, end every visit, and return the token of a new one."""
    user = db.get_one(User, user_id)
    user.password_hash = hashed
    end_all_visits(db, user.id)
    token = start_visit(db, user)
    record(db, "user.password_changed", subject=f"user:{user.id}", actor=actor)
    return token


def save_own(db: Session, user_id: UUID, **chosen: Any) -> None:
    """Keep one's own settings: language, theme, time_zone, has_single_keys."""
    db.execute(update(User).where(User.id == user_id).values(**chosen))
    record(
        db,
        "user.settings_saved",
        subject=f"user:{user_id}",
        actor=user_id,
        fields=sorted(chosen),
    )


def find_by_email(db: Session, email: str) -> User | None:
    """Return the person with an e-mail address, whatever its case."""
    found = email.strip().lower()
    if not ADDRESS.fullmatch(found) or not found.isprintable():
        return None  # nobody has such an address, and PostgreSQL would not take a NUL
    return db.scalar(select(User).where(User.email == found))


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
    teams: Sequence[str] = (),
    password: str | None = None,
    by: UUID | None,
) -> User:
    """Add somebody who signs in: with a password, or by a link that an admin hands over.

    Raises:
        Invalid: the role is not known, name, address or password do not fit, or the address
            is taken.
    """
    if role not in ROLES:
        raise Invalid(
            N_("“{role}” is no role. There are: {roles}."), role=role[:40], roles=", ".join(ROLES)
        )
    if password is not None:
        check_password(password)
    address, name = one_address(email), one_name(name)
    teams = [one_name(team) for team in teams]
    refuse_taken(db, address)
    user = add_user(db, email=address, name=name, role=role, password=password, by=by)
    for team in teams:
        join(db, user, find_or_make_team(db, team))
    return user


def refuse_taken(db: Session, address: str, *, but: UUID | None = None) -> None:
    """Refuse an e-mail address that somebody has.

    Raises:
        Invalid: somebody other than `but` has it.
    """
    found = find_by_email(db, address)
    if found is not None and found.id != but:
        raise Invalid(N_("Somebody with this e-mail address is here already."))
