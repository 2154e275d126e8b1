"""What is asked again, how often, after how long; and when a crawl gives up."""

from __future__ import annotations

import pytest

from lineage.errors import InvalidOption, ThrottledOut
from lineage.records import GapReason
from lineage.sources.azureml.retry import ATTEMPTS, DEADLINE
from lineage.sources.azureml.wire import Answer, Request
from lineage.sources.polite.breaker import FAILURES, OUTAGE
from lineage.sources.polite.manners import Manners
from tests.sources.clocks import Hand
from tests.sources.wires import ARM, FINE, HISTORY, NOTHING, Scripted, patient, refused

GET = Request("GET", ARM)
POST = Request("POST", HISTORY, {})
NOON = "Tue, 01 Dec 2026 12:00:00 GMT"


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "0"}, 0.1),
        ({"retry_after": "Tue, 01 Dec 2026 12:00:30 GMT", "date": NOON}, 30.0),
        ({"retry_after": "-5"}, 1.0),
        ({"retry_after": "soon"}, 1.0),
        ({"retry_after_ms": "2500"}, 2.5),
        ({"x_ms_retry_after_ms": "250"}, 0.25),
        ({}, 1.0),
    ],
)
@pytest.mark.parametrize("request_", [GET, POST], ids=["GET", "POST"])
def test_a_throttled_request_goes_again_when_it_was_told_to(clock, headers, waited, request_):
    """In every spelling of the header; nonsense is a second. POSTs here only read."""
    wire = Scripted(refused(429, **headers))

    assert patient(wire, clock).send(request_).body == {"a": 1}
    assert clock.waited == pytest.approx(waited)
    assert len(wire.asked) == 2


def test_a_throttled_request_is_never_given_up(clock):
    """Twenty refusals in a row, then the answer; a request that is refused alone waits longer each time."""
    wire = Scripted(*[refused(429, retry_after="1")] * 20)

    assert patient(wire, clock, patience=3600).send(GET).body == {"a": 1}
    assert len(wire.asked) == 21


def test_a_read_that_alone_is_refused_backs_off_by_itself(clock):
    """It has a limit of its own, which the gate cannot see when everybody else gets through: its waits grow, theirs
    do not."""
    wire = Scripted(*[refused(429, retry_after="0")] * 8)
    patient(wire, clock).send(GET)

    assert [wait for wait in clock.waits if wait >= 0.24] == pytest.approx([0.25, 0.5, 1.0, 2.0, 4.0, 8.0], abs=0.01)


def test_a_wait_beyond_patience_ends_the_crawl_and_says_when_to_come_back(clock):
    """By the service's own clock; nothing is waited."""
    wire = Scripted(refused(429, retry_after="1200", date=NOON))
    with pytest.raises(ThrottledOut) as error:
        patient(wire, clock).send(GET)

    assert str(error.value) == (
        "management.azure.com throttles and asks to wait 20 min, longer than the 15 min of --patience"
    )
    assert error.value.remedy == "crawl again after 2026-12-01 12:20 UTC, or give it time: --patience 1260"
    assert clock.waits == []


def test_an_absurd_wait_is_an_hour_and_beyond_patience(clock):
    """Nobody sleeps for a day because a header says so."""
    with pytest.raises(ThrottledOut, match="asks to wait 60 min"):
        patient(Scripted(refused(429, retry_after="86400")), clock).send(GET)


def test_one_read_that_is_put_off_for_ever_ends_the_crawl_at_patience(clock):
    """Each wait is short, their sum is not."""
    wire = Scripted(*[refused(429, retry_after="5")] * 1000)
    with pytest.raises(ThrottledOut, match=r"throttles after \d+ s of it and asks to wait 5 s, longer than the 60 s"):
        patient(wire, clock, patience=60).send(GET)

    assert clock.waited <= 60
    assert len(wire.asked) < 20


def test_a_throttled_host_shuts_the_gate_for_whoever_comes_next(clock):
    """The second request does not run into the same refusal."""
    wire = Scripted(refused(429, retry_after="600"))
    transport = patient(wire, clock, patience=900)
    transport.send(GET)
    after = clock.now()
    wire.answers = [refused(429, retry_after="600")]
    with pytest.raises(ThrottledOut):
        patient(wire, clock, patience=300).send(GET)

    assert after == pytest.approx(1600, abs=1)


@pytest.mark.parametrize(
    ("answer", "first"),
    [
        (refused(503, b"<!doctype html><h1>Busy"), 0.5),
        (refused(503, retry_after="7"), 7.0),
        (refused(503, retry_after="Tue, 01 Dec 2026 12:00:09 GMT", date=NOON), 9.0),
        (refused(503, retry_after="86400"), 60.0),
        (refused(500), 0.5),
        (refused(502), 0.5),
        (refused(504), 0.5),
        (refused(408), 0.5),
        (NOTHING, 0.5),
        (Answer(200, {}, b"<!doctype html>"), 0.5),
        (Answer(200, {}, b'{"value": [{"na'), 0.5),
        (Answer(200, {}, b""), 0.5),
    ],
)
def test_a_failure_is_asked_again_after_a_bounded_wait(clock, answer, first):
    wire = Scripted(answer)

    assert patient(wire, clock).send(GET).body == {"a": 1}
    assert clock.waits == [pytest.approx(first)]


@pytest.mark.parametrize("answer", [refused(503), NOTHING, Answer(200, {}, b"<html>")])
def test_what_fails_to_the_end_is_a_reply_that_says_so(clock, answer):
    """Four tries, waits doubling from half a second."""
    wire = Scripted(*[answer] * 9)

    assert not patient(wire, clock).send(GET).ok
    assert len(wire.asked) == ATTEMPTS == 4
    assert clock.waits == [0.5, 1.0, 2.0]


def test_failures_that_take_long_are_not_repeated_beyond_the_deadline(clock):
    """A server that hangs for three minutes each time is asked twice, not four times."""
    wire = Scripted(*[NOTHING] * 9, clock=clock, takes=180.0)
    patient(wire, clock).send(GET)

    assert len(wire.asked) == 2
    assert DEADLINE == 300


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 501])
def test_a_refusal_is_an_answer_whatever_it_asks_for(clock, status):
    """403 with Retry-After too: who may not read does not wait for it."""
    wire = Scripted(refused(status, retry_after="30"))

    assert patient(wire, clock).send(GET).status == status
    assert (len(wire.asked), clock.waits) == (1, [])


def test_a_refused_token_is_renewed_once(clock):
    """It may have ended before a wrong clock says so; a second refusal is meant."""
    wire = Scripted(refused(401))
    wire.renewable = 1
    served = patient(wire, clock).send(GET)
    wire.answers = [refused(401)] * 5
    again = patient(wire, clock).send(GET)

    assert (served.body, again.status) == ({"a": 1}, 401)
    assert (len(wire.asked), wire.renewals) == (3, 2)


def test_waits_of_failures_are_spread(clock):
    """Up to half as long again, by chance."""
    transport = patient(Scripted(refused(503)), clock)
    transport._manners.gates.chance = lambda: 1.0
    transport.send(GET)

    assert clock.waits == [0.75]


def down(host: str):
    return lambda url: NOTHING if host in url else None


def test_a_host_that_never_answers_is_soon_not_asked_any_more(clock):
    """A private endpoint that this machine cannot reach costs a few tries, not four for each of a thousand jobs."""
    wire = Scripted()
    wire.when = down("azureml.ms")
    transport = patient(wire, clock)
    replies = [transport.send(POST) for _ in range(1000)]

    assert {reply.failure for reply in replies} == {GapReason.UNREACHABLE}
    assert "10 failures in a row" in replies[-1].detail
    assert len(wire.asked) == FAILURES
    assert transport.send(GET).ok


def test_a_host_that_comes_back_is_waited_for(clock):
    """Forty seconds of outage in the middle of a crawl lose nothing."""
    wire = Scripted()
    transport = patient(wire, clock)
    transport.send(POST)
    back = clock.now() + 40
    wire.when = lambda url: NOTHING if clock.now() < back else None
    replies = [transport.send(POST) for _ in range(50)]

    assert [reply.ok for reply in replies[:2]] == [False, False]
    assert all(reply.ok for reply in replies[3:])
    assert back <= clock.now() < back + 30


def test_a_host_that_stays_away_is_given_up_and_probed_by_and_by(clock):
    """After three minutes each request is told at once; a probe a minute notices when the host is back."""
    wire = Scripted()
    transport = patient(wire, clock)
    transport.send(POST)
    wire.when = down("azureml.ms")
    begun = clock.now()
    for _ in range(200):
        transport.send(POST)
    lost, asked = clock.now() - begun, len(wire.asked)
    wire.when = lambda url: None
    clock.pass_by(61)

    assert OUTAGE <= lost < OUTAGE + 120
    assert asked <= 1 + FAILURES + 7, "one probe after 5, 10, 20, 40, 60 seconds …"
    assert transport.send(POST).ok
    assert transport.send(POST).ok


def test_refusals_do_not_open_the_breaker(clock):
    """403 and 404 are answers, and so is a page that is no JSON."""
    wire = Scripted(*[refused(404)] * 30, *[refused(403)] * 30)
    transport = patient(wire, clock)

    assert [transport.send(GET).status for _ in range(61)] == [404] * 30 + [403] * 30 + [200]


def test_closing_ends_every_wait(clock):
    wire = Scripted(refused(503, retry_after="50"), refused(429, retry_after="50"))
    transport = patient(wire, clock)
    transport.close()
    statuses = [transport.send(GET).status, transport.send(GET).status]

    assert (statuses, clock.waits, wire.closed) == ([503, 429], [], True)


@pytest.mark.parametrize(("patience", "concurrency"), [(-1, 8), (float("nan"), 8), (900, 0), (900, 65)])
def test_manners_that_no_crawl_can_have_are_refused(patience, concurrency):
    with pytest.raises(InvalidOption):
        Manners(patience, concurrency)


def test_an_answer_is_an_answer(clock):
    assert patient(Scripted(FINE), clock).send(GET).body == {"a": 1}
