"""Beta and Student's t against SciPy, which the product itself does not need."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from service.insights.distributions import beta_cdf, beta_quantile, t_cdf, t_quantile

parameters = st.floats(0.3, 3000)


@settings(max_examples=50)
@given(st.floats(0, 1), parameters, parameters)
def test_the_beta_distribution_agrees_with_scipy(x: float, a: float, b: float) -> None:
    assert beta_cdf(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), abs=1e-9)


@settings(max_examples=50)
@given(st.floats(0.001, 0.999), st.floats(0.5, 500), st.floats(0.5, 500))
def test_a_beta_quantile_cuts_off_its_share(share: float, a: float, b: float) -> None:
    assert beta_cdf(beta_quantile(share, a, b), a, b) == pytest.approx(share, abs=1e-6)


def test_quantiles_of_student_are_those_of_the_printed_table() -> None:
    table = {1: 12.706, 2: 4.303, 5: 2.571, 9: 2.262, 30: 2.042, 120: 1.980}

    assert {df: round(t_quantile(0.975, df), 3) for df in table} == table
    assert t_quantile(0.025, 9) == -t_quantile(0.975, 9)


@settings(max_examples=50)
@given(st.floats(-40, 40), st.floats(0.5, 5000))
def test_student_agrees_with_scipy(t: float, df: float) -> None:
    assert t_cdf(t, df) == pytest.approx(stats.t.cdf(t, df), abs=1e-9)


def test_outside_of_0_to_1_there_is_nothing() -> None:
    assert (beta_cdf(-1, 2, 3), beta_cdf(0, 2, 3), beta_cdf(1, 2, 3)) == (0, 0, 1)
    with pytest.raises(ValueError, match="parameters above 0"):
        beta_cdf(0.5, 0, 1)
