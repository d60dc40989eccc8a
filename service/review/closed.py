"""Close the pages about a conversation to whoever is to audit it blind. Runs before every route.

Every route that names a conversation, review, audit or case is closed, a new one as well, unless
it stands in `OPEN`: a page cannot show by mistake what an auditor must not know.
"""

from typing import Final
from uuid import UUID

from fastapi import Request
from sqlalchemy import Select, select

from service.cases.tables import Case
from service.conversations.tables import Conversation
from service.identity.policies import policies
from service.identity.rules import Principal
from service.review.blindness import AUDITORS, PENDING, is_audited_by, is_blind_for
from service.review.refusals import OpenAfterAudit
from service.review.tables import Audit, Review
from service.web.transactions import database_of

CONVERSATIONS: Final = {
    "conversation": Conversation.id,
    "review": Review.conversation_id,
    "case": Case.conversation_id,
    "audit": Audit.conversation_id,
}
KEYS: Final = {"review": Review.id, "case": Case.id, "audit": Audit.id}
OPEN: Final = {"skip_item"}  # answers with the queue alone
UNTIL_BEGUN: Final = {"show_conversation"}  # holds no value, but the agent's name


def stay_blind(request: Request) -> None:
    """Refuse a page about a conversation that this person is to audit, until they did.

    Raises:
        OpenAfterAudit: the audit waits for them.
    """
    principal: Principal | None = request.state.viewer
    name = request.scope["route"].name
    kind = policies()[name].scoped
    if principal is None or principal.role not in AUDITORS or kind not in CONVERSATIONS:
        return
    if name in OPEN:
        return
    is_closed = is_audited_by if name in UNTIL_BEGUN or kind == "case" else is_blind_for
    given = next(v for key, v in request.path_params.items() if key.endswith("_id"))
    statement = _conversation(kind, UUID(given)).where(is_closed(principal))
    with database_of(request).reading() as db:
        if db.scalar(statement) is not None:
            raise OpenAfterAudit


def _conversation(kind: str, given: UUID) -> Select[UUID]:
    """Return the conversation that a path is about; none for an audit that is to do."""
    statement = select(Conversation.id)
    if kind == "conversation":
        return statement.where(Conversation.id == given)
    statement = statement.join(KEYS[kind].class_, CONVERSATIONS[kind] == Conversation.id).where(
        KEYS[kind] == given
    )
    return statement.where(Audit.state.not_in(PENDING)) if kind == "audit" else statement
