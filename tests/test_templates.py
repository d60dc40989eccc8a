"""Templates: escaped, without inline script or style, in one environment."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "service" / "templates"
TEMPLATES = sorted(
    path for path in FOLDER.rglob("*") if path.is_file() and path.name != "README.md"
)
FORBIDDEN = {
    "lets markup through": re.compile(r"\|\s*safe\b|\bMarkup\b|autoescape\s+false"),
    "an inline script": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE
    ),
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=(?!=)", re.IGNORECASE),
    "an evaluating attribute": re.compile(
        r"\bhx-(on|vals|vars|headers)\b\s*[:=]\s*[\"']js:|hx-on", re.IGNORECASE
    ),
    "an address elsewhere": re.compile(
        r"(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//", re.IGNORECASE
    ),
    "an unquoted value": re.compile(r"<[^>]*\s[\w-]+=\{\{"),
}


def name(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


def test_there_are_templates_and_all_are_html() -> None:
    assert len(TEMPLATES) > 20
    assert [name(path) for path in TEMPLATES if path.suffix != ".html"] == []


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_has(what: str) -> None:
    found = [
        (name(path), match.group())
        for path in TEMPLATES
        if (
            match := FORBIDDEN[what].search(
                re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
            )
        )
    ]

    assert found == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("lets markup through", "{{ text | safe }}"),
        ("an inline script", "<script>go()</script>"),
        ("an inline style", '<p class="a" style="color: red">'),
        ("an inline handler", '<a href="/" onclick="go()">'),
        ("an evaluating attribute", '<p hx-on:click="go()">'),
        ("an address elsewhere", '<img src="https://tracker.example/x.png">'),
        ("an unquoted value", "<p title={{ title }}>"),
    ],
)
def test_what_is_forbidden_would_be_found(what: str, text: str) -> None:
    assert FORBIDDEN[what].search(text)


def test_every_module_script_carries_its_integrity() -> None:
    scripts = [
        script
        for path in TEMPLATES
        for script in re.findall(r"<script\b[^>]*\bsrc=[^>]*>", path.read_text())
    ]

    assert scripts != []
    assert [script for script in scripts if "integrity=" not in script] == []


def test_there_is_one_environment_and_it_escapes() -> None:
    made = re.compile(
        r"(?<![\w.])(?:jinja2\.)?(?:SandboxedEnvironment|NativeEnvironment|Environment|Template)\("
    )
    makers = [
        path.relative_to(ROOT).as_posix()
        for package in ("service", "models", "prompts", "eval")
        for path in (ROOT / package).rglob("*.py")
        if made.search(path.read_text("utf-8"))
    ]
    pages = [path for path in makers if path.startswith("service/")]

    from service.web.rendering import environment

    assert pages == ["service/web/rendering.py"]
    assert environment().autoescape is True
