"""The command line as a process: what it says where it cannot go on, and its exit status."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.config import Settings
from service.database import OldSqlite
from service.failures import AWAY, FULL, Failure, told
from tests.conftest import SECRET
from tests.service.processes import ended

CANARY = "canary-7731-hunter2"
NO_NUMBER = (
    "AFTERWORD_SMTP_PORT: input should be a valid integer, unable to parse string as an integer."
)
NOBODY = f"postgresql+psycopg://afterword:{CANARY}@127.0.0.1:1/afterword"  # nothing listens there


def test_settings_that_cannot_be_used_are_saidby_name_and_never_by_value(tmp_path: Path) -> None:
    status, output, said = ended(
        tmp_path,
        "doctor",
        smtp_password=CANARY,
        secret_key="changeme" * 4,
        smtp_port=f"{CANARY}1",
        timezone=f"{CANARY}2",
        scorecard=f"{CANARY}3",
        trusted_proxies=f"{CANARY}4",
        database_url=f"mysql://me:{CANARY}@db/x",
    )

    assert (status, output) == (2, "")
    assert sorted(said.splitlines()) == [
        "AFTERWORD_DATABASE_URL: an address such as postgresql+psycopg://USER@HOST/NAME is needed.",
        "AFTERWORD_SCORECARD: there is no such scorecard; standard-12/1 is one.",
        NO_NUMBER,
        "AFTERWORD_TIMEZONE: an IANA name is needed, for example Europe/Warsaw.",
        "AFTERWORD_TRUSTED_PROXIES: addresses or networks are needed, with commas between.",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_refused_secret_shows_no_other_setting(tmp_path: Path) -> None:
    status, output, said = ended(
        tmp_path, "doctor", smtp_password=CANARY, secret_key="changeme" * 4
    )

    assert (status, output) == (2, "")
    assert said == "AFTERWORD_SECRET_KEY needs at least 32 characters nobody else knows.\n"


def test_refused_settings_print_no_password_wherever_they_are_printed() -> None:
    with pytest.raises(ValidationError) as raised:
        Settings(secret_key="changeme" * 4, smtp_password=CANARY, data_dir=f"/{CANARY}")

    assert CANARY not in str(raised.value)
    assert "changeme" not in str(raised.value)


def test_postgresql_without_a_secret_is_one_sentence(tmp_path: Path) -> None:
    status, output, said = ended(tmp_path, "doctor", database_url=NOBODY)

    assert (status, output) == (1, "")
    assert said == (
        "CFG-001 With PostgreSQL set AFTERWORD_SECRET_KEY to at least 32 random characters. "
        "Not started.\n"
    )


def test_a_database_that_is_away_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    status, output, said = ended(
        tmp_path, "migrate", database_url=NOBODY, secret_key=SECRET.decode()
    )

    assert (status, output, said) == (1, "", f"{AWAY}\n")


def test_a_data_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    status, output, said = ended(tmp_path / "file", "doctor")

    assert (status, output, said) == (1, "", f"SYS-500 File exists: {tmp_path / 'file'}\n")


def test_an_sqlite_that_can_corrupt_is_saidwith_its_code() -> None:
    found = told(OldSqlite("3.40.1"))

    assert found is not None
    assert found.status == 1
    assert found.sentences[0].startswith("DB-007 SQLite 3.40.1 can corrupt a database")


def test_a_full_disk_is_saidand_a_fault_of_the_program_is_not() -> None:
    assert told(OSError(28, "No space left on device")) == Failure((FULL,))
    assert told(KeyError("turns")) is None
