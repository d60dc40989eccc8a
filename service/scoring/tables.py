"""What the models said; never changed afterwards."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table, new_id, now, one_of

VALUES = ("pass", "partial", "fail", "na")
SENTIMENTS = ("negative", "neutral", "positive")


class HeadVersion(Table):
    """One version of the heads that has scored here."""

    __tablename__ = "head_versions"

    sha: Mapped[str] = mapped_column(primary_key=True)  # sha256 of its manifest
    version: Mapped[str]
    encoder_id: Mapped[str]
    first_used_at: Mapped[datetime] = mapped_column(default=now)


class ScoringRun(Table):
    """One head version applied to one revision on one scorecard: unique, so a job may repeat."""

    __tablename__ = "scoring_runs"
    __table_args__ = (sa.UniqueConstraint("revision_id", "model_sha", "scorecard"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("conversations.id"), index=True
    )
    revision_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("revisions.id"))
    model_sha: Mapped[str] = mapped_column(sa.ForeignKey("head_versions.sha"))
    scorecard: Mapped[str]  # name and version, "standard-12/1"
    quality_score: Mapped[float | None]  # 0 to 100; None: not enough to score
    resolved: Mapped[str]
    resolved_probabilities: Mapped[dict[str, Any]]
    risk: Mapped[float]
    topic: Mapped[str]
    topic_probabilities: Mapped[dict[str, Any]]
    not_scored: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class LatestRun(Table):
    """Which run the pages show for a conversation; moves on with new heads or revisions."""

    __tablename__ = "latest_runs"

    conversation_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("conversations.id"), primary_key=True
    )
    run_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("scoring_runs.id"), unique=True)


class AutoScore(Table):
    """What the machine proposes for one criterion. A proposal: it enters no number by itself."""

    __tablename__ = "auto_scores"
    __table_args__ = (
        one_of("value", *VALUES),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence_is_probability"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("scoring_runs.id"), primary_key=True)
    criterion: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    p_pass: Mapped[float]
    p_partial: Mapped[float]
    p_fail: Mapped[float]
    p_na: Mapped[float]
    confidence: Mapped[float]
    evidence: Mapped[list[int]]  # turn positions, best first
    is_found: Mapped[bool]  # False: a fail by absence; evidence then holds the closest turns


class TurnSentiment(Table):
    """The mood of one of the customer's turns; agents' turns have none, anywhere."""

    __tablename__ = "turn_sentiments"
    __table_args__ = (one_of("value", *SENTIMENTS),)

    run_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("scoring_runs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[str]
    p_negative: Mapped[float]
    p_neutral: Mapped[float]
    p_positive: Mapped[float]


class TurnVector(Table):
    """The cached vectors of a revision's turns: new heads score without encoding again."""

    __tablename__ = "turn_vectors"

    revision_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("revisions.id"), primary_key=True)
    encoder_id: Mapped[str] = mapped_column(primary_key=True)  # sha of encoder and trunk
    position: Mapped[int] = mapped_column(primary_key=True)
    dtype: Mapped[str]
    dimension: Mapped[int]
    vector: Mapped[bytes]
