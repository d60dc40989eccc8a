from pathlib import Path

import pytest

from eval.report import Line, Report, below_floor, read_floors, table, write_results
from models.metrics import Estimate


def make_report() -> Report:
    return Report(
        "rubric",
        "tiny/heads-1",
        "dev.jsonl",
        [
            Line("mean kappa", Estimate(0.5, 0.4, 0.6, 113), "conversations"),
            Line("calibration error", Estimate(0.05, 0.04, 0.06, 113), "conversations"),
        ],
    )


def test_a_table_says_what_was_measured_with_what() -> None:
    assert table(make_report()) == (
        "`python -m eval rubric` on `dev.jsonl`, model tiny/heads-1\n"
        "\n"
        "| measure | value | 95 % interval | n |\n"
        "|---|---|---|---|\n"
        "| mean kappa | 0.500 | 0.400 to 0.600 | 113 conversations |\n"
        "| calibration error | 0.050 | 0.040 to 0.060 | 113 conversations |\n"
    )


@pytest.mark.parametrize(
    ("floors", "failures"),
    [
        ({}, []),
        ({"rubric/mean kappa": 0.5, "rubric/calibration error": 0.05}, []),
        ({"rubric/mean kappa": 0.51}, ["rubric: mean kappa is 0.500, below 0.51"]),
        (
            {"rubric/calibration error": 0.04},
            ["rubric: calibration error is 0.050, above 0.04"],
        ),
        ({"sentiment/mean kappa": 0.9}, []),
    ],
)
def test_a_number_below_its_floor_is_said(floors: dict[str, float], failures: list[str]) -> None:
    assert below_floor(make_report(), floors) == failures


def test_the_shipped_floors_name_parts_that_exist() -> None:
    parts = {name.partition("/")[0] for name in read_floors()}

    assert parts == {"rubric", "sentiment", "retrieval", "calibration"}


def test_results_are_written_between_their_marks(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("a\n<!-- x -->\nold\n<!-- end x -->\nb\n")

    write_results("x", "new\n", page)
    write_results("x", "newer\n", page)

    assert page.read_text() == "a\n<!-- x -->\nnewer\n<!-- end x -->\nb\n"
    with pytest.raises(ValueError, match="no place for y"):
        write_results("y", "new\n", page)
