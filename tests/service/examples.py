"""A request that succeeds for every route: what the walks over all routes call."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.factories import CRITERIA
from tests.service.world import PASSWORD, World

FormOf = Callable[[World, str], Mapping[str, Any]]


@dataclass(frozen=True)
class Example:
    """One request.

    Args:
        path: values of the path's parameters that are no object ids.
        form: of a mutating route, for a world and a role.
        status: of a success; a page is 200, a form 303.
        is_told: whether a success of a mutating route leaves an audit row.
        query: of the address.
    """

    path: Mapping[str, str] = field(default_factory=dict)
    form: FormOf | None = None
    status: int = 200
    is_told: bool = True
    query: str = ""


def form(status: int = 303, *, path: Mapping[str, str] | None = None, **fields: Any) -> Example:
    """Return an example of a form with fixed fields."""
    return Example(path or {}, lambda _world, _role: fields, status)


GREETING = {"criterion": "greeting"}
LETTERS = {"token": "no-such-token"}
EXAMPLES: dict[str, Example] = {
    # the house
    "static": Example({"path": "favicon.svg"}),
    "healthz": Example(),
    "readyz": Example(),
    "home": Example(status=303),
    # identity
    "show_sign_in": Example(status=303),  # somebody who is signed in goes on
    "sign_in": Example(
        form=lambda _world, role: {"email": f"{role}@own.example", "password": PASSWORD},
        status=303,
    ),
    "sign_out": form(),
    "save_preferences": form(language="pl", back="/settings"),
    "show_settings": Example(),
    "save_settings": form(language="ru", theme="dark", time_zone="Europe/Warsaw"),
    "save_password": form(old=PASSWORD, new="another horse battery"),
    "show_setup": Example(status=404),  # somebody can sign in: there is no such page any more
    "make_first_admin": form(404, token="x", name="A", email="a@b.example", password=PASSWORD),
    "show_reset": Example(LETTERS, status=404),
    "save_reset": form(404, path=LETTERS, password=PASSWORD),
    "list_people": Example(),
    "show_new_person": Example(),
    "add_person": form(200, name="New", email="new@own.example", role="mentor"),
    "show_person": Example(),
    "save_person": form(name="Renamed", email="renamed@own.example", role="lead"),
    "deactivate_person": form(),
    "activate_person": form(),
    "make_reset_link": form(200),
    "list_teams": Example(),
    "add_team": form(name="Billing"),
    "rename_team": form(name="Billing"),
    "list_agent_names": Example(),
    "link_agent_name": Example(
        form=lambda world, _role: {"name": world.agent_name, "user_id": str(world.new_agent)},
        status=303,
    ),
    "assign_agent_name": Example(
        form=lambda world, _role: {
            "name": world.agent_name,
            "team_id": str(world.made["team", "all"]),
        },
        status=303,
    ),
    # conversations
    "list_jobs": Example(),
    "show_job": Example(),
    "job_events": Example(),
    "retry_job": form(),
    "list_imports": Example(),
    "upload_import": form(422),  # no file: tests/service/conversations/test_pages.py sends some
    "show_import": Example(),
    "import_events": Example(),
    "save_mapping": form(422, id="id"),  # the file of this import is gone
    "stop_import": form(),
    "download_report": Example(),
    "list_conversations": Example(),
    "find_conversations": Example(form=lambda _world, _role: {"words": "parcel"}, is_told=False),
    "show_conversation": Example(),
    # review
    "show_queue": Example(),
    "show_shares": Example(),
    "save_shares": form(
        critical="20", dispute="15", unsure="20", coverage="15", blind="20", praise="10", second="8"
    ),
    "open_review": form(),
    "skip_item": form(reason="needs_a_lead"),
    "show_review": Example(),
    "submit_review": form(version="1"),
    "rate_criterion": form(path=GREETING, value="fail"),
    "undo_rating": form(path=GREETING),
    "comment_criterion": form(criterion="greeting", comment="Kind."),
    "pin_turn": form(criterion="greeting", position="1", is_praise="true"),
    "show_merge": Example(),
    "merge_review": Example(
        form=lambda _world, _role: {"version": "1", "choice-greeting": "mine"}, status=303
    ),
    "show_audit": Example(),
    "open_audit": form(),
    "skip_audit": form(reason="needs_a_lead"),
    "submit_audit": Example(
        form=lambda _world, _role: {f"value-{key}": "pass" for key in CRITERIA}, status=303
    ),
    "change_audit_rating": form(path=GREETING, value="fail", reason="Read it again."),
    # coaching
    "list_agents": Example(),
    "show_agent": Example(),
    "prepare_agenda": form(),
    "show_agenda": Example(),
    "save_agenda": form(version="1", private="Ask about the tools."),
    "announce_agenda": form(version="1"),
    "hold_session": form(version="1"),
    "discard_session": form(),
    "add_topic": form(topic="The new packing screen"),
    "acknowledge_agenda": form(),
    "download_calendar": Example(),
    "print_agenda": Example(),
    "show_me": Example(),
    "show_my_review": Example(),
    "acknowledge_review": form(),
    # disputes
    "list_disputes": Example(),
    "show_dispute": Example(),
    "answer_dispute": form(version="1", value="partial", reason="The name came late."),
    "open_dispute": form(criterion="greeting", value="partial", text="I did greet.", turns="2"),
    "show_my_dispute": Example(),
    "escalate_dispute": form(text="The answer speaks of another turn."),
    # cases and suggestions
    "similar_cases": Example(),
    "show_case": Example(),
    "list_cases": Example(),
    "retire_case": form(),
    "offer_case": form(),
    "show_answers": Example(),
    "find_answers": Example(form=lambda _world, _role: {"question": "Where is it?"}, is_told=False),
    "copy_answer": form(200, question="Where is my parcel?"),
    "reject_answer": form(200, question="Where is my parcel?", reason="outdated"),
}


def path_of(app: Any, route: str, objects: Mapping[str, uuid.UUID | str]) -> str:
    """Return the address of a route's example with these objects."""
    example = EXAMPLES[route]
    return str(app.url_path_for(route, **example.path, **objects)) + example.query
