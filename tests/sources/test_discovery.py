"""What an identity sees, listed through the real SDK over HTTPS."""

from __future__ import annotations

import json

import pytest

from lineage import ids
from lineage.errors import InvalidOption, SourceForbidden, SourceUnauthorised, SourceUnreachable
from lineage.sources.azureml.discovery import Directory, Listings, subscription
from lineage.sources.azureml.wire import Reply
from tests.emulator.contoso import SUBSCRIPTION_DEV, SUBSCRIPTION_PROD
from tests.emulator.credential import EmulatorCredential
from tests.emulator.estate import Estate
from tests.emulator.server import serve
from tests.sources.silent import Silent

EMPTY = "00aa0000-0000-4000-8000-000000000000"


@pytest.fixture
def directory(emulator, cloud_file):
    return Directory(EmulatorCredential(emulator.token), cloud_file, str(emulator.ca_bundle))


@pytest.fixture
def small(tmp_path):
    """`small(estate)` serves an estate of its own and gives (emulator, directory)."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def make(estate):
            served = stack.enter_context(serve(estate, tmp_path))
            cloud = tmp_path / "cloud.json"
            cloud.write_text(json.dumps(served.cloud))
            credential = EmulatorCredential(served.token)
            return served, Directory(credential, str(cloud), str(served.ca_bundle))

        yield make


def test_a_subscription_shows_its_workspaces_and_registries(directory, emulator, story):
    seen = directory.subscription(SUBSCRIPTION_PROD, Silent())

    assert [it.scope for it in seen.found] == [
        ids.workspace(SUBSCRIPTION_PROD, "rg-credit-prod", "mlw-credit-prod"),
        ids.registry("contoso-models"),
    ]
    assert [(it.resource_group, it.location, it.kind) for it in seen.found] == [
        ("rg-credit-prod", "westeurope", "Default"),
        ("rg-ml-shared", "westeurope", ""),
    ]
    assert emulator.counts() == {"subscription.registries": 1, "subscription.workspaces": 1}
    assert directory.requests == 2


def test_a_tenant_is_all_of_its_subscriptions(directory, emulator):
    """One list of subscriptions, then two for each."""
    seen = directory.tenant(Silent())

    assert seen.subscriptions == (SUBSCRIPTION_DEV, SUBSCRIPTION_PROD)
    assert [it.name for it in seen.found] == ["mlw-credit-dev", "mlw-credit-prod", "contoso-models"]
    assert seen.missed == ()
    assert emulator.counts() == {
        "subscription.registries": 2,
        "subscription.workspaces": 2,
        "subscriptions": 1,
    }
    assert directory.requests == 5


def test_long_lists_are_read_to_their_last_page(small):
    """121 workspaces are three pages, and 51 subscriptions two."""
    estate = Estate()
    for number in range(121):
        estate.workspace(f"w{number:03}", group="g", subscription=SUBSCRIPTION_DEV)
    estate.subscriptions.update(f"00aa0000-0000-4000-8000-{number:012}" for number in range(50))
    emulator, directory = small(estate)
    seen = directory.tenant(Silent())

    assert len({it.scope for it in seen.found}) == 121
    assert len(seen.subscriptions) == 51
    assert emulator.count("subscriptions") == 2
    assert emulator.count("subscription.workspaces") == 53
    assert directory.requests == 2 + 53 + 51


def test_a_closed_subscription_costs_itself_only(small):
    """What the others hold is found, and one sentence says what was not."""
    estate = Estate()
    estate.workspace("w", group="g", subscription=SUBSCRIPTION_DEV)
    estate.workspace("v", group="g", subscription=SUBSCRIPTION_PROD)
    estate.closed.add(SUBSCRIPTION_PROD)
    _, directory = small(estate)
    seen = directory.tenant(Silent())

    assert [it.name for it in seen.found] == ["w"]
    (missed,) = seen.missed
    assert missed.what == f"the workspaces of subscription {SUBSCRIPTION_PROD}"
    assert isinstance(missed.error, SourceForbidden)


def test_workspaces_are_found_where_registries_may_not_be_listed(small):
    estate = Estate()
    estate.workspace("w", group="g", subscription=SUBSCRIPTION_DEV)
    estate.closed.add(f"{SUBSCRIPTION_DEV}/registries")
    _, directory = small(estate)
    seen = directory.subscription(SUBSCRIPTION_DEV, Silent())

    assert [it.name for it in seen.found] == ["w"]
    assert [miss.what for miss in seen.missed] == [f"the registries of subscription {SUBSCRIPTION_DEV}"]


def test_a_subscription_that_may_not_be_read(small):
    """What to grant, and where; or how to do without."""
    estate = Estate()
    estate.workspace("w", group="g", subscription=SUBSCRIPTION_DEV)
    estate.closed.add(SUBSCRIPTION_DEV)
    _, directory = small(estate)
    with pytest.raises(SourceForbidden, match="may not be listed with this credential: HTTP 403 Authoriz") as error:
        directory.subscription(SUBSCRIPTION_DEV, Silent())

    assert error.value.remedy == (
        "grant Microsoft.MachineLearningServices/workspaces/read: az role assignment create --role Reader "
        f"--assignee ID --scope /subscriptions/{SUBSCRIPTION_DEV}; or name the workspaces to crawl one by one"
    )


def test_a_subscription_that_nobody_knows(directory):
    with pytest.raises(SourceUnreachable, match=f"there is no subscription {EMPTY} that this credential") as error:
        directory.subscription(EMPTY, Silent())
    assert directory.requests == 2
    assert "az account list --all" in error.value.remedy


def test_a_subscription_without_workspaces_is_found_empty(small):
    estate = Estate()
    estate.subscriptions.add(EMPTY)
    _, directory = small(estate)
    seen = directory.subscription(EMPTY, Silent())

    assert (seen.found, seen.missed, seen.subscriptions) == ((), (), (EMPTY,))


def test_an_identity_that_sees_no_subscription(small):
    """Azure answers with an empty list, not with a refusal."""
    _, directory = small(Estate())
    with pytest.raises(SourceUnreachable, match="this credential sees no subscription") as error:
        directory.tenant(Silent())
    assert "az role assignment create --role Reader" in error.value.remedy


def test_a_refused_token(emulator, cloud_file):
    directory = Directory(EmulatorCredential("wrong"), cloud_file, str(emulator.ca_bundle))
    with pytest.raises(SourceUnauthorised, match="were refused to this token: HTTP 401"):
        directory.tenant(Silent())


@pytest.mark.parametrize("kind", ["loop", "foreign_link"])
def test_a_list_that_does_not_end_as_it_should_is_missed_and_not_believed_whole(small, kind):
    """What came before is kept, also where everything else is closed."""
    estate = Estate()
    for number in range(60):
        estate.workspace(f"w{number:03}", group="g", subscription=SUBSCRIPTION_DEV)
    emulator, directory = small(estate)
    emulator.fault(kind, "/workspaces")
    estate.closed.add(f"{SUBSCRIPTION_DEV}/registries")
    seen = directory.subscription(SUBSCRIPTION_DEV, Silent())

    assert len({it.scope for it in seen.found}) == 50
    assert [miss.what for miss in seen.missed] == [
        f"the workspaces of subscription {SUBSCRIPTION_DEV}",
        f"the registries of subscription {SUBSCRIPTION_DEV}",
    ]
    assert isinstance(seen.missed[0].error, SourceUnreachable)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (SUBSCRIPTION_DEV, SUBSCRIPTION_DEV),
        (SUBSCRIPTION_DEV.upper(), SUBSCRIPTION_DEV),
        (f" /subscriptions/{SUBSCRIPTION_DEV}/", SUBSCRIPTION_DEV),
        (f"azureml://subscriptions/{SUBSCRIPTION_DEV}", SUBSCRIPTION_DEV),
    ],
)
def test_a_subscription_is_named_by_its_guid_or_its_resource_id(text, name):
    assert subscription(text) == name


@pytest.mark.parametrize("text", ["", "contoso-dev", SUBSCRIPTION_DEV[:-1], f"/subscriptions/{SUBSCRIPTION_DEV}/x"])
def test_a_subscription_that_is_no_guid_is_refused(text):
    with pytest.raises(InvalidOption, match="is not the id of a subscription") as error:
        subscription(text)
    assert "az account list" in error.value.remedy


class Canned:
    """Answers each address with what it was given, and 200 with an empty list else."""

    def __init__(self, **answers):
        self.answers = answers

    def send(self, request):
        return next((reply for part, reply in self.answers.items() if part in request.url), Reply(200, {"value": []}))

    def close(self):
        pass


def test_a_subscription_that_never_used_the_service_is_empty():
    """The resource manager refuses the list of a provider that is not registered there."""
    refusal = Reply(409, {"error": {"code": "MissingSubscriptionRegistration", "message": "not registered"}})
    listings = Listings(Canned(workspaces=refusal, registries=refusal), "https://manager/")

    assert listings.subscription(EMPTY, Silent()).found == ()


def test_what_a_list_holds_beside_workspaces_is_left_out():
    """An entry without a readable id costs nothing but itself."""
    arm = f"/subscriptions/{EMPTY}/resourcegroups/G/providers/microsoft.machinelearningservices/workspaces/W"
    items = [{"id": arm, "location": 7}, {"id": f"{arm}/computes/c"}, {"id": None}, "x", {}]
    listings = Listings(Canned(workspaces=Reply(200, {"value": items})), "https://manager/")

    assert [it.scope.text for it in listings.subscription(EMPTY, Silent()).found] == [
        f"azureml://subscriptions/{EMPTY}/resourceGroups/g/workspaces/w"
    ]


def test_a_deleted_subscription_is_not_asked_for():
    """A disabled one can still be read."""
    items = [{"subscriptionId": EMPTY, "state": "Deleted"}, {"subscriptionId": SUBSCRIPTION_DEV, "state": "Disabled"}]
    listings = Listings(Canned(**{"manager/subscriptions?": Reply(200, {"value": items})}), "https://manager/")

    assert listings.tenant(Silent()).subscriptions == (SUBSCRIPTION_DEV,)
