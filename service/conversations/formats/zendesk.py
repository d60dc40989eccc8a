"""Zendesk's ticket export: one ticket a line with its comments, and the export of its users."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from service.conversations.formats.html_text import html_text, text_of
from service.conversations.formats.lines import numbered_lines
from service.conversations.formats.options import FormatOptions, HelpDeskUser
from service.conversations.moments import iso_moment
from service.conversations.neutral import MAX_RECORD_BYTES, NeutralConversation, NeutralTurn
from service.conversations.refusals import Refused
from service.conversations.validation import Flaw, check_characters, checked, decoded, read_json

CHANNELS = {
    "email": ("web", "email", "mobile", "api", "rule", "system", "follow_up", "closed_ticket"),
    "chat": (
        *("chat", "messaging", "native_messaging", "sms", "text", "whatsapp", "telegram", "line"),
        *("viber", "wechat", "apple_business_chat", "google_business_messages", "web_messenger"),
    ),
    "call": ("voice", "phone", "phone_call_inbound", "phone_call_outbound", "voicemail"),
    "social": (
        *("twitter", "twitter_dm", "twitter_like", "facebook", "messenger", "facebook_messenger"),
        *("instagram", "instagram_dm", "any_channel", "youtube", "vk"),
    ),
    "review": ("google_play", "app_store", "trustpilot", "google_review"),
}
CHANNEL_OF = {via: channel for channel, names in CHANNELS.items() for via in names}
SYSTEM_VIAS = frozenset({"rule", "system", "trigger", "automation", "merge", "admin_setting"})
BOT_VIAS = frozenset(
    {"answer_bot", "answer_bot_for_web_widget", "answer_bot_api", "ultimate", "bot"}
)
ROLES = {"end-user": "customer", "end_user": "customer", "agent": "agent", "admin": "agent"}
DELETED = "deleted"
SATISFACTION = {
    "good": 5, "good_with_comment": 5, "good_without_comment": 5,
    "bad": 1, "bad_with_comment": 1, "bad_without_comment": 1,
}  # fmt: skip


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[NeutralConversation | Refused]:
    """Yield each line's ticket as a conversation, or why it is none."""
    is_empty = True
    for row, start, line in numbered_lines(stream):
        is_empty = False
        if line is None:
            yield Refused(row, "", "IMP-005", {"limit": MAX_RECORD_BYTES >> 20})
            continue
        try:
            value = read_json(decoded(line, encoding=options.encoding, start=start), row=row)
            yield checked(_conversation(value, options), row=row)
        except Flaw as flaw:
            yield flaw.refused(row)
    if is_empty:
        yield Refused(0, "", "IMP-001")


def read_users(data: bytes) -> dict[str, HelpDeskUser]:
    """Return the users of an export: JSON Lines, one array, or an object with `users`.

    Raises:
        Flaw: IMP-041, the list cannot be read.
    """
    try:
        text = data.decode("utf-8-sig")
        return _users(_user_objects(text))
    except (ValueError, RecursionError, Flaw):
        raise Flaw("IMP-041") from None


def _user_objects(text: str) -> list[Any]:
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    if isinstance(whole, dict) and isinstance(whole.get("users"), list):
        whole = whole["users"]
    return whole if isinstance(whole, list) else [whole]


def _users(values: Iterable[Any]) -> dict[str, HelpDeskUser]:
    users = {}
    for value in values:
        inner = value.get("user", value) if isinstance(value, dict) else None
        if not isinstance(inner, dict) or _key(inner.get("id")) is None:
            raise Flaw("IMP-041")
        user_id = _key(inner["id"]) or ""
        name = inner.get("name")
        users[user_id] = HelpDeskUser(
            id=user_id,
            name=name.strip() or None if isinstance(name, str) else None,
            role=ROLES.get(str(inner.get("role", "")).casefold(), "customer"),
            is_active=inner.get("active") is not False
            and not inner.get("permanently_deleted")
            and name != "Permanently deleted user",
        )
    return users


def _conversation(value: Any, options: FormatOptions) -> NeutralConversation:
    if not isinstance(value, dict):
        raise Flaw("IMP-016", expected="object")
    ticket = value["ticket"] if isinstance(value.get("ticket"), dict) else value
    ticket_id = _key(ticket.get("id"))
    if ticket_id is None:
        raise Flaw("IMP-015", "id")
    comments = ticket.get("comments", value.get("comments"))
    if isinstance(comments, dict):  # as the comments' own endpoint wraps them
        comments = comments.get("comments")
    if comments is not None and not isinstance(comments, list):
        raise Flaw("IMP-016", "comments", expected="array")
    if ticket.get("status") == DELETED or ticket.get("deleted_at"):
        raise Flaw("IMP-040", "status")
    sideloaded = value.get("users", ticket.get("users"))
    users = {**options.users, **(_users(sideloaded) if isinstance(sideloaded, list) else {})}
    people = _People(ticket, users)
    return NeutralConversation(
        id=ticket_id,
        channel=CHANNEL_OF.get(_via(ticket), options.channel or "email"),
        turns=tuple(_turns(ticket, comments or [], people)),
        language=options.language,
        agent=people.name(_key(ticket.get("assignee_id"))),
        customer=people.name(people.requester) or people.requester,
        started_at=_at(ticket.get("created_at"), "created_at"),
        csat=_csat(ticket.get("satisfaction_rating")),
        tags=tuple(str(tag) for tag in _list(ticket.get("tags")) if isinstance(tag, str | int)),
        metadata=_metadata(ticket),
    )


class _People:
    """Who is who in one ticket."""

    def __init__(self, ticket: Mapping[str, Any], users: Mapping[str, HelpDeskUser]) -> None:
        self.users = users
        self.requester = _key(ticket.get("requester_id"))
        self.assignee = _key(ticket.get("assignee_id"))
        others = [*_list(ticket.get("collaborator_ids")), *_list(ticket.get("email_cc_ids"))]
        self.copied = {_key(other) for other in others}

    def name(self, user_id: str | None) -> str | None:
        """Return a person's name; a placeholder of a deleted one is no name."""
        user = self.users.get(user_id or "")
        if user is None or (not user.is_active and user.name == "Permanently deleted user"):
            return None
        return user.name

    def role(self, user_id: str | None) -> str:
        """Return customer or agent.

        Zendesk turns an agent into an end user before deleting the account, so a closed account
        that neither asked nor was copied in is taken for a former agent; so is an unknown one.
        """
        if user_id == self.requester:
            return "customer"
        user = self.users.get(user_id or "")
        if user is not None and user.role == "agent":
            return "agent"
        if user is not None and user.is_active:
            return "customer"
        return "customer" if user_id in self.copied and user_id != self.assignee else "agent"


def _turns(
    ticket: Mapping[str, Any], comments: list[Any], people: _People
) -> Iterator[NeutralTurn]:
    turns = [_turn(comment, f"comments[{i}]", people) for i, comment in enumerate(comments)]
    turns = [turn for turn in turns if turn.text]
    if not comments and isinstance(ticket.get("description"), str):
        check_characters(ticket["description"], "description")
        text = text_of(ticket["description"])
        at = _at(ticket.get("created_at"), "created_at")
        turns = [NeutralTurn("customer", text, at, people.name(people.requester))] if text else []
    if all(turn.at is not None for turn in turns):
        turns.sort(key=lambda turn: turn.at or datetime.min)  # noqa: DTZ901 -- none is None here
    return iter(turns)


def _turn(comment: Any, path: str, people: _People) -> NeutralTurn:
    if not isinstance(comment, dict):
        raise Flaw("IMP-016", path, expected="object")
    author = _key(comment.get("author_id"))
    speaker = _speaker(comment, author, people)
    return NeutralTurn(
        speaker=speaker,
        text=_body(comment, path),
        at=_at(comment.get("created_at"), f"{path}.created_at"),
        author=people.name(author) if speaker in {"agent", "note", "customer"} else None,
    )


def _speaker(comment: Mapping[str, Any], author: str | None, people: _People) -> str:
    if comment.get("public") is False:
        return "note"
    via = _via(comment)
    if via in BOT_VIAS:
        return "bot"
    is_event = str(comment.get("type", "Comment")) not in {
        "Comment",
        "VoiceComment",
        "TpeVoiceComment",
    }
    if author is None or author.startswith("-") or author == "0" or via in SYSTEM_VIAS or is_event:
        return "system"
    return people.role(author)


def _body(comment: Mapping[str, Any], path: str) -> str:
    for name in ("html_body", "plain_body", "body"):
        body = comment.get(name)
        if body is None:
            continue
        if not isinstance(body, str):
            raise Flaw("IMP-016", f"{path}.{name}", expected="string")
        check_characters(body, f"{path}.{name}")
        text = html_text(body) if name == "html_body" else text_of(body)
        if text:
            return text
    return ""


def _via(value: Mapping[str, Any]) -> str:
    via = value.get("via")
    channel = via.get("channel") if isinstance(via, dict) else via
    return str(channel).casefold().replace(" ", "_") if channel is not None else ""


def _csat(rating: Any) -> float | None:
    score = rating.get("score") if isinstance(rating, dict) else rating
    if isinstance(score, str) and not (score.isascii() and score.isdigit()):
        return SATISFACTION.get(score.casefold())
    if isinstance(score, bool) or not isinstance(score, str | int | float):
        return None
    number = float(score) if isinstance(score, str) else score
    return number if 1 <= number <= 5 else None


def _metadata(ticket: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what says what the ticket was about; drop addresses, places and devices."""
    kept = {
        name: value.strip()
        for name in ("subject", "status", "priority", "type")
        if isinstance(value := ticket.get(name), str) and value.strip()
    }
    rating = ticket.get("satisfaction_rating")
    if isinstance(rating, dict) and isinstance(rating.get("comment"), str) and rating["comment"]:
        kept["satisfaction_comment"] = rating["comment"]
    return kept


def _at(value: Any, field: str) -> datetime | None:
    if value is None:
        return None
    at = iso_moment(value) if isinstance(value, str) else None
    if at is None:
        raise Flaw("IMP-012", field, value="…")
    return at


def _key(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value).strip() or None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
