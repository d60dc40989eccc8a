"""Every table module, imported once: what migrations and tests compare with the database."""

import service.audit.tables
import service.cases.tables
import service.coaching.tables
import service.conversations.tables
import service.disputes.tables
import service.identity.tables
import service.job_tables
import service.lexical
import service.review.tables
import service.scoring.tables
import service.suggestions.tables  # noqa: F401 -- imported to register
from service.database import Table

metadata = Table.metadata
