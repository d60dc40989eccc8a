"""Which reviews become a case."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.cases.tables import Case
from service.review import actions
from service.scoring.tables import ScoringRun
from tests.service.review.acts import LIMIT, opened, person


@pytest.mark.parametrize(
    ("value", "resolved", "expected"),
    [("pass", "yes", 1), ("partial", "yes", 0), (None, "yes", 0), ("pass", "partly", 0)],
)
def test_a_confirmed_solution_of_a_resolved_conversation_becomes_a_case(
    db: Session, value: str | None, resolved: str, expected: int
) -> None:
    ada = person(db)
    review = opened(db, ada)
    db.get_one(ScoringRun, review.run_id).resolved = resolved
    actions.rate(db, review, "plan", principal=ada, **LIMIT)
    if value:
        actions.rate(db, review, "solution", principal=ada, value=value, **LIMIT)

    actions.submit(db, review.id, principal=ada, version=1, unsure_below=0.8)

    cases = list(db.scalars(select(Case)))
    assert len(cases) == expected
    assert [case.approved_by for case in cases] == [ada.id] * expected
