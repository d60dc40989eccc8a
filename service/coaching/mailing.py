"""The job "announce": hands the mails of announced sessions to the mail server."""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from service import jobs
from service.coaching import queries
from service.coaching.invitations import Invitation, invitation, message
from service.coaching.tables import CoachingSession
from service.config import Settings
from service.database import Database, now
from service.job_batches import Stopping, Store
from service.mail import send

KIND = "announce"


def enqueue_mail(db: Session, session: CoachingSession, *, by: UUID) -> None:
    """Put down the job in the announcement's own transaction: no mail goes out without it."""
    jobs.enqueue(db, KIND, [session.id], by=by)


class Mailing:
    """Handles "announce"; the items are sessions. The mail is sent outside of any transaction."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def __call__(
        self, items: Sequence[str], *, is_stopped: Callable[[], bool] = lambda: False
    ) -> Store:
        """Send each session's newest announcement; the result notes that it was taken.

        Raises:
            aiosmtplib.SMTPException: the server refused it, or could not be reached.
        """
        sent: dict[UUID, int] = {}
        for item in items:
            if is_stopped():
                raise Stopping
            found = self._invitation(UUID(item))
            if found is not None:
                number, announcement = found
                send(message(announcement, self._settings, at=now()), self._settings)
                sent[UUID(item)] = number
        return lambda db: _note(db, sent)

    def _invitation(self, session_id: UUID) -> tuple[int, Invitation] | None:
        """Return the newest announcement; None when nobody can or need be told any more."""
        with self._database.reading() as db:
            session = db.get(CoachingSession, session_id)
            if session is None or session.state != "announced" or session.mailed_at is not None:
                return None
            full = queries.full_session(db, session)
            if full.agent.email is None:
                return None
            return session.announcements, invitation(full, self._settings)


def _note(db: Session, sent: dict[UUID, int]) -> None:
    for session_id, number in sent.items():
        db.execute(
            update(CoachingSession)
            .where(CoachingSession.id == session_id, CoachingSession.announcements == number)
            .values(mailed_at=now())
        )
