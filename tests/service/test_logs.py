"""A fault is told by its kind and place; what somebody wrote is not."""

import sys

import pytest
import structlog

from service.logs import configure, fault_text, tell_fault


def fault(kind: type[Exception], words: str) -> Exception:
    try:
        try:
            raise KeyError(words)
        except KeyError as cause:
            raise kind(words) from cause
    except Exception as error:  # noqa: BLE001 -- whichever it is
        return error


def test_a_fault_is_told_without_the_words_it_quotes() -> None:
    text = fault_text(fault(ValueError, "canary"))

    assert "canary" not in text
    assert 'test_logs.py", line' in text
    assert text.splitlines()[-1] == "KeyError"
    assert "ValueError\ncame of:\n" in text


def test_what_names_only_code_is_told() -> None:
    assert "AttributeError: no attribute x\n" in fault_text(fault(AttributeError, "no attribute x"))


def test_an_error_that_comes_of_itself_ends() -> None:
    error = ValueError()
    error.__cause__ = error

    assert fault_text(error) == "ValueError\ncame of:"


@pytest.mark.parametrize("is_given", [True, False])
def test_a_line_takes_the_error_it_is_given_or_the_one_at_hand(is_given: bool) -> None:
    try:
        raise ValueError
    except ValueError as error:
        line = tell_fault(None, "error", {"event": "x", "exc_info": error if is_given else True})

    assert set(line) == {"event", "exception"}
    assert line["exception"].endswith("ValueError")
    assert sys.exc_info() == (None, None, None)


def test_a_line_without_an_error_stays_as_it_is() -> None:
    assert tell_fault(None, "info", {"event": "x", "n": 1}) == {"event": "x", "n": 1}


def test_a_fault_is_logged_without_what_variables_held(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    try:
        quoted = "can" + "ary"
        raise ValueError(quoted)
    except ValueError:
        structlog.get_logger().exception("request.failed", route="show_queue")

    out, err = capsys.readouterr()
    assert out == ""
    assert "canary" not in err
    assert "request.failed" in err
    assert "route=show_queue" in err
    assert err.rstrip().endswith("ValueError")
