"""The gate: what it learns from refusals and from counts, and what it never does."""

from __future__ import annotations

import threading
from math import inf

import pytest

from lineage.errors import ThrottledOut
from lineage.sources.polite.gate import SLOWEST, Gate, Gates, Pace
from tests.bench.bench_gate import THIRD, Fixed, Gated, Retries, run
from tests.emulator.limits import Limit
from tests.sources.clocks import Hand

READS = "x-ms-ratelimit-remaining-subscription-reads"
GO = threading.Event()
"""Never set: nobody stops these."""


def pace() -> Pace:
    """One whose waits are not drawn out."""
    return Pace(lambda: 0.0)


def steady(it: Pace, rate: float, seconds: float, now: float = 0.0) -> float:
    """Reads at an even rate, each answered at once; the time at their end."""
    for number in range(int(rate * seconds)):
        it.went(now + number / rate)
        it.came(now + number / rate, now + number / rate, 200, {})
    return now + seconds


@pytest.mark.parametrize("others", [0.0, THIRD])
@pytest.mark.parametrize("retry_after", [1.0, 5.0])
@pytest.mark.parametrize("said", [True, False])
def test_what_the_limit_leaves_is_used_and_nothing_is_lost(others, retry_after, said):
    """250 at once and 25 a second, which nobody told the gate; with a second client that takes a third."""
    limit = Limit(others=others, retry_after=retry_after, says=said)
    figures = run(Gated(lambda: 0.5), limit, reads=4000)

    assert limit.served == 4000
    assert figures.lost == 0
    assert figures.used >= 0.95
    assert figures.refused <= (0 if said else 200)
    assert figures.others >= 0.75


@pytest.mark.parametrize(("burst", "refill"), [(20, 2), (100, 10), (2500, 250)])
def test_limits_of_any_size_are_learnt(burst, refill):
    """Nothing in the gate knows 250 and 25."""
    limit = Limit(burst=burst, refill=refill, retry_after=2)
    figures = run(Gated(lambda: 0.5), limit, reads=burst * 10, workers=64)

    assert (limit.served, figures.lost) == (burst * 10, 0)
    assert figures.used >= 0.9


def test_the_peers_lose_reads_where_the_gate_loses_none():
    """The comparison bites: retries by each worker lose reads, a fixed rate leaves a fifth unused."""
    assert run(Retries(), Limit(retry_after=1), reads=4000).lost > 100
    assert run(Fixed(), Limit(), reads=4000).used < 0.85


def test_no_limit_is_known_until_one_shows_itself():
    it = pace()

    assert it.rate == inf
    assert it.delay(0.0) == 0.0


def test_a_refusal_shuts_the_gate_for_everybody_and_slows_it_down():
    """Seven tenths of what got through in the last ten seconds."""
    it = pace()
    now = steady(it, 20, 10)
    it.went(now)
    it.came(now, now, 429, {"Retry-After": "12"})

    assert it.delay(now) == pytest.approx(12.0)
    assert it.rate == pytest.approx(14.0, rel=0.02)


def test_refusals_of_requests_already_under_way_count_once():
    """Thirty workers that run into the limit together are one event, also where the answers take their time."""
    it = pace()
    now = steady(it, 20, 10)
    for _ in range(30):
        it.went(now)
    for number in range(30):
        it.came(now + 0.1 * (number + 1), now, 429, {"Retry-After": "1"})

    assert it.rate == pytest.approx(14.0, rel=0.02)


def test_it_grows_by_and_by_and_only_while_it_is_what_holds_us_back():
    """A fifth of a read a second with every second; nothing while the workers have other things to do."""
    it = pace()
    now = steady(it, 10, 10)
    it.went(now)
    it.came(now, now, 429, {"Retry-After": "1"})
    idle = steady(it, 2, 20, now + 1.1)
    still = it.rate
    it.delay(idle - 100)
    it.went(idle)
    it.came(idle + 5, idle, 200, {})

    assert still == pytest.approx(7.0, rel=0.02)
    assert it.rate == pytest.approx(8.0, rel=0.1)


def test_refusals_that_do_not_say_how_long_wait_longer_each_time():
    """One second, two, four … a minute; an answer starts it anew."""
    it, waits, now = pace(), [], 0.0
    for _ in range(8):
        it.went(now)
        it.came(now, now, 429, {"Retry-After": "soon"})
        waits.append(it.opens - now)
        now = it.opens + 2
    it.went(now)
    it.came(now, now, 200, {})
    it.went(now)
    it.came(now, now, 429, {})

    assert waits == pytest.approx([1, 2, 4, 8, 16, 32, 64, 64])
    assert it.opens - now == pytest.approx(1)


def test_it_never_stops_altogether():
    it, now = pace(), 0.0
    for _ in range(50):
        it.went(now)
        it.came(now, now, 429, {"Retry-After": "0"})
        now += 5

    assert it.rate == SLOWEST


def test_a_count_that_does_not_move_is_no_count():
    """A proxy that always says 0 would otherwise hold a crawl up for days."""
    it, now = pace(), 0.0
    for _ in range(2000):
        now += it.delay(now)
        it.went(now)
        it.came(now + 0.01, now, 200, {READS: "0"})

    assert it.rate > 50
    assert now < 600


def test_the_tightest_count_rules():
    it = pace()
    it.went(0.0)
    it.came(0.0, 0.0, 200, {READS: "249", "x-ms-ratelimit-remaining-subscription-global-reads": "3"})

    assert it.rate == SLOWEST


def test_programs_refused_together_do_not_come_back_together():
    """Up to a tenth longer than asked, never shorter."""
    waits = []
    for chance in (0.0, 0.5, 1.0):
        it = Pace(lambda chance=chance: chance)
        it.went(0.0)
        it.came(0.0, 0.0, 429, {"Retry-After": "10"})
        waits.append(it.delay(0.0))

    assert waits == pytest.approx([10.0, 10.5, 11.0])


def gate(clock: Hand, told: list[str]) -> Gate:
    return Gates(clock, lambda: 0.0).gate("https://management.azure.com/subscriptions/S/x", "me", told.append)


def test_a_wait_is_told_once_with_its_length_and_the_pace_after_it():
    clock, told = Hand(), list[str]()
    it = gate(clock, told)
    sent = [it.enter(900, GO) for _ in range(3)]
    shut = [it.leave(one, 429, {"Retry-After": "12"}) for one in sent]
    opened = it.enter(900, GO)

    assert shut == pytest.approx([12.0, 12.0, 12.0])
    assert opened == pytest.approx(1012.0)
    assert clock.waited == pytest.approx(12.0)
    assert told == ["throttled by management.azure.com: waiting 12 s, then 5 reads/s"]


def test_a_wait_beyond_patience_is_refused_at_once_and_says_when_to_come_back():
    clock = Hand()
    it = gate(clock, [])
    it.leave(it.enter(900, GO), 429, {"Retry-After": "1800"})
    with pytest.raises(ThrottledOut) as error:
        it.enter(900, GO)

    assert (
        str(error.value)
        == "management.azure.com throttles and asks to wait 30 min, longer than the 15 min of --patience"
    )
    assert error.value.remedy == "crawl again in 30 min, or give it time: --patience 1860"
    assert (error.value.code, error.value.exit_code, error.value.wait) == ("try_later", 75, 1800.0)
    assert clock.waits == []


def test_pacing_is_no_wait_that_patience_is_for():
    """Half a read a second, and no patience at all: the turn comes."""
    clock = Hand()
    it = gate(clock, [])
    for _ in range(9):
        it.leave(it.enter(900, GO), 429, {"Retry-After": "1"})
        clock.pass_by(5)
    it.leave(it.enter(0, GO), 200, {})
    it.leave(it.enter(0, GO), 200, {})
    before = clock.now()
    it.enter(0, GO)

    assert clock.now() - before > 1


def test_one_limit_has_one_gate():
    """Host, subscription and principal; spelling apart."""
    gates = Gates(Hand())
    one = gates.gate("https://management.azure.com/subscriptions/S/resourceGroups/g", "me", print)

    assert gates.gate("https://Management.Azure.com/SUBSCRIPTIONS/s/y?z=1", "me", print) is one
    assert gates.gate("https://management.azure.com/subscriptions/T/x", "me", print) is not one
    assert gates.gate("https://management.azure.com/subscriptions/S/x", "you", print) is not one
    assert gates.gate("https://eastus.api.azureml.ms/history/v1.0/subscriptions/S/x", "me", print) is not one
    assert gates.gate("https://eastus.api.azureml.ms/discovery", "me", print).host == "eastus.api.azureml.ms"


def test_threads_pass_one_after_another_at_the_pace():
    """Twelve threads at two reads a second take about as long as twelve reads do."""
    clock = Hand()
    it = gate(clock, [])
    for _ in range(40):
        it.leave(it.enter(900, GO), 200, {})
        clock.pass_by(0.1)
    it.leave(it.enter(900, GO), 429, {"Retry-After": "1"})
    before, rate = clock.now(), it.rate
    passed: list[float] = []
    threads = [threading.Thread(target=lambda: passed.append(it.enter(900, GO))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert len(passed) == 12
    assert max(passed) - before == pytest.approx(1.0 + 11 / rate, rel=0.25)


def test_stopping_lets_everybody_through_at_once():
    clock = Hand()
    it = gate(clock, [])
    it.leave(it.enter(900, GO), 429, {"Retry-After": "600"})
    stop = threading.Event()
    stop.set()
    it.enter(900, stop)

    assert clock.waits == []
