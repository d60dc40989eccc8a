"""People, teams and visits."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table, new_id, now, one_of

ROLES = ("reviewer", "mentor", "lead", "agent", "admin")
UNASSIGNED = "Unassigned"  # the team of agents that an import brought


class User(Table):
    """A person: someone who signs in, or an agent known only from imported conversations."""

    __tablename__ = "users"
    __table_args__ = (one_of("role", *ROLES),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str | None] = mapped_column(unique=True)  # lower case; None: cannot sign in
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str | None]
    language: Mapped[str | None]  # None: by the browser
    theme: Mapped[str | None]  # light, dark or the system's
    time_zone: Mapped[str | None]
    has_single_keys: Mapped[bool] = mapped_column(default=True)  # WCAG 2.1.4: can be switched off
    is_active: Mapped[bool] = mapped_column(default=True)
    joined_on: Mapped[datetime | None]  # start of the agent's work, for the coaching cadence
    signed_in_at: Mapped[datetime | None]  # the last time
    created_at: Mapped[datetime] = mapped_column(default=now)


class Team(Table):
    """A group of agents with the people who lead, mentor and review them."""

    __tablename__ = "teams"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)


class Membership(Table):
    """A person belongs to a team; what they may do there follows from their role."""

    __tablename__ = "memberships"

    team_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("teams.id"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("users.id"), primary_key=True, index=True
    )


class AgentName(Table):
    """How an import names an agent, and who that is. Linking it moves past conversations, too."""

    __tablename__ = "agent_names"

    name: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"), index=True)


class SignIn(Table):
    """One signed-in visit. The cookie holds the token, the database only its sha256."""

    __tablename__ = "sign_ins"

    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]  # idle for 8 hours ends it; 7 days end it anyway


class SignInTry(Table):
    """A failed sign-in, counted by the throttle per account and per address."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (
        sa.Index("ix_sign_in_tries_account_at", "account", "at"),
        sa.Index("ix_sign_in_tries_address_at", "address", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account: Mapped[str]  # keyed digest of the e-mail address that was typed
    address: Mapped[str]  # keyed digest of the network address
    at: Mapped[datetime] = mapped_column(index=True)


class KnownAddress(Table):
    """An account signed in from an address before: tries from elsewhere do not lock it out there."""

    __tablename__ = "known_addresses"

    account: Mapped[str] = mapped_column(primary_key=True)  # keyed digests, as of the tries
    address: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)  # kept for 90 days


class ResetLink(Table):
    """A one-time link to choose a password, made by an admin; valid for 30 minutes."""

    __tablename__ = "reset_links"

    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
