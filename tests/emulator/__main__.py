"""Serve the standard estate until interrupted: `python -m tests.emulator [FOLDER]`.

Writes `cloud.json`, `emulator-ca.pem` and `token` into FOLDER (default: the
current folder) and prints the commands that crawl it.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

from tests.emulator.contoso import contoso
from tests.emulator.server import serve


def main(folder: Path) -> None:
    story = contoso()
    with serve(story.estate, folder) as emulator:
        (folder / "cloud.json").write_text(json.dumps(emulator.cloud, indent=1))
        (folder / "token").write_text(emulator.token)
        print(f"{emulator.url}, until interrupted. To crawl it:")
        for ws in (story.dev, story.prod):
            print(
                f"  AZURE_ACCESS_TOKEN=$(cat {folder}/token) lineage crawl {ws.uri} --credential token "
                f"--cloud {folder}/cloud.json --ca-bundle {emulator.ca_bundle}",
                flush=True,
            )
        threading.Event().wait()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    except KeyboardInterrupt:
        print()
