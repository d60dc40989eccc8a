"""A data file that is wrong says so when it is read, not when it is shown."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from prompts.library import load_scorecard
from prompts.schema import Scorecard

Change = Callable[[dict[str, Any]], object]


def scorecard_as_written() -> dict[str, Any]:
    """Return the fields of Standard 12 as they stand in its file."""
    scorecard = load_scorecard("standard-12/1")
    return scorecard.model_dump(mode="json", by_alias=True, exclude_none=True)


def test_the_fields_of_a_scorecard_make_the_same_scorecard() -> None:
    assert Scorecard.model_validate(scorecard_as_written()) == load_scorecard("standard-12/1")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda s: s.update(wieght=1), "Extra inputs are not permitted"),
        (lambda s: s["criteria"][0].update(is_critical=True), "Extra inputs are not permitted"),
        (lambda s: s["criteria"][0]["names"].pop("ru"), "Field required"),
        (lambda s: s["criteria"][0]["names"].update(pl="  "), "at least 1 character"),
        (lambda s: s["criteria"][0].update(weight=0), "greater than 0"),
        (lambda s: s["criteria"][0].update(number=2), "numbered 1, 2, … in order"),
        (lambda s: s["criteria"][0].update(key="plan"), "stand once, not twice: plan"),
        (
            lambda s: s["criteria"][0].update(default_root_cause="fate"),
            "“fate” is not a root cause",
        ),
        (lambda s: s["criteria"][0]["definitions"].pop("na"), "“greeting” has the levels"),
        (lambda s: s["criteria"][10]["levels"].insert(1, "partial"), "“data_protection” has"),
        (lambda s: s["root_causes"].append(s["root_causes"][0]), "twice: agent_skill"),
        (
            lambda s: s["correction_reasons"].append(s["correction_reasons"][0]),
            "twice: evidence_missed",
        ),
        (lambda s: s.update(criteria=[]), "at least 1 item"),
    ],
)
def test_a_wrong_scorecard_is_refused(change: Change, complaint: str) -> None:
    written = scorecard_as_written()
    change(written)

    with pytest.raises(ValidationError, match=complaint):
        Scorecard.model_validate(written)


def test_a_scorecard_cannot_be_changed_once_read() -> None:
    scorecard = load_scorecard("standard-12/1")

    with pytest.raises(ValidationError, match="frozen"):
        scorecard.enough_weight = 0  # type: ignore[misc]  # the point of the test
