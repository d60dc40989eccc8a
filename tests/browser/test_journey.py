"""The whole way with the real models: a file comes in, an agent reads the agenda made of it."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from service.cases.search import EmbeddedSearch
from service.cases.tables import Case, CaseVector
from service.coaching.tables import AgendaEvidence, AgendaItem, CoachingSession
from service.conversations.tables import Conversation, Import
from service.database import now
from service.identity.queries import principal_of
from service.identity.tables import User
from service.language import translations
from service.review.tables import Pin, QueueItem, Rating, Review
from service.scoring.tables import LatestRun
from service.suggestions.queries import question_of_conversation
from service.suggestions.tables import Suggestion
from tests.browser.installation import CASES_EACH, Site, served, signed_in, until
from tests.browser.review_plan import Plan, plan_of
from tests.browser.stories import STORIES, Cast, Story, cast_of, file_of

pytestmark = [pytest.mark.browser, pytest.mark.weights]

DIGITS = {"pass": "1", "partial": "2", "fail": "3", "na": "0"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    expect.set_options(timeout=15_000)  # as the actions of `watch`
    with served(tmp_path_factory.mktemp("journey")) as site:
        yield site


def upload(page: Page, site: Site, story: Story) -> dict[uuid.UUID, str]:
    """Take a file in; return the conversations that the worker scored, by id."""
    page.goto("/imports")
    name = f"export.{story.language}.jsonl"
    page.locator("#file").set_input_files(
        {"name": name, "mimeType": "application/jsonl", "buffer": file_of(story)}
    )
    page.locator("form[enctype] .button-primary").click()
    page.wait_for_url(re.compile("/imports/[0-9a-f-]{36}$"))
    heading = translations(story.language).gettext("Done")
    expect(page.locator("#import:not([hx-get])")).to_be_visible(timeout=60_000)
    expect(page.locator("#h-reading")).to_have_text(heading)
    expect(page.locator(".tally dd")).to_have_text(["2", "0", "0", "0"])

    def scored(db: Session) -> bool:
        return db.scalar(select(func.count()).select_from(waiting_of(story).subquery())) == 2

    until(site.database, scored)
    with site.database.reading() as db:
        row = db.scalars(select(Import).where(Import.file_name == name)).one()
        assert (row.state, row.imported, row.refused) == ("done", 2, 0)
        made = {one.id: one for one in db.scalars(waiting_of(story))}
        assert {one.external_id for one in made.values()} == set(story.conversations)
        assert {one.language for one in made.values()} == {story.language}
        assert {one.agent_name for one in made.values()} == {story.agent}
    page.goto("/jobs")
    page.locator("main table a").first.click()
    expect(page.locator("#job:not([hx-get])")).to_be_visible()
    return {key: one.external_id for key, one in made.items()}


def waiting_of(story: Story) -> Select[Conversation]:
    return (
        select(Conversation)
        .join(QueueItem, QueueItem.conversation_id == Conversation.id)
        .join(LatestRun, LatestRun.conversation_id == Conversation.id)
        .where(Conversation.agent_name == story.agent, QueueItem.state == "waiting")
        .order_by(QueueItem.priority.desc())
    )


def review_by_keyboard(
    page: Page, site: Site, conversations: dict[uuid.UUID, str], reviewer: User
) -> tuple[uuid.UUID, Plan]:
    """Review the first conversation of the queue and arrive at the next; no mouse."""
    with site.database.reading() as db:
        order = select(QueueItem.conversation_id).where(QueueItem.state == "waiting")
        first, second = db.scalars(
            order.where(QueueItem.conversation_id.in_(conversations)).order_by(
                QueueItem.priority.desc(), QueueItem.conversation_id
            )
        ).all()
        plan = plan_of(db, first)
    expect(page.locator(".queue-row")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews/*")
    review_id = uuid.UUID(page.url.rsplit("/", 1)[-1])
    shows_similar_cases(page, site, first, reviewer)
    for key in plan.keys:
        expect(page.locator(f"[data-criterion={key}]")).to_be_focused()
        pin(page, plan, key)
        page.keyboard.press(DIGITS[plan.corrected[key]] if key in plan.corrected else "Space")
        state = "corrected" if key in plan.corrected else "confirmed"
        expect(page.locator(f"[data-criterion={key}]")).to_have_attribute("data-state", state)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(f"/reviews/(?!{review_id})"))
    expect(page.locator(".case-bar p")).to_contain_text(conversations[second])
    with site.database.reading() as db:
        assert_reviewed(db, review_id, first, plan, reviewer)
        states = {one.conversation_id: one.state for one in db.scalars(select(QueueItem))}
    assert (states[first], states[second]) == ("done", "waiting")
    page.goto("/queue")
    expect(page.locator(".queue-row")).to_have_count(1)
    return review_id, plan


def pin(page: Page, plan: Plan, key: str) -> None:
    """Pin the criterion's evidence, if the plan says so; E walks to the second one."""
    for place in plan.pins:
        if place.key == key:
            for _ in range(place.index and place.index + 1):
                page.keyboard.press("e")
            page.keyboard.press("p" if place == plan.weak else "Shift+P")


def shows_similar_cases(page: Page, site: Site, conversation_id: uuid.UUID, reviewer: User) -> None:
    """What stands beside the transcript is what the search finds, or that it finds nothing."""
    with site.database.reading() as db:
        principal = principal_of(db, db.get_one(User, reviewer.id))
        question = question_of_conversation(db, conversation_id, principal=principal)
        hits = EmbeddedSearch(site.scorer).find(db, question)
        expected = [f"/cases/{hit.case.id}" for hit in hits]
    nothing = translations(reviewer.language or "en").gettext("No reliable case.")
    expect(page.locator("#similar .case, #similar b").first).to_be_visible()
    links = page.locator("#similar .case-title a")
    assert [link.get_attribute("href") for link in links.all()] == expected
    expect(page.locator("#similar b").filter(has_text=nothing)).to_have_count(0 if expected else 1)


def assert_reviewed(
    db: Session, review_id: uuid.UUID, conversation_id: uuid.UUID, plan: Plan, reviewer: User
) -> None:
    review = db.get_one(Review, review_id)
    assert (review.conversation_id, review.reviewer_id) == (conversation_id, reviewer.id)
    assert review.state == "submitted"
    ratings = db.scalars(select(Rating).where(Rating.review_id == review_id)).all()
    assert {one.criterion: (one.value, one.decision) for one in ratings} == plan.decided()
    assert len(ratings) == len(plan.keys)
    pins = db.scalars(select(Pin).where(Pin.review_id == review_id)).all()
    assert {(one.criterion, one.position, one.is_praise) for one in pins} == {
        (place.key, place.position, place != plan.weak) for place in plan.pins
    }


def announce(page: Page, site: Site, cast: Cast, review_id: uuid.UUID, plan: Plan) -> uuid.UUID:
    """Prepare, plan and announce the agenda; return its session."""
    page.locator("main th a", has_text=cast.agent.name).click()
    page.locator("form[action$='/prepare'] button").click()
    page.wait_for_url("**/coaching/sessions/*")
    session_id = uuid.UUID(page.url.rsplit("/", 1)[-1])
    page.locator("#day").fill((now() + timedelta(days=3)).date().isoformat())
    page.locator("#time").fill("10:00")
    page.locator("button[formaction$='/announce']").click()
    expect(page.locator("button[formaction$='/hold']")).to_be_visible()
    places = [f"/reviews/{review_id}#turn-{place.position + 1}" for place in plan.pins]
    links = page.locator("article.agenda a[href*='#turn-']")
    assert [link.get_attribute("href") for link in links.all()] == places
    assert_only_decided(page, plan)
    with site.database.reading() as db:
        session = db.get_one(CoachingSession, session_id)
        assert (session.agent_id, session.mentor_id) == (cast.agent.id, cast.mentor.id)
        assert (session.state, session.announcements) == ("announced", 1)
        assert_drafted(db, session_id, review_id, plan)
    return session_id


def assert_drafted(db: Session, session_id: uuid.UUID, review_id: uuid.UUID, plan: Plan) -> None:
    rows = db.execute(
        select(AgendaItem.kind, AgendaItem.key, AgendaEvidence, Rating.value)
        .join(AgendaEvidence, AgendaEvidence.item_id == AgendaItem.id, isouter=True)
        .join(Rating, Rating.id == AgendaEvidence.rating_id, isouter=True)
        .where(AgendaItem.session_id == session_id)
        .order_by(AgendaItem.position)
    ).all()
    kinds = [row.kind for row in rows]
    assert kinds == ["gap", "praise", "praise", *["standing"] * 5, *["question"] * 2]
    shown = [
        (row.key, row.AgendaEvidence.review_id, row.AgendaEvidence.position, row.value)
        for row in rows[:3]
    ]
    assert shown == [
        (place.key, review_id, place.position, plan.decided()[place.key][0]) for place in plan.pins
    ]


def assert_only_decided(page: Page, plan: Plan) -> None:
    """Each value that stands on the agenda is one that the reviewer decided."""
    shown = page.locator("article.agenda .level")
    found = [
        re.sub(r".*level-(\w+).*", r"\1", one.get_attribute("class") or "") for one in shown.all()
    ]
    values = [plan.decided()[place.key][0] for place in plan.pins]
    assert found == [value for value in values[:1] if value in ("partial", "fail")] + values[1:]
    expect(page.locator("article.agenda .is-auto")).to_have_count(0)


def read_and_answer(page: Page, site: Site, story: Story, session_id: uuid.UUID) -> None:
    """The agent adds a topic to the announced agenda and acknowledges it."""
    expect(page.locator(f"main a[href='/coaching/sessions/{session_id}']").first).to_be_visible()
    page.locator("#topic-1").fill(story.topic)
    page.locator("#topic-1").press("Enter")
    page.wait_for_url(f"**/coaching/sessions/{session_id}")
    expect(page.locator("article.agenda .question", has_text=story.topic)).to_be_visible()
    page.locator("form[action$='/acknowledge'] button").click()
    expect(page.locator("form[action$='/acknowledge']")).to_have_count(0)
    with site.database.reading() as db:
        session = db.get_one(CoachingSession, session_id)
        assert session.acknowledged_at is not None
        topic = db.scalars(
            select(AgendaItem).where(
                AgendaItem.session_id == session_id, AgendaItem.kind == "agent_topic"
            )
        ).one()
        assert (topic.body, topic.by) == (story.topic, session.agent_id)


def find_an_answer(page: Page, site: Site, story: Story, agent: User) -> None:
    """The agent asks and copies a draft, by keyboard."""
    page.goto("/answers")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "question":
            break
    page.keyboard.type(story.question)
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-answer='1']")).to_be_visible()
    page.keyboard.press("Tab")  # out of the text, where digits are digits
    page.keyboard.press("1")
    expect(page.locator("[data-answer='1']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#said-1 .state-done")).to_be_visible()
    with site.database.reading() as db:
        taken = db.scalars(select(Suggestion).where(Suggestion.user_id == agent.id)).one()
        case = db.get_one(Case, taken.case_id)
        assert (case.external_id, taken.outcome, taken.reason) == (story.answer, "copied", None)
    assert page.evaluate("navigator.clipboard.readText()") == case.solution


@pytest.mark.parametrize("story", STORIES, ids=[story.language for story in STORIES])
def test_the_whole_way(site: Site, chromium: Browser, story: Story) -> None:
    with site.database.writing() as db:
        cast = cast_of(db, story)

    with signed_in(chromium, site, cast.lead, "/queue") as page:
        conversations = upload(page, site, story)
    until(site.database, lambda db: count(db, CaseVector) >= CASES_EACH * len(STORIES))
    with signed_in(chromium, site, cast.reviewer, "/queue") as page:
        review_id, plan = review_by_keyboard(page, site, conversations, cast.reviewer)
    with signed_in(chromium, site, cast.mentor, "/coaching") as page:
        session_id = announce(page, site, cast, review_id, plan)
    with signed_in(chromium, site, cast.agent, "/me") as page:
        read_and_answer(page, site, story, session_id)
        find_an_answer(page, site, story, cast.agent)


def count(db: Session, table: type[CaseVector]) -> int:
    return db.scalar(select(func.count()).select_from(table)) or 0
