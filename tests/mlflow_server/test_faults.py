"""A server that cannot be read, in every way that one meets, and what `lineage crawl` says of it."""

from __future__ import annotations

import base64
import json
import os
import socket
import ssl
import subprocess
import sys
import threading

import pytest
import trustme

from lineage.cli import run
from lineage.errors import InvalidOption, SourceForbidden, SourceUnauthorised, SourceUnreachable, ThrottledOut
from lineage.records import Gap, GapReason, Listing, Record
from lineage.sources.mlflow.source import MlflowSource
from tests.mlflow_server.conftest import source_of
from tests.mlflow_server.door import Door, opened, said
from tests.sources.silent import Silent

EXPERIMENTS = "/api/2.0/mlflow/experiments/search"


@pytest.fixture
def alone():
    """`alone(…)` opens a door behind which there is no server: every question needs an answer in `refused`."""
    held = []

    def make(**refused: tuple[int, str]) -> Door:
        context = opened(Door("http://127.0.0.1:9", refused={**refused, "": (404, "nothing")}))
        held.append(context)
        return context.__enter__()

    yield make
    for context in held:
        context.__exit__(None, None, None)


def facts_of(url):
    return list(source_of(url).crawl(Silent()))


def test_a_port_where_nobody_listens_is_unreachable():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    with pytest.raises(SourceUnreachable, match=f"127.0.0.1:{port} could not be reached") as failure:
        facts_of(f"http://127.0.0.1:{port}")
    assert failure.value.exit_code == 5
    assert "check that this machine reaches the server" in failure.value.remedy


def test_a_server_that_wants_a_sign_in_says_how(server, told, door):
    """401, as MLflow's own sign-in answers it: in plain words, not JSON."""
    way = door(wanted="Bearer right")
    with pytest.raises(SourceUnauthorised, match="refused the credential, or had none") as failure:
        facts_of(way.url)

    assert "MLFLOW_TRACKING_TOKEN" in failure.value.remedy
    assert "MLFLOW_TRACKING_USERNAME" in failure.value.remedy


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({"MLFLOW_TRACKING_TOKEN": "t0ken"}, "Bearer t0ken"),
        (
            {"MLFLOW_TRACKING_USERNAME": "ana", "MLFLOW_TRACKING_PASSWORD": "pässword"},
            "Basic " + base64.b64encode("ana:pässword".encode()).decode(),
        ),
    ],
)
def test_credentials_come_from_the_environment_and_go_nowhere_else(
    server, told, door, monkeypatch, tmp_path, capsys, variables, wanted
):
    """By MLflow's own rules; they open the server and stand in no fact, no message and no index."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    way = door(wanted=wanted)
    index = tmp_path / "i.db"
    assert run(["crawl", f"mlflow+{way.url}", "--index", str(index), "--json"]) == 0
    out, err = capsys.readouterr()

    assert json.loads(out)["kinds"]["ModelVersion"] == 5
    content = b"".join(path.read_bytes() for path in tmp_path.glob("i.db*"))
    for value in (*variables.values(), wanted.partition(" ")[2]):
        if value != "ana":
            assert value not in out + err
            assert value.encode() not in content


def test_a_server_that_may_not_be_read_says_whom_to_ask(alone):
    way = alone(**{EXPERIMENTS: (403, said("PERMISSION_DENIED", "Permission denied"))})

    with pytest.raises(SourceForbidden, match="may not be read with this credential") as failure:
        facts_of(way.url)
    assert failure.value.remedy == "ask the server's administrator for READ on it"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": {"code": "AuthenticationFailed", "message": "The token is too old."}}, SourceUnauthorised),
        ({"error": {"code": "AuthorizationFailed", "message": "may not"}}, SourceForbidden),
        ({"error": {"code": "UserError", "message": "no"}, "statusCode": 401}, SourceUnauthorised),
    ],
)
def test_azure_ml_words_its_refusals_in_another_shape(alone, body, error):
    """MLflow's client keeps only the body, in which the status has to be found."""
    way = alone(**{EXPERIMENTS: (401, json.dumps(body))})

    with pytest.raises(error):
        facts_of(way.url)


@pytest.mark.parametrize(
    "answers",
    [
        {EXPERIMENTS: (200, "<html><body>Welcome</body></html>")},
        {EXPERIMENTS: (404, "<html>not found</html>")},
        {EXPERIMENTS: (200, "{}"), "/version": (404, "nothing")},
        {EXPERIMENTS: (200, '{"hello": "world"}'), "/version": (200, "<html>1.0</html>")},
        {EXPERIMENTS: (200, '{"experiments": 7}')},
    ],
)
def test_what_is_no_mlflow_server_is_told_from_an_empty_one(alone, answers):
    """A page, another program's 404, another program's JSON, JSON of another shape."""
    way = alone(**answers)

    with pytest.raises(SourceUnreachable, match="is not an MLflow server") as failure:
        facts_of(way.url)
    assert "mlflow+https://HOST[:PORT][/ROOT]" in failure.value.remedy


def test_a_server_on_which_nothing_is_visible_is_an_empty_one(alone):
    """Whoever may see nothing gets a generation without things, and no error."""
    empty = {"/registered-models/search": (200, "{}"), "/model-versions/search": (200, "{}")}
    way = alone(**{EXPERIMENTS: (200, "{}"), "/version": (200, "3.17.2"), **empty})

    facts = facts_of(way.url)
    assert {(type(fact), fact.complete, fact.listed) for fact in facts} == {(Listing, True, 0)}


def test_a_redirect_is_not_followed(alone):
    """A sign-in page elsewhere would get the token, and its answers would be taken for the server's."""
    elsewhere = alone()
    way = alone(**{EXPERIMENTS: (302, f"{elsewhere.url}/login")})

    with pytest.raises(SourceUnreachable, match="answers with a redirect"):
        facts_of(way.url)
    assert elsewhere.passed == []


def refusing(way: Door, end: str, times: int, status: int) -> list[int]:
    """Has the door refuse so many questions of that path; how many are left to refuse, as the one entry of a list."""
    left, asked = [times], way.answer

    def busy(method: str, path: str, body: bytes | None, authorization: str) -> tuple[int, bytes]:
        if path.partition("?")[0].endswith(end) and left[0]:
            left[0] -= 1
            return status, b"busy"
        return asked(method, path, body, authorization)

    way.answer = busy  # type: ignore[method-assign]
    return left


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_breaks_is_asked_again_a_few_times(server, told, door, status):
    """Twice refused, then answered: nothing is missing. Refused for good: a Gap."""
    way = door()
    refusing(way, "/registered-models/search", 2, status)
    root = f"mlflow+{way.url}"
    assert Listing(f"{root}/models", root, True, 3) in facts_of(way.url)

    left = refusing(way, "/registered-models/search", 1000, status)
    gap = next(fact for fact in facts_of(way.url) if isinstance(fact, Gap) and fact.subject == f"{root}/models")
    assert gap.reason is GapReason.UNREACHABLE
    assert left == [995]


def test_a_server_that_throttles_is_waited_for(server, told, door):
    """Twelve refusals, each for nine seconds: all is read. Beyond the patience: another time, and nothing is lost."""
    way = door(retry_after="9")
    refusing(way, "/registered-models/search", 12, 429)
    root = f"mlflow+{way.url}"
    source = source_of(way.url)
    assert Listing(f"{root}/models", root, True, 3) in list(source.crawl(Silent()))
    assert 12 * 9 <= source._manners.gates.clock.waited < 500

    refusing(way, "/registered-models/search", 1000, 429)
    with pytest.raises(ThrottledOut, match=r"asks to wait 9\.\d s, longer than the 20 s of --patience") as put_off:
        list(source_of(way.url, patience=20).crawl(Silent()))
    assert put_off.value.exit_code == 75


def test_an_answer_beyond_all_bounds_is_a_gap_of_that_thing(server, told, door):
    """65 MiB where three models were asked for."""
    way = door(refused={"/registered-models/search": (200, "{" + " " * (65 << 20) + "}")})
    gap = next(fact for fact in facts_of(way.url) if isinstance(fact, Gap) and fact.subject.endswith("/models"))

    assert (gap.reason, gap.detail) == (GapReason.TOO_LARGE, "an answer of more than 64 MiB")


def test_runs_are_got_several_at_once(server, told, door):
    """Two that wait for each other are both answered."""
    way = door()
    met, asked = threading.Barrier(2, timeout=20), way.answer
    first = iter((True, True))

    def together(method: str, path: str, body: bytes | None, authorization: str) -> tuple[int, bytes]:
        if path.partition("?")[0].endswith("/runs/get") and next(first, False):
            met.wait()
        return asked(method, path, body, authorization)

    way.answer = together
    reasons = [fact.reason for fact in facts_of(way.url) if isinstance(fact, Gap)]

    assert not met.broken
    assert reasons == [GapReason.NOT_FOUND]  # the logged model that the story deletes


def test_a_listing_that_leads_in_a_circle_ends(server, told, door):
    """The same token again: what came is kept, and the listing is not whole."""
    page = json.dumps({"registered_models": [{"name": "once"}], "next_page_token": "again"})
    way = door(refused={"/registered-models/search": (200, page)})
    root = f"mlflow+{way.url}"
    facts = facts_of(way.url)

    gap = next(fact for fact in facts if isinstance(fact, Gap) and fact.subject == f"{root}/models")
    assert gap.reason is GapReason.LOOP
    assert Listing(f"{root}/models", root, False, 2) in facts
    assert f"{root}/models/once" in {fact.subject for fact in facts if isinstance(fact, Record)}


def test_a_server_s_certificate_is_checked(server, told, tmp_path):
    """Against the system's, or those given with --ca-bundle."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with opened(Door(server), tls) as way:
        with pytest.raises(SourceUnreachable) as failure:
            facts_of(way.url)
        assert "--ca-bundle" in failure.value.remedy
        facts = list(MlflowSource(f"mlflow+{way.url}", str(bundle)).crawl(Silent()))

    assert f"mlflow+{way.url}/jobs/{told['prep']}" in {fact.subject for fact in facts if isinstance(fact, Record)}


def test_settings_of_mlflow_are_as_they_were_after_a_crawl(server, told, monkeypatch):
    """The next program in this process finds its retries, redirects and reports as it left them."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "7")
    before = {name: value for name, value in os.environ.items() if name.startswith("MLFLOW_")}
    facts_of(server)

    assert {name: value for name, value in os.environ.items() if name.startswith("MLFLOW_")} == before


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("mlflow+http://mlflow.contoso.com", "plain http"),
        ("mlflow+http://10.0.0.7:5000", "plain http"),
        ("mlflow+https://ana:secretword@mlflow.contoso.com", "without user and password"),
        ("mlflow+https://h/jobs/8c1f", "names something on an MLflow server"),
        ("mlflow+https://", "names no MLflow server"),
        ("azureml://h.api.azureml.ms/mlflow/v1.0/registries/R", "names something on an MLflow server"),
    ],
)
def test_a_target_that_cannot_be_meant_is_refused_before_anything_is_asked(target, words, tmp_path, capsys):
    assert run(["crawl", target, "--index", str(tmp_path / "i.db")]) == 2
    err = capsys.readouterr().err

    assert words in err
    assert "secretword" not in err
    assert "Traceback" not in err


def test_certificates_that_are_not_there_and_recordings_are_refused(tmp_path, capsys):
    index = ["--index", str(tmp_path / "i.db")]
    with pytest.raises(InvalidOption, match="there are no certificates at"):
        list(MlflowSource("mlflow+https://h", str(tmp_path / "none.pem")).crawl(Silent()))

    assert run(["crawl", "mlflow+https://h", "--record", str(tmp_path / "r.jsonl"), *index]) == 2
    assert "not recorded" in capsys.readouterr().err


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


def test_without_the_extra_the_crawl_says_what_to_install(tmp_path):
    """Everything else works without MLflow's client."""
    done = python(
        "import sys; sys.modules['mlflow'] = None\n"
        "from lineage.cli import run\n"
        f"sys.exit(run(['crawl', 'mlflow+https://h', '--index', {str(tmp_path / 'i.db')!r}]))"
    )

    assert done.returncode == 2
    assert "which is not installed" in done.stderr
    assert "pip install 'azureml-lineage[mlflow]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_only_the_crawl_of_a_server_loads_mlflow(tmp_path):
    """Neither a question nor another crawl, and not even the making of this source."""
    done = python(
        "import sys\n"
        "from lineage.cli import run\n"
        "from lineage.sources.mlflow.source import MlflowSource\n"
        "import lineage.sources.mlflow.client\n"
        "MlflowSource('mlflow+https://h')\n"
        f"index = ['--index', {str(tmp_path / 'i.db')!r}]\n"
        "assert run(['crawl', 'sample', *index]) == 0\n"
        "assert run(['trace', 'credit-scoring:5', *index]) in (0, 3)\n"
        "assert not [name for name in sys.modules if name.partition('.')[0] == 'mlflow']"
    )

    assert done.returncode == 0, done.stderr
