"""What every test may count on."""

from __future__ import annotations

import signal

# A shell that runs the tests in the background lets them, and every process that they start, ignore an interruption:
# what a user's Ctrl+C does could not be tested.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
