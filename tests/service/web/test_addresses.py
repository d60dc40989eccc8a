"""Proxies are believed only if the operator named them."""

from types import SimpleNamespace

import pytest
from starlette.requests import Request

from service.config import Settings
from service.identity.access import cookie_name
from service.web.addresses import address_of, is_https, is_this_machine


def asked(
    peer: str = "203.0.113.5", *, scheme: str = "http", trusted: str = "", **headers: str
) -> Request:
    app = SimpleNamespace(state=SimpleNamespace(settings=Settings(trusted_proxies=trusted)))
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {
            "type": "http",
            "app": app,
            "scheme": scheme,
            "client": (peer, 5000),
            "headers": raw,
            "server": ("afterword.example", 80),
            "path": "/",
        }
    )


def test_a_stranger_cannot_claim_https_or_another_address() -> None:
    request = asked(x_forwarded_proto="https", x_forwarded_for="198.51.100.1")

    assert is_https(request) is False
    assert address_of(request) == "203.0.113.5"
    assert cookie_name(request) == "afterword"


@pytest.mark.parametrize("trusted", ["203.0.113.5", "10.0.0.1, 203.0.113.0/24"])
def test_a_trusted_proxy_is_believed(trusted: str) -> None:
    request = asked(
        trusted=trusted, x_forwarded_proto="https", x_forwarded_for="6.6.6.6, 198.51.100.1"
    )

    assert is_https(request) is True
    assert address_of(request) == "198.51.100.1", "what the browser itself wrote is not believed"
    assert cookie_name(request) == "__Host-afterword"


def test_a_chain_of_trusted_proxies_is_followed_to_the_first_stranger() -> None:
    request = asked(
        "10.0.0.2", trusted="10.0.0.0/8", x_forwarded_for="6.6.6.6, 198.51.100.1, 10.0.0.1"
    )

    assert address_of(request) == "198.51.100.1"


def test_nonsense_from_a_proxy_leaves_the_proxys_own_address() -> None:
    assert (
        address_of(asked("10.0.0.2", trusted="10.0.0.2", x_forwarded_for="<script>")) == "10.0.0.2"
    )


def test_https_itself_needs_no_proxy() -> None:
    assert cookie_name(asked(scheme="https")) == "__Host-afterword"


@pytest.mark.parametrize(
    ("peer", "headers", "is_here"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("::ffff:127.0.0.1", {}, True),
        ("203.0.113.5", {}, False),
        ("127.0.0.1", {"x_forwarded_for": "203.0.113.5"}, False),
        ("testclient", {}, False),
    ],
)
def test_this_machine_is_a_loopback_address_without_a_proxy(
    peer: str, headers: dict[str, str], is_here: bool
) -> None:
    assert is_this_machine(asked(peer, **headers)) is is_here
