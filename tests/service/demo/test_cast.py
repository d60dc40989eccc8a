from datetime import UTC, datetime, timedelta

from prompts.library import load_scorecard
from service.conversations.neutral import NeutralConversation
from service.conversations.validation import conversation_of
from service.demo.cast import WEEKS, agents, conversations, gender_of, is_pinned, people, rated

NOW = datetime(2026, 5, 14, 12, tzinfo=UTC)


def test_the_demo_has_the_development_data_and_over_a_hundred_of_its_own() -> None:
    rows = list(conversations(NOW))

    own = [row["id"] for row in rows if row["id"].startswith("demo-")]
    assert len({row["id"] for row in rows}) == len(rows) == 221
    assert len(own) == 108
    assert {row["language"] for row in rows} == {"en", "pl", "ru"}
    assert {row["channel"] for row in rows} == {"chat", "email", "call", "social", "review"}


def test_every_conversation_of_the_demo_can_be_imported() -> None:
    taken = [conversation_of(row, row=n) for n, row in enumerate(conversations(NOW), start=1)]

    assert {type(record) for record in taken} == {NeutralConversation}


def test_the_same_conversation_gets_the_same_agent_and_time_each_time() -> None:
    assert list(conversations(NOW)) == list(conversations(NOW))


def test_times_are_in_the_last_weeks_in_working_hours_and_go_forward() -> None:
    for row in conversations(NOW):
        start = datetime.fromisoformat(row["started_at"])
        times = [datetime.fromisoformat(turn["at"]) for turn in row["turns"]]
        assert NOW - timedelta(weeks=WEEKS + 1) < start < NOW
        assert start.weekday() < 5
        assert 8 <= start.hour < 18
        assert times == sorted(times)


def test_an_agent_speaks_the_language_and_their_name_fits_the_verbs() -> None:
    by_name = {agent.name: agent for agent in agents()}
    for row in conversations(NOW):
        agent = by_name[row["agent"]]
        said = " ".join(turn["text"] for turn in row["turns"] if turn["speaker"] == "agent")
        assert agent.language == row["language"]
        assert gender_of(said) in {None, agent.gender}


def test_verbs_tell_a_gender_in_polish_and_russian_alone() -> None:
    assert gender_of("Sprawdziłam zamówienie i wysłałam nową etykietę.") == "f"
    assert gender_of("Sprawdziłem zamówienie.") == "m"
    assert gender_of("Я проверила заказ.") == "f"
    assert gender_of("Я проверил заказ.") == "m"
    assert gender_of("I checked the order.") is None


def test_there_is_one_of_each_role_to_sign_in_as() -> None:
    assert {person.role for person in people()} == {"reviewer", "mentor", "lead", "agent", "admin"}
    assert len({person.email for person in people()}) == len(people())


def test_the_ratings_belong_to_conversations_of_the_demo() -> None:
    ids = {row["id"] for row in conversations(NOW)}

    assert set(rated()) <= ids
    assert len(rated()) == 113


def test_what_is_pinned_is_on_the_scorecard() -> None:
    found = {
        (criterion.key, value)
        for criterion in load_scorecard("standard-12/1").criteria
        for value in criterion.levels
        if is_pinned(criterion.key, value)
    }

    assert found == {
        ("empathy", "pass"),
        ("solution", "pass"),
        ("plan", "fail"),
        ("closing", "fail"),
        ("understanding", "fail"),
    }
