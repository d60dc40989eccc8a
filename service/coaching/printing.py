"""The agenda as a PDF, made without any request to anywhere."""

from importlib.resources import files

import structlog

LOG = structlog.get_logger()
STYLE = "agenda-print.css"


def pdf_of(html: str) -> bytes | None:
    """Return a page as PDF; None where this machine lacks what draws text (Pango).

    Args:
        html: a page of our own, complete in itself.
    """
    try:
        from weasyprint import CSS, HTML  # noqa: PLC0415 -- 0.5 s, and it may not load at all
    except OSError as error:
        LOG.warning("pdf.unavailable", kind=type(error).__name__)
        return None
    style = files("service").joinpath("static", STYLE).read_text("utf-8")
    page = HTML(string=html, url_fetcher=_fetch_nothing)
    drawn = page.write_pdf(stylesheets=[CSS(string=style)], pdf_variant="pdf/ua-1")
    return bytes(drawn)


def _fetch_nothing(url: str, *_args: object, **_more: object) -> dict[str, object]:
    raise ValueError(f"the agenda is complete in itself and asks for nothing: {url[:40]}")
