"""Hand mails to the operator's server."""

import asyncio
from email.message import EmailMessage

from service.config import Settings

MAIL_SECONDS = 20.0


def send(mail: EmailMessage, settings: Settings) -> None:
    """Hand a mail to the operator's server; returns once that has taken it.

    Raises:
        aiosmtplib.SMTPException: the server refused it, or could not be reached.
    """
    import aiosmtplib  # noqa: PLC0415 -- for those who send only

    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    asyncio.run(
        aiosmtplib.send(
            mail,
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=password,
            start_tls=settings.smtp_starttls,
            timeout=MAIL_SECONDS,
        )
    )
