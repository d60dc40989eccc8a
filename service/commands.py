"""What several commands need: the settings, and the database at the newest schema."""

from service import logs
from service.config import Settings, secret_of
from service.database import Database
from service.errors import N_, Unavailable
from service.migrate import current, newest, upgrade


def open_database(settings: Settings | None = None) -> Database:
    """Return the database of the settings.

    The embedded one is migrated by every command; PostgreSQL by `afterword migrate` alone. The
    log is set up as well.

    Raises:
        Unavailable: a PostgreSQL database is at another schema than this program's.
    """
    logs.configure()
    settings = settings or Settings()
    if settings.is_embedded:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.url, secret=secret_of(settings))
    if settings.is_embedded:
        upgrade(database.engine)
        return database
    with database.engine.connect() as connection:
        found = current(connection)
    if found != newest():
        raise Unavailable(
            N_(
                "The database is at schema {found}, this program needs {needed}. Run `afterword migrate`."
            ),
            found=found or "none",
            needed=newest(),
        )
    return database
