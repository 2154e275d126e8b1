"""Threads that answer in the order they were asked."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from lineage.sources.polite.workers import Workers


def test_answers_come_in_the_order_of_the_questions():
    """The first one is the slowest."""
    workers = Workers(4, lambda n: (time.sleep(0.05 if n == 0 else 0.0), n)[1])

    assert list(workers.answers(range(40))) == list(range(40))
    assert list(workers.answers([])) == []
    workers.stop()


def test_several_are_asked_at_once():
    """Three questions that wait for each other are answered."""
    together = threading.Barrier(3, timeout=5)
    workers = Workers(3, lambda n: (together.wait(), n)[1])

    assert list(workers.answers([1, 2, 3])) == [1, 2, 3]
    workers.stop()


def test_an_exception_stands_where_its_answer_would():
    """Answers before it are not lost, and the workers go on."""
    workers = Workers(2, lambda n: 10 // n)
    answers = workers.answers([1, 2, 0, 5])

    assert [next(answers), next(answers)] == [10, 5]
    with pytest.raises(ZeroDivisionError):
        next(answers)
    assert list(workers.answers([5])) == [2]
    workers.stop()


def test_questions_nobody_waits_for_are_dropped():
    """Whoever stops listening does not pay for the rest."""
    asked = []
    gate = threading.Event()

    def ask(n):
        asked.append(n)
        if n == 1:
            gate.wait(5)
        return n

    workers = Workers(1, ask)
    answers = workers.answers([0, 1, 2, 3])
    next(answers)
    answers.close()
    gate.set()

    assert list(workers.answers([9])) == [9]
    assert [n for n in asked if n in (2, 3)] == []
    workers.stop()


def test_a_server_that_hangs_does_not_hold_up_the_end_of_the_program():
    script = """
import os, signal, threading
from lineage.sources.polite.workers import Workers
workers = Workers(2, lambda n: threading.Event().wait(30))
answers = workers.answers([1, 2])
threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    next(answers)
except KeyboardInterrupt:
    print("stopped")
"""
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=25)

    assert (done.stdout, done.returncode) == ("stopped\n", 0), done.stderr
    assert time.monotonic() - started < 10
