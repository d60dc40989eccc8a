import pytest

from eval.__main__ import PARTS, PRODUCT, main
from eval.report import RESULTS


def test_an_unknown_part_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["rubrik"])

    assert stop.value.code == 2
    assert "there is no part 'rubrik'; there are rubric, sentiment" in capsys.readouterr().err


def test_the_results_page_has_a_place_for_every_part() -> None:
    page = RESULTS.read_text("utf-8")

    for part in (*PARTS, *PRODUCT):
        assert f"<!-- {part} -->" in page
        assert f"<!-- end {part} -->" in page
