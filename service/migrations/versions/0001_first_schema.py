"""The first schema: people, conversations, scores, cases, reviews, coaching, audit, jobs."""

import sqlalchemy as sa
from alembic import op

from service.database import Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What people decided and what the audit log says is never changed, whoever asks the database.
APPEND_ONLY = ("audit_rows", "ratings", "corrections", "dispute_answers", "audit_ratings")


def upgrade() -> None:
    op.create_table(
        "audit_rows",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_rows")),
    )
    op.create_table(
        "dead_workers",
        sa.Column("id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_workers")),
    )
    op.create_table(
        "head_versions",
        sa.Column("sha", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("encoder_id", sa.String(), nullable=False),
        sa.Column("first_used_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha", name=op.f("pk_head_versions")),
    )
    op.create_table(
        "indexed_texts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indexed_texts")),
        sa.UniqueConstraint("kind", "owner_id", name=op.f("uq_indexed_texts_kind_owner_id")),
    )
    op.create_table(
        "known_addresses",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account", "address", name=op.f("pk_known_addresses")),
    )
    op.create_index(
        op.f("ix_known_addresses_seen_at"), "known_addresses", ["seen_at"], unique=False
    )
    op.create_table(
        "sign_in_tries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_tries")),
    )
    op.create_index("ix_sign_in_tries_account_at", "sign_in_tries", ["account", "at"], unique=False)
    op.create_index("ix_sign_in_tries_address_at", "sign_in_tries", ["address", "at"], unique=False)
    op.create_index(op.f("ix_sign_in_tries_at"), "sign_in_tries", ["at"], unique=False)
    op.create_table(
        "teams",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name", name=op.f("uq_teams_name")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("theme", sa.String(), nullable=True),
        sa.Column("time_zone", sa.String(), nullable=True),
        sa.Column("has_single_keys", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("joined_on", UtcDateTime(), nullable=True),
        sa.Column("signed_in_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "role IN ('reviewer', 'mentor', 'lead', 'agent', 'admin')",
            name=op.f("ck_users_role_is_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "worker_leases",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("beat", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker_leases")),
    )
    op.create_table(
        "agent_names",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_agent_names_user_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_agent_names")),
    )
    op.create_index(op.f("ix_agent_names_user_id"), "agent_names", ["user_id"], unique=False)
    op.create_table(
        "coaching_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("shared_notes", sa.String(), nullable=False),
        sa.Column("private_notes", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("announced_at", UtcDateTime(), nullable=True),
        sa.Column("announcements", sa.Integer(), nullable=False),
        sa.Column("mailed_at", UtcDateTime(), nullable=True),
        sa.Column("held_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'announced', 'held', 'acknowledged')",
            name=op.f("ck_coaching_sessions_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["users.id"], name=op.f("fk_coaching_sessions_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["users.id"], name=op.f("fk_coaching_sessions_mentor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_sessions")),
    )
    op.create_index(
        op.f("ix_coaching_sessions_agent_id"), "coaching_sessions", ["agent_id"], unique=False
    )
    op.create_index(
        op.f("ix_coaching_sessions_mentor_id"), "coaching_sessions", ["mentor_id"], unique=False
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("options", Json, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("bytes_total", sa.BigInteger(), nullable=False),
        sa.Column("bytes_read", sa.BigInteger(), nullable=False),
        sa.Column("imported", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("revised", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'mapping', 'running', 'done', 'failed')",
            name=op.f("ck_imports_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_imports_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_jobs_state_is_known")
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_jobs_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_created_at"), "jobs", ["created_at"], unique=False)
    op.create_index(op.f("ix_jobs_state"), "jobs", ["state"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_memberships_team_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"], unique=False)
    op.create_table(
        "reset_links",
        sa.Column("token_sha256", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reset_links_user_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_reset_links")),
    )
    op.create_index(op.f("ix_reset_links_user_id"), "reset_links", ["user_id"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("token_sha256", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"], unique=False)
    op.create_table(
        "action_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'dropped')", name=op.f("ck_action_items_state_is_known")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_action_items_agent_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["coaching_sessions.id"], name=op.f("fk_action_items_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_items")),
    )
    op.create_index(op.f("ix_action_items_agent_id"), "action_items", ["agent_id"], unique=False)
    op.create_index(
        op.f("ix_action_items_session_id"), "action_items", ["session_id"], unique=False
    )
    op.create_table(
        "agenda_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=True),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('follow_up', 'gap', 'praise', 'standing', 'question', 'agent_topic')",
            name=op.f("ck_agenda_items_kind_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["action_id"], ["action_items.id"], name=op.f("fk_agenda_items_action_id")
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_agenda_items_by")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["coaching_sessions.id"], name=op.f("fk_agenda_items_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_items")),
    )
    op.create_index(
        op.f("ix_agenda_items_session_id"), "agenda_items", ["session_id"], unique=False
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=True),
        sa.Column("agent_name", sa.String(), nullable=True),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("customer_digest", sa.String(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("csat", sa.Double(), nullable=True),
        sa.Column("tags", Json, nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("turn_count", sa.Integer(), nullable=False),
        sa.Column("opening", sa.String(), nullable=False),
        sa.Column("not_scored", sa.String(), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('chat', 'email', 'call', 'social', 'review')",
            name=op.f("ck_conversations_channel_is_known"),
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_conversations_agent_id")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_conversations_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint(
            "source", "external_id", name=op.f("uq_conversations_source_external_id")
        ),
    )
    op.create_index(
        "ix_conversations_agent_id_id", "conversations", ["agent_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_conversations_customer_digest"), "conversations", ["customer_digest"], unique=False
    )
    op.create_index(
        op.f("ix_conversations_import_id"), "conversations", ["import_id"], unique=False
    )
    op.create_index(
        op.f("ix_conversations_started_at"), "conversations", ["started_at"], unique=False
    )
    op.create_table(
        "job_batches",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("items", Json, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("suspect", sa.String(), nullable=True),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("handed", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'handed', 'done', 'failed')",
            name=op.f("ck_job_batches_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_batches_job_id")),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_job_batches")),
    )
    op.create_index(op.f("ix_job_batches_state"), "job_batches", ["state"], unique=False)
    op.create_table(
        "job_failures",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_failures_job_id")),
        sa.PrimaryKeyConstraint("job_id", "item", name=op.f("pk_job_failures")),
    )
    op.create_table(
        "refused_records",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("values", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_refused_records_import_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "row", name=op.f("pk_refused_records")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("solution", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("csat", sa.Double(), nullable=True),
        sa.Column("solved_at", UtcDateTime(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('first_contact', 'follow_up', 'escalated', 'solved')",
            name=op.f("ck_cases_outcome_is_known"),
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["users.id"], name=op.f("fk_cases_approved_by")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_cases_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_cases_source_external_id")),
    )
    op.create_index(op.f("ix_cases_conversation_id"), "cases", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_cases_created_at"), "cases", ["created_at"], unique=False)
    op.create_index(
        "ix_cases_is_active_changed_at", "cases", ["is_active", "changed_at"], unique=False
    )
    op.create_table(
        "revisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content_digest", sa.String(), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_revisions_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint(
            "conversation_id", "number", name=op.f("uq_revisions_conversation_id_number")
        ),
    )
    op.create_table(
        "skips",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_skips_conversation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_skips_user_id")),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", name=op.f("pk_skips")),
    )
    op.create_table(
        "case_vectors",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("encoder_id", sa.String(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_vectors_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "encoder_id", name=op.f("pk_case_vectors")),
    )
    op.create_table(
        "scoring_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("model_sha", sa.String(), nullable=False),
        sa.Column("scorecard", sa.String(), nullable=False),
        sa.Column("quality_score", sa.Double(), nullable=True),
        sa.Column("resolved", sa.String(), nullable=False),
        sa.Column("resolved_probabilities", Json, nullable=False),
        sa.Column("risk", sa.Double(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("topic_probabilities", Json, nullable=False),
        sa.Column("not_scored", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_scoring_runs_conversation_id")
        ),
        sa.ForeignKeyConstraint(
            ["model_sha"], ["head_versions.sha"], name=op.f("fk_scoring_runs_model_sha")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_scoring_runs_revision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring_runs")),
        sa.UniqueConstraint(
            "revision_id",
            "model_sha",
            "scorecard",
            name=op.f("uq_scoring_runs_revision_id_model_sha_scorecard"),
        ),
    )
    op.create_index(
        op.f("ix_scoring_runs_conversation_id"), "scoring_runs", ["conversation_id"], unique=False
    )
    op.create_table(
        "suggestions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('copied', 'rejected')", name=op.f("ck_suggestions_outcome_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_suggestions_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_suggestions_conversation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_suggestions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestions")),
    )
    op.create_index(op.f("ix_suggestions_case_id"), "suggestions", ["case_id"], unique=False)
    op.create_table(
        "turn_vectors",
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("encoder_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("dtype", sa.String(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_turn_vectors_revision_id")
        ),
        sa.PrimaryKeyConstraint(
            "revision_id", "encoder_id", "position", name=op.f("pk_turn_vectors")
        ),
    )
    op.create_table(
        "turns",
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("speaker", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "speaker IN ('customer', 'agent', 'bot', 'system', 'note')",
            name=op.f("ck_turns_speaker_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_turns_revision_id")
        ),
        sa.PrimaryKeyConstraint("revision_id", "position", name=op.f("pk_turns")),
    )
    op.create_table(
        "auto_scores",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("p_pass", sa.Double(), nullable=False),
        sa.Column("p_partial", sa.Double(), nullable=False),
        sa.Column("p_fail", sa.Double(), nullable=False),
        sa.Column("p_na", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("is_found", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "value IN ('pass', 'partial', 'fail', 'na')", name=op.f("ck_auto_scores_value_is_known")
        ),
        sa.CheckConstraint(
            "confidence BETWEEN 0 AND 1", name=op.f("ck_auto_scores_confidence_is_probability")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["scoring_runs.id"], name=op.f("fk_auto_scores_run_id")
        ),
        sa.PrimaryKeyConstraint("run_id", "criterion", name=op.f("pk_auto_scores")),
    )
    op.create_table(
        "latest_runs",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_latest_runs_conversation_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["scoring_runs.id"], name=op.f("fk_latest_runs_run_id")
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_latest_runs")),
        sa.UniqueConstraint("run_id", name=op.f("uq_latest_runs_run_id")),
    )
    op.create_table(
        "queue_items",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("why", Json, nullable=False),
        sa.Column("open_criteria", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Double(), nullable=False),
        sa.Column("locked_by", sa.Uuid(), nullable=True),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.Column("lottery", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'done')", name=op.f("ck_queue_items_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_queue_items_conversation_id")
        ),
        sa.ForeignKeyConstraint(["locked_by"], ["users.id"], name=op.f("fk_queue_items_locked_by")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["scoring_runs.id"], name=op.f("fk_queue_items_run_id")
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_queue_items")),
    )
    op.create_index(
        "ix_queue_items_state_priority",
        "queue_items",
        ["state", "priority", "conversation_id"],
        unique=False,
    )
    op.create_index("ix_queue_items_lottery", "queue_items", ["lottery"], unique=False)
    op.create_index(
        "ix_queue_items_state_stream",
        "queue_items",
        ["state", "stream", "priority", "conversation_id"],
        unique=False,
    )
    op.create_table(
        "stream_shares",
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "share >= 0 AND share <= 1", name=op.f("ck_stream_shares_share_is_part")
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_stream_shares_by")),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_stream_shares")),
    )
    op.create_table(
        "audits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("inclusion_probability", sa.Double(), nullable=False),
        sa.Column("drawn_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=True),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('random', 'gold', 'second')", name=op.f("ck_audits_kind_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'open', 'submitted', 'cancelled')",
            name=op.f("ck_audits_state_is_known"),
        ),
        sa.CheckConstraint(
            "inclusion_probability > 0 AND inclusion_probability <= 1",
            name=op.f("ck_audits_inclusion_probability_is_one"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_audits_conversation_id")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_audits_revision_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["scoring_runs.id"], name=op.f("fk_audits_run_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_audits_team_id")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["users.id"], name=op.f("fk_audits_reviewer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audits")),
        sa.UniqueConstraint(
            "conversation_id", "period", name=op.f("uq_audits_conversation_id_period")
        ),
    )
    op.create_index("ix_audits_state_id", "audits", ["state", "id"], unique=False)
    op.create_index(
        "ix_audits_reviewer_id_submitted_at",
        "audits",
        ["reviewer_id", "submitted_at"],
        unique=False,
    )
    op.create_table(
        "audit_ratings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "value IN ('pass', 'partial', 'fail', 'na')",
            name=op.f("ck_audit_ratings_value_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audits.id"], name=op.f("fk_audit_ratings_audit_id")
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_audit_ratings_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_ratings")),
    )
    op.create_index(
        "ix_audit_ratings_audit_id_criterion_id",
        "audit_ratings",
        ["audit_id", "criterion", "id"],
        unique=False,
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("scorecard", sa.String(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("quality_score", sa.Double(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("lottery", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'acknowledged')",
            name=op.f("ck_reviews_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_reviews_agent_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_reviews_conversation_id")
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["users.id"], name=op.f("fk_reviews_reviewer_id")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_reviews_revision_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["scoring_runs.id"], name=op.f("fk_reviews_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint(
            "revision_id", "scorecard", name=op.f("uq_reviews_revision_id_scorecard")
        ),
    )
    op.create_index("ix_reviews_lottery_state", "reviews", ["lottery", "state"], unique=False)
    op.create_index(op.f("ix_reviews_agent_id"), "reviews", ["agent_id"], unique=False)
    op.create_index(
        op.f("ix_reviews_conversation_id"), "reviews", ["conversation_id"], unique=False
    )
    op.create_index(op.f("ix_reviews_reviewer_id"), "reviews", ["reviewer_id"], unique=False)
    op.create_index(op.f("ix_reviews_submitted_at"), "reviews", ["submitted_at"], unique=False)
    op.create_table(
        "turn_sentiments",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("p_negative", sa.Double(), nullable=False),
        sa.Column("p_neutral", sa.Double(), nullable=False),
        sa.Column("p_positive", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "value IN ('negative', 'neutral', 'positive')",
            name=op.f("ck_turn_sentiments_value_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["scoring_runs.id"], name=op.f("fk_turn_sentiments_run_id")
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_turn_sentiments")),
    )
    op.create_table(
        "pins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_praise", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_pins_agent_id")),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_pins_by")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_pins_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pins")),
        sa.UniqueConstraint(
            "review_id", "criterion", "position", name=op.f("uq_pins_review_id_criterion_position")
        ),
    )
    op.create_index(op.f("ix_pins_agent_id"), "pins", ["agent_id"], unique=False)
    op.create_table(
        "ratings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("root_cause", sa.String(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("is_ruling", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "decision IN ('confirmed', 'corrected', 'undone')",
            name=op.f("ck_ratings_decision_is_known"),
        ),
        sa.CheckConstraint(
            "value IN ('pass', 'partial', 'fail', 'na')", name=op.f("ck_ratings_value_is_known")
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_ratings_by")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_ratings_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
    )
    op.create_index(
        "ix_ratings_review_id_criterion_id",
        "ratings",
        ["review_id", "criterion", "id"],
        unique=False,
    )
    op.create_table(
        "withheld_ratings",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "cause IN ('dispute', 'criterion_unclear')",
            name=op.f("ck_withheld_ratings_cause_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_withheld_ratings_review_id")
        ),
        sa.PrimaryKeyConstraint("review_id", "criterion", name=op.f("pk_withheld_ratings")),
    )
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rating_id", sa.Uuid(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("escalated_at", UtcDateTime(), nullable=True),
        sa.Column("escalation", sa.String(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'escalated', 'closed')",
            name=op.f("ck_disputes_state_is_known"),
        ),
        sa.CheckConstraint(
            "value IN ('pass', 'partial', 'fail', 'na')", name=op.f("ck_disputes_value_is_known")
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_disputes_by")),
        sa.ForeignKeyConstraint(["rating_id"], ["ratings.id"], name=op.f("fk_disputes_rating_id")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_disputes_review_id")),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["users.id"], name=op.f("fk_disputes_reviewer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("review_id", "criterion", name=op.f("uq_disputes_review_id_criterion")),
    )
    op.create_index(op.f("ix_disputes_by"), "disputes", ["by"], unique=False)
    op.create_index("ix_disputes_due_at_id", "disputes", ["due_at", "id"], unique=False)
    op.create_table(
        "dispute_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("rating_id", sa.Uuid(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'partly', 'rejected', 'criterion_unclear')",
            name=op.f("ck_dispute_answers_outcome_is_known"),
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_dispute_answers_by")),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["disputes.id"], name=op.f("fk_dispute_answers_dispute_id")
        ),
        sa.ForeignKeyConstraint(
            ["rating_id"], ["ratings.id"], name=op.f("fk_dispute_answers_rating_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_answers")),
        sa.UniqueConstraint(
            "dispute_id", "round", name=op.f("uq_dispute_answers_dispute_id_round")
        ),
    )
    op.create_table(
        "agenda_evidence",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rating_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["agenda_items.id"],
            name=op.f("fk_agenda_evidence_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["rating_id"], ["ratings.id"], name=op.f("fk_agenda_evidence_rating_id")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_agenda_evidence_review_id")
        ),
        sa.PrimaryKeyConstraint(
            "item_id", "review_id", "position", name=op.f("pk_agenda_evidence")
        ),
    )
    op.create_table(
        "corrections",
        sa.Column("rating_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("from_value", sa.String(), nullable=False),
        sa.Column("to_value", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('evidence_missed', 'evidence_does_not_show_it', 'does_not_apply', 'wrong_level', 'transcript_error')",
            name=op.f("ck_corrections_reason_is_known"),
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_corrections_by")),
        sa.ForeignKeyConstraint(
            ["rating_id"], ["ratings.id"], name=op.f("fk_corrections_rating_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["scoring_runs.id"], name=op.f("fk_corrections_run_id")
        ),
        sa.PrimaryKeyConstraint("rating_id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_run_id"), "corrections", ["run_id"], unique=False)
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        _make_postgresql_extras()
    else:
        _make_sqlite_extras()


def _make_postgresql_extras() -> None:
    op.execute("CREATE TABLE indexed_words (id bigint PRIMARY KEY, words tsvector NOT NULL)")
    op.execute("CREATE INDEX ix_indexed_words_words ON indexed_words USING gin (words)")
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'append-only'; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _make_sqlite_extras() -> None:
    # Contentless: the words can be found, the texts are not kept a second time.
    op.execute(
        "CREATE VIRTUAL TABLE indexed_words USING fts5"
        "(words, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0')"
    )
    op.execute("INSERT INTO indexed_words (indexed_words, rank) VALUES ('secure-delete', 1)")
    for table in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}"
                " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            )


def downgrade() -> None:
    op.execute("DROP TABLE indexed_words")
    op.drop_index(op.f("ix_corrections_run_id"), table_name="corrections")
    op.drop_table("corrections")
    op.drop_table("agenda_evidence")
    op.drop_table("dispute_answers")
    op.drop_index("ix_disputes_due_at_id", table_name="disputes")
    op.drop_index(op.f("ix_disputes_by"), table_name="disputes")
    op.drop_table("disputes")
    op.drop_table("withheld_ratings")
    op.drop_index("ix_ratings_review_id_criterion_id", table_name="ratings")
    op.drop_table("ratings")
    op.drop_index(op.f("ix_pins_agent_id"), table_name="pins")
    op.drop_table("pins")
    op.drop_table("turn_sentiments")
    op.drop_index(op.f("ix_reviews_submitted_at"), table_name="reviews")
    op.drop_index(op.f("ix_reviews_reviewer_id"), table_name="reviews")
    op.drop_index(op.f("ix_reviews_conversation_id"), table_name="reviews")
    op.drop_index(op.f("ix_reviews_agent_id"), table_name="reviews")
    op.drop_index("ix_reviews_lottery_state", table_name="reviews")
    op.drop_table("reviews")
    op.drop_index("ix_audit_ratings_audit_id_criterion_id", table_name="audit_ratings")
    op.drop_table("audit_ratings")
    op.drop_index("ix_audits_reviewer_id_submitted_at", table_name="audits")
    op.drop_index("ix_audits_state_id", table_name="audits")
    op.drop_table("audits")
    op.drop_table("stream_shares")
    op.drop_index("ix_queue_items_state_stream", table_name="queue_items")
    op.drop_index("ix_queue_items_lottery", table_name="queue_items")
    op.drop_index("ix_queue_items_state_priority", table_name="queue_items")
    op.drop_table("queue_items")
    op.drop_table("latest_runs")
    op.drop_table("auto_scores")
    op.drop_table("turns")
    op.drop_table("turn_vectors")
    op.drop_index(op.f("ix_suggestions_case_id"), table_name="suggestions")
    op.drop_table("suggestions")
    op.drop_index(op.f("ix_scoring_runs_conversation_id"), table_name="scoring_runs")
    op.drop_table("scoring_runs")
    op.drop_table("case_vectors")
    op.drop_table("skips")
    op.drop_table("revisions")
    op.drop_index(op.f("ix_cases_created_at"), table_name="cases")
    op.drop_index(op.f("ix_cases_conversation_id"), table_name="cases")
    op.drop_table("cases")
    op.drop_table("refused_records")
    op.drop_table("job_failures")
    op.drop_index(op.f("ix_job_batches_state"), table_name="job_batches")
    op.drop_table("job_batches")
    op.drop_index(op.f("ix_conversations_started_at"), table_name="conversations")
    op.drop_index(op.f("ix_conversations_import_id"), table_name="conversations")
    op.drop_index(op.f("ix_conversations_customer_digest"), table_name="conversations")
    op.drop_index("ix_conversations_agent_id_id", table_name="conversations")
    op.drop_table("conversations")
    op.drop_index(op.f("ix_agenda_items_session_id"), table_name="agenda_items")
    op.drop_table("agenda_items")
    op.drop_index(op.f("ix_action_items_session_id"), table_name="action_items")
    op.drop_index(op.f("ix_action_items_agent_id"), table_name="action_items")
    op.drop_table("action_items")
    op.drop_index(op.f("ix_sign_ins_user_id"), table_name="sign_ins")
    op.drop_table("sign_ins")
    op.drop_index(op.f("ix_reset_links_user_id"), table_name="reset_links")
    op.drop_table("reset_links")
    op.drop_index(op.f("ix_memberships_user_id"), table_name="memberships")
    op.drop_table("memberships")
    op.drop_index(op.f("ix_jobs_state"), table_name="jobs")
    op.drop_index(op.f("ix_jobs_created_at"), table_name="jobs")
    op.drop_table("jobs")
    op.drop_table("imports")
    op.drop_index(op.f("ix_coaching_sessions_mentor_id"), table_name="coaching_sessions")
    op.drop_index(op.f("ix_coaching_sessions_agent_id"), table_name="coaching_sessions")
    op.drop_table("coaching_sessions")
    op.drop_index(op.f("ix_agent_names_user_id"), table_name="agent_names")
    op.drop_table("agent_names")
    op.drop_table("worker_leases")
    op.drop_table("users")
    op.drop_table("teams")
    op.drop_index(op.f("ix_sign_in_tries_at"), table_name="sign_in_tries")
    op.drop_index("ix_sign_in_tries_address_at", table_name="sign_in_tries")
    op.drop_index("ix_sign_in_tries_account_at", table_name="sign_in_tries")
    op.drop_table("sign_in_tries")
    op.drop_index(op.f("ix_known_addresses_seen_at"), table_name="known_addresses")
    op.drop_table("known_addresses")
    op.drop_table("indexed_texts")
    op.drop_table("head_versions")
    op.drop_table("dead_workers")
    op.drop_table("audit_rows")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change")
