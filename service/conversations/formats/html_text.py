"""The text of an HTML body, as a reader would see it; nothing of its markup."""

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from service.conversations.rules import words

SILENT = frozenset({"script", "style", "head", "title", "template", "noscript"})
BLOCKS = words(
    "address article aside blockquote body dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol p pre section table td th tr ul"
)
MARKUP = re.compile(
    r"</?(?:p|div|br|span|a|b|i|strong|em|ul|li|html|body|table|img)\b[^<>]*>", re.IGNORECASE
)
SPACES = re.compile(r"[ \t\r\n\f\u200b]+")
LINES = re.compile(r" *\n *")
BLANK = re.compile(r"\n{3,}")


def text_of(body: str) -> str:
    """Return the plain text of a body, which is HTML if it looks like it."""
    if MARKUP.search(body):
        return html_text(body)
    return unescape(body).replace("\u00a0", " ").strip() if "&" in body else body.strip()


def html_text(body: str) -> str:
    """Return the visible text of HTML: blocks on lines of their own, list items with a dash."""
    root = LexborHTMLParser(body).body
    parts: list[str] = []
    if root is not None:
        _collect(root, parts)
    text = LINES.sub("\n", "".join(parts).replace("\u00a0", " "))
    return BLANK.sub("\n\n", text).strip()


def _collect(root: LexborNode, parts: list[str]) -> None:
    """Walk the tree without recursion: hostile mail nests thousands of levels."""
    waiting: list[LexborNode | str] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            parts.append(node)
            continue
        name = node.tag
        if name == "-text":
            parts.append(SPACES.sub(" ", node.text_content or ""))
            continue
        if name in SILENT:
            continue
        if name == "br":
            parts.append("\n")
            continue
        if name in BLOCKS:
            _break(parts)
            waiting.append("\n")
            if name == "li":
                parts.append("- ")
        children: list[LexborNode | str] = list(node.iter(include_text=True))
        waiting.extend(reversed(children))


def _break(parts: list[str]) -> None:
    if parts and not parts[-1].endswith("\n"):
        parts.append("\n")
