"""How the crawl signs in."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from azure.core.credentials import AccessToken

from lineage.errors import InvalidOption, SourceUnauthorised
from lineage.sources.azureml.credentials import CHOICES, REMEDIES, Cached, credential

SCOPE = "https://management.azure.com/.default"


class Counting:
    """Gives token 1, 2, 3, … each valid until `ends`."""

    def __init__(self, ends: int) -> None:
        self.ends = ends
        self.asked = 0

    def get_token(self, *scopes, **options):
        self.asked += 1
        return AccessToken(str(self.asked), self.ends)


def jwt(claims):
    segment = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{segment}.c2ln"


def test_a_token_is_kept_until_five_minutes_before_its_end():
    """299 seconds before the end a new one is asked for, 301 seconds before it is not."""
    now = [0.0]
    inside = Counting(1000)
    cached = Cached(inside, clock=lambda: now[0], age=lambda: now[0])

    now[0] = 699.0
    assert [cached.get_token(SCOPE).token for _ in range(3)] == ["1", "1", "1"]
    now[0] = 701.0
    assert cached.get_token(SCOPE).token == "2"


@pytest.mark.parametrize(("skew", "asked"), [(86_400, 13), (-86_400, 1), (0, 1)])
def test_a_time_of_day_that_is_wrong_does_not_ask_for_a_token_with_every_request(skew, asked):
    """An hour of requests with a token of two hours. A day ahead, every token seems to have ended: one in five
    minutes is asked for, not one for each of them, which may be a process each time."""
    age = [0.0]
    inside = Counting(2 * 3600)
    cached = Cached(inside, clock=lambda: age[0] + skew, age=lambda: age[0])
    for second in range(3601):
        age[0] = second
        cached.get_token(SCOPE)

    assert inside.asked == asked


def test_a_time_of_day_that_is_set_back_does_not_keep_a_token_for_longer():
    age, day = [0.0], [1000.0]
    inside = Counting(1000 + 3600)
    cached = Cached(inside, clock=lambda: day[0], age=lambda: age[0])
    cached.get_token(SCOPE)
    age[0], day[0] = 3400.0, 1000.0 - 86_400

    assert cached.get_token(SCOPE).token == "2"


def test_a_refused_token_is_forgotten_unless_it_is_new():
    """A service that refuses everything does not have a token asked for with every request."""
    age = [0.0]
    cached = Cached(Counting(10**10), age=lambda: age[0])
    cached.get_token(SCOPE)
    age[0] = 59.0
    at_once, kept = cached.forget(), cached.get_token(SCOPE).token
    age[0] = 61.0
    later, renewed = cached.forget(), cached.get_token(SCOPE).token

    assert (at_once, kept, later, renewed) == (False, "1", True, "2")


def test_the_token_that_the_user_gave_has_no_successor(monkeypatch):
    monkeypatch.setenv("AZURE_ACCESS_TOKEN", "opaque")

    assert not credential("token", "https://login.microsoftonline.com/").forget()


def test_a_token_is_kept_for_its_scopes_and_tenant_only():
    inside = Counting(10**10)
    cached = Cached(inside)
    tokens = [cached.get_token(SCOPE), cached.get_token("other"), cached.get_token(SCOPE, tenant_id="t")]

    assert [token.token for token in tokens] == ["1", "2", "3"]
    assert cached.get_token(SCOPE).token == "1"


def test_a_claims_challenge_asks_anew():
    """The service has withdrawn the token that is held."""
    cached = Cached(Counting(10**10))
    cached.get_token(SCOPE)

    assert cached.get_token(SCOPE, claims="{}").token == "2"
    assert cached.get_token(SCOPE).token == "2"


def test_the_token_of_the_environment_is_used_as_it_is(monkeypatch):
    monkeypatch.setenv("AZURE_ACCESS_TOKEN", f"  {jwt({'exp': 4_000_000_000})}\n")
    held = credential("token", "https://login.microsoftonline.com/").get_token(SCOPE)

    assert (held.token, held.expires_on) == (jwt({"exp": 4_000_000_000}), 4_000_000_000)


@pytest.mark.parametrize("token", ["opaque", "a.b.c", jwt({}), jwt({"exp": "soon"}), jwt([1])])
def test_a_token_that_does_not_say_when_it_ends_is_the_services_to_judge(monkeypatch, token):
    monkeypatch.setenv("AZURE_ACCESS_TOKEN", token)

    assert credential("token", "https://login.microsoftonline.com/").get_token(SCOPE).token == token


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("", "AZURE_ACCESS_TOKEN is not set"),
        (jwt({"exp": 1_000_000_000}), "the token in AZURE_ACCESS_TOKEN has expired"),
    ],
)
def test_no_token_or_an_expired_one_is_refused_with_a_remedy(monkeypatch, token, message):
    monkeypatch.setenv("AZURE_ACCESS_TOKEN", token)
    with pytest.raises(SourceUnauthorised, match=message) as error:
        credential("token", "https://login.microsoftonline.com/")
    assert "az account get-access-token" in error.value.remedy
    assert "e30" not in str(error.value)


@pytest.mark.parametrize("choice", ["default", "cli"])
def test_the_other_choices_are_azure_identitys(choice):
    """Making one asks nothing of anybody."""
    assert isinstance(credential(choice, "https://login.microsoftonline.com/"), Cached)


def test_every_choice_has_a_remedy():
    assert set(REMEDIES) == set(CHOICES)
    with pytest.raises(InvalidOption, match="there is no credential 'magic'"):
        credential("magic", "https://login.microsoftonline.com/")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"AZURE_TENANT_ID": "bad tenant!", "AZURE_CLIENT_SECRET": "s"}, "Invalid tenant ID"),
        ({"AZURE_TENANT_ID": "t", "AZURE_CLIENT_CERTIFICATE_PATH": "/nowhere.pem"}, "No such file or directory"),
    ],
)
def test_an_environment_that_azure_identity_cannot_use_is_refused_with_a_remedy(monkeypatch, more, message):
    """It raises ValueError or OSError from its constructor, which would be a traceback."""
    for name, value in ({"AZURE_CLIENT_ID": "c"} | more).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SourceUnauthorised, match=message) as error:
        credential("default", "https://login.microsoftonline.com/")
    assert "AZURE_TENANT_ID" in error.value.remedy
