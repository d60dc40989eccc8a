"""Everything an operator may change, read once from `AFTERWORD_*` variables."""

import ipaddress
import os
import secrets
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from prompts.library import UnknownTextError, load_scorecard

SECRET_BYTES = 32
PATHS_IN_MAIL = (
    "AFTERWORD_SMTP_HOST is set and AFTERWORD_PUBLIC_URL is not: mails name a page by its path "
    "alone, and nobody can click it."
)
KNOWN_SECRETS = frozenset({"changeme" * 4, "secret" * 6, "0" * 32, "x" * 32})
DATABASES = ("sqlite", "postgresql+psycopg")


class SecretMissing(ValueError):
    """PostgreSQL is named and the operator gave no secret."""

    def __init__(self) -> None:
        super().__init__(
            "CFG-001 With PostgreSQL set AFTERWORD_SECRET_KEY to at least 32 random characters. "
            "Not started."
        )


class Settings(BaseSettings):
    """Settings of one process.

    There is no module-level instance: `create_app` and the command line build one and pass on
    what each part needs, so a test needs no environment.
    """

    # Whatever prints a ValidationError, log or terminal, must not print the passwords with it.
    model_config = SettingsConfigDict(
        env_prefix="AFTERWORD_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    data_dir: Path = Field(
        Path("var"), description="the SQLite file, uploads and the secret of the embedded mode"
    )
    database_url: str = Field(
        "", description="empty: SQLite in the data folder; or postgresql+psycopg://…"
    )
    secret_key: SecretStr | None = Field(
        None, description="at least 32 characters; needed with PostgreSQL, made by SQLite mode"
    )
    weights_dir: Path | None = Field(None, description="empty: the weights of this release")
    heads_dir: Path | None = Field(None, description="a folder that `afterword train` wrote")
    encoder: Path | None = Field(
        None, description="a local sentence-transformers folder; needs heads trained for it"
    )
    threads: int = Field(
        0, ge=0, le=64, description="threads of the models; 0: the cores there are"
    )
    language: Literal["en", "pl", "ru"] = Field("en", description="before a person has chosen")
    timezone: str = Field("UTC", description="IANA name, before a person has chosen")
    scorecard: str = Field("standard-12/1", description="name and version of the scorecard")
    trusted_proxies: str = Field(
        "",
        description="comma-separated addresses or networks whose X-Forwarded-* headers are believed",
    )
    allow_http: bool = Field(
        default=False, description="serve plain http on an address that is not loopback"
    )
    smtp_host: str = Field("", description="empty: agendas are offered as .ics and PDF only")
    smtp_port: int = Field(25, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = Field(default=False, description="upgrade the connection before sending")
    mail_from: str = Field("afterword@localhost", description="sender of announcements")
    public_url: str = Field("", description="how people reach this server, for links in mail")
    lock_minutes: int = Field(15, ge=1, le=240, description="how long an opened review is locked")
    reviews_per_day: int = Field(
        18, ge=1, le=1000, description="what a reviewer is to do in a day; bounds the blind audits"
    )
    unsure_below: float = Field(
        0.6, ge=0, le=1, description="auto-scores less likely than this need a person's eyes"
    )

    dispute_days: int = Field(
        7,
        ge=1,
        le=90,
        description="how long a decision, or an answer to a dispute, can be disputed",
    )
    dispute_answer_days: int = Field(
        3, ge=1, le=30, description="working days to answer a dispute; then it goes to the leads"
    )
    disputes_open: int = Field(
        5, ge=1, le=100, description="how many disputes of one agent may wait for an answer"
    )

    @field_validator("timezone")
    @classmethod
    def refuse_an_unknown_zone(cls, value: str) -> str:
        """A zone that does not exist would break every page."""
        try:
            ZoneInfo(value)
        except (OSError, ValueError, LookupError):
            raise ValueError("an IANA name is needed, for example Europe/Warsaw") from None
        return value

    @field_validator("scorecard")
    @classmethod
    def refuse_an_unknown_scorecard(cls, value: str) -> str:
        """Without its scorecard nothing can be scored or reviewed."""
        try:
            load_scorecard(value)
        except UnknownTextError:
            raise ValueError("there is no such scorecard; standard-12/1 is one") from None
        return value

    @field_validator("database_url")
    @classmethod
    def refuse_another_database(cls, value: str) -> str:
        """An address may hold a password, so what it is refused for never quotes it."""
        try:
            is_known = not value or make_url(value).drivername in DATABASES
        except (ArgumentError, ValueError):
            is_known = False
        if not is_known:
            raise ValueError("an address such as postgresql+psycopg://USER@HOST/NAME is needed")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def refuse_what_is_no_address(cls, value: str) -> str:
        """A typing error here must not turn into a proxy that nobody believes."""
        for part in filter(None, map(str.strip, value.split(","))):
            try:
                ipaddress.ip_network(part, strict=False)
            except ValueError:
                raise ValueError("addresses or networks are needed, with commas between") from None
        return value

    @model_validator(mode="after")
    def refuse_a_weak_secret(self) -> Self:
        """A secret that others know, or could guess, is refused at the start."""
        if self.secret_key is None:
            return self
        secret = self.secret_key.get_secret_value()
        if len(secret) < SECRET_BYTES or secret in KNOWN_SECRETS or len(set(secret)) < 8:
            raise ValueError("AFTERWORD_SECRET_KEY needs at least 32 characters nobody else knows")
        return self

    @property
    def warnings(self) -> list[str]:
        """What will work otherwise than an operator may expect, a sentence each."""
        if self.smtp_host and not self.public_url:
            return [PATHS_IN_MAIL]
        return []

    @property
    def url(self) -> str:
        """The database's address; SQLite in the data folder unless another is named."""
        return self.database_url or f"sqlite:///{self.data_dir / 'afterword.sqlite3'}"

    @property
    def is_embedded(self) -> bool:
        """Whether this process brings its own database."""
        return self.url.startswith("sqlite")


def secret_of(settings: Settings) -> bytes:
    """Return the key of digests, sign-ins and the audit chain.

    The embedded mode makes one on its first start and keeps it, readable by its owner alone.

    Raises:
        SecretMissing: with PostgreSQL and no `AFTERWORD_SECRET_KEY`.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    if not settings.is_embedded:
        raise SecretMissing
    path = settings.data_dir / "secret"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written whole under another name first: two first starts at once agree on one secret.
        draft = path.with_name(f"secret.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes().strip()
