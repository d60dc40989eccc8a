"""What is asked: a pasted question, or what a conversation's customer wanted."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.cases.queries import case_of_conversation, problem_of
from service.cases.search import Question
from service.conversations.language import detect
from service.conversations.masking import mask_text
from service.conversations.queries import get_conversation, visible_to
from service.conversations.tables import Conversation
from service.identity.rules import Principal
from service.scoring.queries import latest_runs
from service.suggestions.rules import likely_language

RECENT = 5


def question_of_conversation(
    db: Session, conversation_id: UUID, *, principal: Principal, without: Collection[UUID] = ()
) -> Question:
    """Return what a conversation's customer wanted.

    Its own case never answers it.

    Raises:
        NotFound: also when it exists and is not for this person.
    """
    conversation = get_conversation(db, conversation_id, principal=principal)
    own = case_of_conversation(db, conversation.id)
    run = latest_runs(db, [conversation.id]).get(conversation.id)
    return Question(
        text=problem_of(db, conversation),
        language=conversation.language,
        topic=run.topic if run else None,
        without={*without, *([own] if own else [])},
    )


def question_of_text(text: str, *, reader: str, without: Collection[UUID] = ()) -> Question:
    """Return a pasted question, masked; it is kept nowhere.

    Args:
        text: as pasted.
        reader: the language of who asks, for a text too short to tell.
        without: cases that must not come.
    """
    masked = mask_text(text.strip())
    language = likely_language(masked, detected=detect(masked) if masked else None, reader=reader)
    return Question(text=masked, language=language, without=without)


def own_conversations(db: Session, *, principal: Principal) -> Sequence[Conversation]:
    """Return the newest conversations of an agent, to find answers for; none for anybody else."""
    return db.scalars(
        select(Conversation)
        .where(Conversation.agent_id == principal.id, visible_to(principal))
        .order_by(Conversation.id.desc())
        .limit(RECENT)
    ).all()
