import pytest

from service.scoring.rules import Proposal, needs_eyes, reasons


@pytest.mark.parametrize(
    ("value", "confidence", "p_fail", "is_critical", "expected"),
    [
        ("pass", 0.95, 0.01, False, ()),
        ("pass", 0.95, 0.01, True, ()),
        ("pass", 0.8, 0.1, False, ()),
        ("pass", 0.79, 0.1, False, ("unsure",)),
        ("fail", 0.95, 0.95, False, ("fail",)),
        ("fail", 0.95, 0.95, True, ("critical", "fail")),
        ("pass", 0.7, 0.2, True, ("critical", "unsure")),
        ("pass", 0.85, 0.19, True, ()),
        ("na", 0.5, 0.1, False, ("unsure",)),
    ],
)
def test_reasons_to_look(
    value: str, confidence: float, p_fail: float, is_critical: bool, expected: tuple[str, ...]
) -> None:
    proposal = Proposal("empathy", value, confidence, p_fail)

    assert reasons(proposal, is_critical=is_critical, unsure_below=0.8) == expected


def test_only_what_calls_for_a_person_is_named_in_the_order_given() -> None:
    proposals = [
        Proposal("plan", "fail", 0.99, 0.99),
        Proposal("clarity", "pass", 0.99, 0.0),
        Proposal("data_protection", "pass", 0.81, 0.19),
        Proposal("empathy", "partial", 0.4, 0.3),
    ]

    found = needs_eyes(proposals, critical={"data_protection"}, unsure_below=0.8)

    assert found == ("plan", "empathy")
