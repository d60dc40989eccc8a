from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from service.language import CURRENT
from service.web.rendering import spoken


def test_masks_become_chips_and_markup_stays_text() -> None:
    shown = spoken("Mail [EMAIL] <img src=x onerror=alert(1)>\nthanks")

    assert shown == (
        'Mail <span class="masked">e-mail address</span> &lt;img src=x onerror=alert(1)&gt;'
        "<br>thanks"
    )


def test_a_mask_is_called_in_the_readers_language() -> None:
    before = CURRENT.set("ru")
    try:
        assert spoken("[SNILS]") == '<span class="masked">СНИЛС</span>'
    finally:
        CURRENT.reset(before)


def test_an_invisible_character_gets_a_marker() -> None:
    assert 'title="right-to-left override"' in spoken("pay\u202epal")


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=80))
def test_visible_text_without_masks_is_only_escaped(text: str) -> None:
    if "[" not in text:
        assert spoken(text) == str(escape(text))
