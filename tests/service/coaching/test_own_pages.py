"""An agent's own reviews."""

import re

from tests.service.coaching.agendas import People, SignIn


def test_a_review_is_read_and_acknowledged_by_its_agent_alone(
    people: People, sign_in: SignIn
) -> None:
    own = sign_in(people.agent)
    address = re.findall(r'href="(/me/reviews/[^"]+)"', own.get("/me").text)[0]

    page = own.get(address).text
    assert "Ada Marlow" in page
    assert "Root cause: Agent skill." in page
    assert "test-heads-1" in page
    assert "9 criteria were decided by nobody." in page
    assert own.post(f"{address}/acknowledge", data={}).status_code == 303
    assert "Acknowledged" in own.get(address).text
    assert sign_in(people.colleague).get(address).status_code == 404
    assert sign_in(people.colleague).post(f"{address}/acknowledge", data={}).status_code == 404
    assert sign_in(people.mentor).get(address).status_code == 403
