"""The words of the import and conversation pages, marked for translation."""

from collections.abc import Mapping

from service.conversations.language import UNSURE
from service.conversations.tables import Conversation
from service.errors import N_

FORMAT_NAMES: Mapping[str, str] = {
    "neutral": N_("JSON Lines, one conversation a line"),
    "csv": N_("CSV with a header"),
    "xlsx": N_("Excel workbook"),
    "zendesk": N_("Zendesk tickets with comments"),
    "webvtt": N_("WebVTT transcript"),
    "srt": N_("SRT transcript"),
}
ENCODING_NAMES: Mapping[str, str] = {
    "utf-8": "UTF-8",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "koi8-r": "KOI8-R",
    "utf-16": "UTF-16",
}
STATE_NAMES: Mapping[str, str] = {
    "waiting": N_("Waiting"),
    "mapping": N_("Columns to choose"),
    "running": N_("Reading"),
    "done": N_("Done"),
    "failed": N_("Stopped"),
}
FIELD_NAMES: Mapping[str, str] = {
    "id": N_("conversation id"),
    "channel": N_("channel"),
    "language": N_("language"),
    "domain": N_("line of business"),
    "agent": N_("agent"),
    "customer": N_("customer, stored as a digest"),
    "started_at": N_("start of the conversation"),
    "csat": N_("satisfaction, 1 to 5"),
    "tags": N_("tags"),
    "speaker": N_("turn: who speaks"),
    "author": N_("turn: the agent's name"),
    "text": N_("turn: text"),
    "at": N_("turn: time"),
    "transcript": N_("whole conversation in one cell"),
    "customer_text": N_("what the customer wrote"),
    "agent_text": N_("what the agent answered"),
}
NOT_SCORED: Mapping[str, str] = {
    "language": N_("Language is not scored"),
    "no_customer": N_("No customer turn, so no language could be told"),
    "no_agent": N_("No agent spoke"),
    "empty": N_("Empty"),
}


def why_not_scored(conversation: Conversation) -> str | None:
    """Return why no criterion of a conversation is rated, marked for translation; None: it is.

    Where the customer said nothing, no language is known: that is told rather than its effect.
    """
    reason = conversation.not_scored
    if reason is None:
        return None
    is_silent = conversation.language == UNSURE and not conversation.opening.strip()
    return NOT_SCORED["no_customer" if reason == "language" and is_silent else reason]
