import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from service.config import SecretMissing, Settings, secret_of


def test_the_embedded_mode_makes_its_secret_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")

    first, second = secret_of(settings), secret_of(settings)

    assert first == second
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "var" / "secret").stat().st_mode) == 0o600
    assert sorted(path.name for path in (tmp_path / "var").iterdir()) == ["secret"]


def test_postgresql_needs_a_secret_of_the_operator(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql+psycopg://x/y")

    with pytest.raises(SecretMissing, match=r"CFG-001 .*AFTERWORD_SECRET_KEY"):
        secret_of(settings)


@pytest.mark.parametrize("secret", ["short", "changeme" * 4, "a" * 64, "abab" * 10])
def test_a_weak_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValidationError, match="32 characters"):
        Settings(secret_key=secret)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_DATA_DIR", "/srv/afterword")
    monkeypatch.setenv("AFTERWORD_LANGUAGE", "pl")

    settings = Settings()

    assert settings.url == "sqlite:////srv/afterword/afterword.sqlite3"
    assert (settings.language, settings.is_embedded) == ("pl", True)


@pytest.mark.parametrize(
    ("host", "url", "count"),
    [("", "", 0), ("mail.example", "", 1), ("mail.example", "https://afterword.example", 0)],
)
def test_mail_without_the_servers_address_is_warned_of(host: str, url: str, count: int) -> None:
    warnings = Settings(smtp_host=host, public_url=url).warnings

    assert len(warnings) == count
    assert all("AFTERWORD_PUBLIC_URL" in warning for warning in warnings)
