"""The job "tell_answers": mails an agent that their dispute was answered."""

from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from uuid import UUID

from babel import Locale
from babel.dates import format_date
from sqlalchemy import update
from sqlalchemy.orm import Session

from prompts.library import load_names, load_scorecard, render_text
from service import jobs
from service.config import Settings
from service.database import Database, now
from service.disputes import rules
from service.disputes.tables import Dispute, DisputeAnswer
from service.identity.tables import User
from service.job_batches import Stopping, Store
from service.mail import send
from service.review.tables import Review

KIND = "tell_answers"


def enqueue_mail(db: Session, answer: DisputeAnswer, *, by: UUID) -> None:
    """Put down the job in the answer's own transaction: no mail goes out without it."""
    db.flush()
    jobs.enqueue(db, KIND, [answer.id], by=by)


class Mailing:
    """Handles "tell_answers"; the items are answers. Mails are sent outside of any transaction."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def __call__(
        self, items: Sequence[str], *, is_stopped: Callable[[], bool] = lambda: False
    ) -> Store:
        """Send a mail for each answer that was not mailed; the result notes that it was taken.

        Raises:
            aiosmtplib.SMTPException: the server refused it, or could not be reached.
        """
        sent: dict[UUID, int] = {}
        for item in items:
            if is_stopped():
                raise Stopping
            with self._database.reading() as db:
                answer = db.get(DisputeAnswer, UUID(item))
                dispute = db.get_one(Dispute, answer.dispute_id) if answer else None
                if answer is None or dispute is None or dispute.told >= answer.round:
                    continue
                mail = message(db, dispute, answer, self._settings, at=now())
            if mail is not None:
                send(mail, self._settings)
                sent[dispute.id] = max(answer.round, sent.get(dispute.id, 0))
        return lambda db: _note(db, sent)


def _note(db: Session, sent: dict[UUID, int]) -> None:
    for dispute_id, number in sent.items():
        db.execute(
            update(Dispute)
            .where(Dispute.id == dispute_id, Dispute.told < number)
            .values(told=number)
        )


def message(
    db: Session, dispute: Dispute, answer: DisputeAnswer, settings: Settings, *, at: datetime
) -> EmailMessage | None:
    """Return the mail to the agent, in their language; None where they have no address.

    It names the criterion and the outcome. What anybody wrote stays on the page.
    """
    agent = db.get_one(User, dispute.by)
    if agent.email is None or not agent.is_active:
        return None
    language = agent.language or settings.language
    review = db.get_one(Review, dispute.review_id)
    name = load_scorecard(review.scorecard)[dispute.criterion].name(language)
    is_open = answer.round < rules.LAST_ROUND and answer.outcome != "accepted"
    until = rules.window_ends(answer.at, days=settings.dispute_days)
    locale = Locale.parse("en_GB" if language == "en" else language)
    mail = EmailMessage()
    mail["Subject"] = render_text("dispute_answer_subject", language, criterion=name)
    mail["From"], mail["To"], mail["Date"] = settings.mail_from, agent.email, at
    mail["Message-ID"] = f"<{answer.id}@afterword>"  # a second try is the same mail
    body = render_text(
        "dispute_answer_body",
        language,
        agent_name=agent.name,
        criterion=name,
        outcome=answer.outcome,
        level=load_names(language).values[answer.value] if answer.value else "",
        until=format_date(until.date(), "long", locale=locale) if is_open else "",
        url=f"{settings.public_url.rstrip('/')}/me/disputes/{dispute.id}",
    )
    mail.set_content(body + "\n")
    return mail
