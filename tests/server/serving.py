"""`lineage serve` as a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-c", "from lineage.cli import main; main()"]


class Served:
    """A running `lineage serve`. `root` is its address."""

    def __init__(self, index: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "serve", "--index", str(index), "--port", "0", "--json", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.told = json.loads(self.process.stdout.readline())
        self.root = self.told["open"].rstrip("/")
        self.port = int(self.root.rsplit(":", 1)[1])

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Exit code and what stands on standard error."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors
