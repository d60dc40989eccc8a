"""The words of a conversation that programs and the database share."""

CHANNELS = ("chat", "email", "call", "social", "review")
SPEAKERS = ("customer", "agent", "bot", "system", "note")
NOT_SCORED = ("language", "no_agent", "empty")  # why no criterion is rated


def words(text: str) -> frozenset[str]:
    """Return the words of a list written as a text."""
    return frozenset(text.split())
