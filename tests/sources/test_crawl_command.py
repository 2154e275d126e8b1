"""`lineage crawl` as a user meets it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lineage.cli import run
from lineage.index import open_index
from tests.emulator.estate import Estate
from tests.emulator.server import serve

LINEAGE = str(Path(sys.executable).parent / "lineage")
TARGET = "azureml://subscriptions/s/resourceGroups/g/workspaces/w"


@pytest.fixture
def there(emulator, cloud_file, monkeypatch):
    """Options that lead to the emulator, signed in by the environment's token."""
    monkeypatch.setenv("AZURE_ACCESS_TOKEN", emulator.token)
    return ["--credential", "token", "--cloud", cloud_file, "--ca-bundle", str(emulator.ca_bundle)]


def test_a_crawl_ends_with_what_could_not_be_read_and_what_to_ask(there, story, tmp_path, capsys):
    """Gaps stand before counts, with their remedies."""
    index = tmp_path / "i.db"
    assert run(["crawl", story.dev.uri, *there, "--index", str(index)]) == 0
    out, err = capsys.readouterr()

    assert out.startswith(f"generation 1 of {index}\n  azureml://subscriptions/")
    assert "(not complete)" not in out
    assert "  FORBIDDEN  azureml://" in out
    assert "grant Microsoft.MachineLearningServices/workspaces/jobs/read" in out
    assert out.index("could not be read:") < out.index("could not be followed:") < out.index("things")
    assert f"  lineage trace azureml://subscriptions/{story.dev.subscription}" in out
    assert out.endswith(f"  lineage status --index {index}\n")
    assert "versions: " in err
    assert "\x1b" not in out + err


def test_json_is_one_object_on_standard_output(there, story, tmp_path, capsys):
    """Everything else goes to standard error."""
    assert run(["crawl", story.prod.uri, *there, "--index", str(tmp_path / "i.db"), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)

    assert list(summary) == [
        *("generation", "root", "digest", "started", "finished", "index", "recording", "complete"),
        *("counts", "kinds", "gaps", "loose", "ask"),
    ]
    assert summary["generation"] == 1
    assert summary["complete"] is True
    assert summary["kinds"]["Deployment"] == 4
    assert list(summary["counts"]) == ["records", "nodes", "edges", "gaps", "loose"]


def test_a_recording_is_crawled_like_the_workspace(there, story, tmp_path, capsys):
    """Same digest, and no option of the cloud is needed."""
    path = tmp_path / "prod.jsonl.gz"
    live = ["crawl", story.prod.uri, *there, "--index", str(tmp_path / "a.db"), "--record", str(path), "--json"]
    assert run(live) == 0
    first = json.loads(capsys.readouterr().out)
    assert run(["crawl", str(path), "--index", str(tmp_path / "b.db"), "--json"]) == 0
    second = json.loads(capsys.readouterr().out)

    assert first["recording"] == str(path)
    assert first["digest"] == second["digest"]


def test_the_sample_is_a_word(tmp_path, capsys):
    """Both of its workspaces are published."""
    assert run(["crawl", "sample", "--index", str(tmp_path / "i.db"), "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["generation"] == 2


def test_the_command_and_a_crawl_of_a_recording_never_import_azure(tmp_path):
    """The SDK costs seconds and 100 MiB; only a crawl of a workspace pays for it."""
    script = f"""
import sys
from lineage.cli import run
import lineage.sources.azureml, lineage.sources.azureml.source, lineage.sources.azureml.client
assert run(["crawl", "sample", "--index", {str(tmp_path / "i.db")!r}]) == 0
print(sorted(name for name in sys.modules if name.split(".")[0] in ("azure", "msal", "requests", "marshmallow")))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_help_has_examples_and_exit_codes(capsys):
    assert run(["crawl", "--help"]) == 0
    out = capsys.readouterr().out

    assert "lineage crawl azureml://subscriptions/S/resourceGroups/G/workspaces/W --credential cli" in out
    assert "130 stopped" in out


def refused(capsys, arguments):
    """(exit code, the sentence, the remedy) of a command that fails."""
    code = run(["crawl", *arguments])
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    lines = [line for line in err.splitlines() if line.startswith(("lineage: ", "  "))]
    assert len(lines) == 2, err
    return code, lines[0].removeprefix("lineage: "), lines[1].strip()


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nightly.jsonl", "the target 'nightly.jsonl' is neither a recording that exists nor a workspace"),
        ("azureml://registries/r/models/m", "the target 'azureml://registries/r/models/m' does not name a workspace"),
        (TARGET + "/models/m", f"the target '{TARGET}/models/m' does not name a workspace"),
        ("azureml://subscriptions/s/resourceGroups//workspaces/w", "the target 'azureml://subscriptions/s/"),
        ("/subscriptions/s/resourceGroups/g", "the target '/subscriptions/s/resourceGroups/g' does not name"),
    ],
)
def test_a_target_that_names_nothing_to_crawl(capsys, tmp_path, target, message):
    """Exit 2, before an index is made."""
    code, said, remedy = refused(capsys, [target, "--index", str(tmp_path / "i.db")])

    assert (code, said.startswith(message)) == (2, True)
    assert remedy.startswith("write azureml://subscriptions/SUBSCRIPTION/resourceGroups/GROUP/workspaces/WORKSPACE")
    assert not (tmp_path / "i.db").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cloud", "AzureMoon"], "there is no cloud named 'AzureMoon'"),
        (["--cloud", "nowhere.json"], "cannot read the cloud metadata nowhere.json: No such file or directory"),
        (["--ca-bundle", "nowhere.pem"], "cannot read the CA bundle nowhere.pem: No such file or directory"),
        (["--record", "nowhere/w.jsonl"], "cannot write the recording nowhere/w.jsonl"),
    ],
)
def test_an_option_that_cannot_be_used(capsys, tmp_path, monkeypatch, options, message):
    """Exit 2, before anybody is asked."""
    monkeypatch.setenv("AZURE_ACCESS_TOKEN", "t")
    arguments = [TARGET, "--credential", "token", "--index", str(tmp_path / "i.db"), *options]
    code, said, remedy = refused(capsys, arguments)

    assert (code, said) == (2, message)
    assert remedy


def test_a_damaged_recording(capsys, tmp_path):
    path = tmp_path / "w.jsonl"
    path.write_text("hello\n")
    code, said, remedy = refused(capsys, [str(path), "--index", str(tmp_path / "i.db")])

    assert (code, said) == (2, f"{path} is not a recording: its first line is not the header of one")
    assert remedy.startswith("record it again")


def test_no_token_in_the_environment(capsys, tmp_path, monkeypatch):
    monkeypatch.delenv("AZURE_ACCESS_TOKEN", raising=False)
    code, said, remedy = refused(capsys, [TARGET, "--credential", "token", "--index", str(tmp_path / "i.db")])

    assert (code, said) == (5, "AZURE_ACCESS_TOKEN is not set, and the credential is `token`")
    assert "az account get-access-token" in remedy


def test_no_azure_cli(capsys, tmp_path, monkeypatch):
    """What azure-identity says, and what to do."""
    monkeypatch.setenv("PATH", str(tmp_path))
    code, said, remedy = refused(capsys, [TARGET, "--credential", "cli", "--index", str(tmp_path / "i.db")])

    assert (code, said) == (5, "no token for AzureCloud: Azure CLI not found on path")
    assert remedy.startswith("sign in with `az login`")


def test_a_token_that_the_service_refuses(capsys, there, story, tmp_path, monkeypatch):
    monkeypatch.setenv("AZURE_ACCESS_TOKEN", "expired")
    code, said, remedy = refused(capsys, [story.dev.uri, *there, "--index", str(tmp_path / "i.db")])

    assert code == 5
    assert said.startswith("the workspace mlw-credit-dev in resource group rg-credit-dev refused the token: HTTP 401")
    assert "az account get-access-token" in remedy


def test_a_workspace_that_may_not_be_read(capsys, tmp_path, monkeypatch):
    """403 of the workspace itself: what to grant, and to whom to ask for it."""
    estate = Estate()
    ws = estate.workspace("w", group="g")
    ws.forbid("")
    with serve(estate, tmp_path) as emulator:
        cloud = tmp_path / "cloud.json"
        cloud.write_text(json.dumps(emulator.cloud))
        monkeypatch.setenv("AZURE_ACCESS_TOKEN", emulator.token)
        options = ["--credential", "token", "--cloud", str(cloud), "--ca-bundle", str(emulator.ca_bundle)]
        code, said, remedy = refused(capsys, [ws.uri, *options, "--index", str(tmp_path / "i.db")])

    assert code == 5
    assert said.startswith("the workspace w in resource group g may not be read with this credential: HTTP 403")
    assert remedy.startswith("grant Microsoft.MachineLearningServices/workspaces/read: az role assignment create")


def test_a_workspace_that_does_not_answer(capsys, emulator, tmp_path, monkeypatch):
    """A closed port, as behind a private endpoint."""
    metadata = {key: value.replace(emulator.url, "https://127.0.0.1:9") for key, value in emulator.cloud.items()}
    cloud = tmp_path / "cloud.json"
    cloud.write_text(json.dumps(metadata))
    monkeypatch.setenv("AZURE_ACCESS_TOKEN", "t")
    arguments = [TARGET, "--credential", "token", "--cloud", str(cloud), "--index", str(tmp_path / "i.db")]
    code, said, remedy = refused(capsys, arguments)

    assert code == 5
    assert said.startswith("the workspace w in resource group g could not be reached: 127.0.0.1: ")
    assert "private endpoint" in remedy


def test_a_failed_crawl_leaves_the_last_generation(capsys, there, story, tmp_path, monkeypatch):
    """Nothing is published when the workspace cannot be read."""
    index = tmp_path / "i.db"
    assert run(["crawl", story.prod.uri, *there, "--index", str(index)]) == 0
    digest = open_index(index).digest
    monkeypatch.setenv("AZURE_ACCESS_TOKEN", "expired")
    assert run(["crawl", story.prod.uri, *there, "--index", str(index)]) == 5

    assert open_index(index).digest == digest
    assert len(open_index(index).generations()) == 1


@pytest.mark.parametrize("named", [True, False], ids=["--cloud", "the variable alone"])
def test_a_cloud_in_the_environment_that_the_sdk_does_not_know(there, story, tmp_path, monkeypatch, named):
    """The SDK reads the variable when it is imported, and it may be a file; so it takes a process to see."""
    command = [LINEAGE, "crawl", story.prod.uri, *there, "--index", str(tmp_path / "i.db"), "--json"]
    at = command.index("--cloud")
    monkeypatch.setenv("AZUREML_CURRENT_CLOUD", "emulator of another test" if named else command[at + 1])
    command[at : at + 2] = command[at : at + 2] if named else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert json.loads(done.stdout)["generation"] == 1


def test_ctrl_c_stops_at_once_and_leaves_the_last_generation(there, story, emulator, tmp_path):
    """In the middle of a wait of fifty seconds that the service asked for."""
    index = tmp_path / "i.db"
    command = [LINEAGE, "crawl", story.dev.uri, *there, "--index", str(index)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    before = open_index(index).digest
    emulator.forget()
    emulator.fault("throttle", "/models", retry_after="50")
    crawl = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    while emulator.count("fault.throttle") == 0:
        assert crawl.poll() is None, crawl.communicate()
        time.sleep(0.02)
    started = time.monotonic()
    crawl.send_signal(signal.SIGINT)
    out, err = crawl.communicate(timeout=20)

    assert time.monotonic() - started < 10
    assert (crawl.returncode, out) == (130, "")
    assert "lineage: stopped; nothing was published" in err
    assert "Traceback" not in err
    assert open_index(index).digest == before


def test_bars_are_drawn_on_a_terminal(tmp_path):
    """With counts and rate; the summary on standard output stays plain text."""
    import os
    import pty

    leader, follower = pty.openpty()
    command = [LINEAGE, "crawl", "sample", "--index", str(tmp_path / "i.db")]
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"}
    environment.pop("NO_COLOR", None)
    crawl = subprocess.Popen(command, stderr=follower, stdout=subprocess.PIPE, env=environment)
    os.close(follower)
    drawn = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:  # the other end has closed
            break
        if not chunk:
            break
        drawn += chunk
    out, _ = crawl.communicate(timeout=30)
    os.close(leader)

    assert crawl.returncode == 0
    assert b"\x1b" not in out
    assert "versions" in drawn.decode()
    assert "━" in drawn.decode()
    assert "/s" in drawn.decode()


def test_plain_lines_say_how_long_work_goes():
    """One every five seconds, one at the end; none for what is done at once but its end."""
    from io import StringIO

    from lineage.cli.progress import Lines

    now = [0.0]
    stream = StringIO()
    lines = Lines(stream, clock=lambda: now[0])
    for second in range(12):
        now[0] = float(second)
        lines.progress("jobs", second * 10, 110)
    lines.note("done")

    assert stream.getvalue().splitlines() == [
        "jobs: 50 of 110 (10/s)",
        "jobs: 100 of 110 (10/s)",
        "jobs: 110 of 110 (10/s)",
        "done",
    ]
