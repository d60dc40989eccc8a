"""The conversations: a list with filters and search in the masked text, and one to read."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from prompts.library import load_names
from service.conversations import queries
from service.conversations.forms import ListQuery
from service.conversations.queries import ListFilter, ListPage
from service.conversations.words import why_not_scored
from service.errors import NotFound
from service.identity.access import CurrentUser
from service.identity.queries import names_of
from service.web.rendering import render
from service.web.transactions import Db

router = APIRouter()


class SearchForm(BaseModel):
    """Words to search for. They come by POST, so that they stand in no address and no log."""

    model_config = ConfigDict(extra="forbid")
    words: str = Field("", max_length=200)


@router.get("/conversations", name="list_conversations")
def list_conversations(
    request: Request, query: Annotated[ListQuery, Query()], user: CurrentUser, db: Db
) -> Response:
    """List what this person may see, newest import first."""
    only = ListFilter(
        language=query.language, channel=query.channel, not_scored=query.state == "not_scored"
    )
    found = queries.conversation_page(db, principal=user, only=only, after=_id(query.after))
    return _list_page(request, found, query, words="")


@router.post("/conversations/search", name="find_conversations")
def find_conversations(
    request: Request, form: Annotated[SearchForm, Form()], user: CurrentUser, db: Db
) -> Response:
    """List what has all the words, best first."""
    only = ListFilter(words=form.words)
    found = queries.conversation_page(db, principal=user, only=only, after=None)
    return _list_page(request, found, ListQuery(), words=form.words.strip())


def _list_page(request: Request, found: ListPage, query: ListQuery, *, words: str) -> Response:
    return render(
        request,
        "conversations/list.html",
        found=found,
        query=query,
        words=words,
        names=load_names(request.state.language),
        why_not_scored=why_not_scored,
    )


def _id(text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


@router.get("/conversations/{conversation_id}", name="show_conversation")
def show_conversation(
    request: Request, conversation_id: UUID, user: CurrentUser, db: Db
) -> Response:
    """Show a conversation as it is stored: its newest revision, masked."""
    conversation = queries.get_conversation(db, conversation_id, principal=user)
    revision = queries.newest_revision(db, conversation)
    agents = names_of(db, {conversation.agent_id} - {None})
    return render(
        request,
        "conversations/show.html",
        conversation=conversation,
        revision=revision,
        turns=queries.turns_of(db, revision.id),
        agent=agents.get(conversation.agent_id) if conversation.agent_id else None,
        names=load_names(request.state.language),
        why_not_scored=why_not_scored,
    )
