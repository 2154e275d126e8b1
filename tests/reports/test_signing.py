"""Who vouches for a pack, checked by the libraries of those who wrote the standards."""

from __future__ import annotations

import base64
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_public_key,
)
from google.protobuf.json_format import Parse
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as Protobuf

from lineage import cli
from lineage.errors import EvidenceDiffers, InvalidOption
from lineage.reports import signing
from tests.reports.conftest import made

PRIVATE, PUBLIC = signing.new_key()


def sealed(manifest: bytes = b"m", custody: bytes = b"c") -> bytes:
    return signing.sign(signing.statement(manifest, custody, {"signed": "2026-03-31T12:00:00Z"}), PRIVATE)


def test_the_statement_is_one_for_in_toto() -> None:
    """Parsed by the protobuf of the specification, validated by its library."""
    envelope = msgspec.json.decode(sealed())
    payload = base64.b64decode(envelope["payload"])

    statement = Statement.copy_from_pb(Parse(payload, Protobuf()))
    statement.validate()

    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    assert [subject.name for subject in statement.pb.subject] == ["manifest.json", "custody.json"]


def test_the_signature_is_over_the_pre_authentication_encoding() -> None:
    """Checked with nothing but Ed25519 and the definition of DSSE."""
    envelope = msgspec.json.decode(sealed())
    payload = base64.b64decode(envelope["payload"])
    kind = b"application/vnd.in-toto+json"
    encoded = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)

    load_pem_public_key(PUBLIC).verify(base64.b64decode(envelope["signatures"][0]["sig"]), encoded)


def test_either_half_of_the_key_checks_it() -> None:
    for key in (PUBLIC, PRIVATE):
        assert signing.verified(sealed(), key, b"m", b"c") == {"signed": "2026-03-31T12:00:00Z"}


@pytest.mark.parametrize(("manifest", "custody"), [(b"M", b"c"), (b"m", b"C")])
def test_other_files_are_not_vouched_for(manifest: bytes, custody: bytes) -> None:
    with pytest.raises(EvidenceDiffers, match="vouches for other files"):
        signing.verified(sealed(), PUBLIC, manifest, custody)


def test_another_key_a_changed_payload_and_rubbish_are_refused() -> None:
    other = signing.new_key()[1]
    envelope = msgspec.json.decode(sealed())
    envelope["payload"] = base64.b64encode(base64.b64decode(envelope["payload"]).replace(b"2026", b"2027")).decode()

    for data, key in ((sealed(), other), (msgspec.json.encode(envelope), PUBLIC), (b"{}", PUBLIC), (b"\xff", PUBLIC)):
        with pytest.raises(EvidenceDiffers, match="was not signed with this key"):
            signing.verified(data, key, b"m", b"c")


def test_keys_of_another_kind_are_refused() -> None:
    curve = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for key in (curve, b"not a key"):
        with pytest.raises(InvalidOption):
            signing.sign(b"{}", key)
        with pytest.raises(InvalidOption):
            signing.verified(sealed(), key, b"m", b"c")


def test_signing_and_checking_from_the_command_line(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new key is readable by its owner alone, and never made over another."""
    made(index, tmp_path / "pack")
    monkeypatch.chdir(tmp_path)

    assert cli.run(["sign", "pack", "--key", "me.pem", "--new-key"]) == 0
    assert (tmp_path / "me.pem").stat().st_mode & 0o777 == 0o600
    assert capsys.readouterr().out.splitlines() == [
        "signed: pack/manifest.json.dsse",
        "  lineage verify pack --key me.pub.pem",
    ]
    assert cli.run(["sign", "pack", "--key", "me.pem", "--new-key"]) == 2
    assert "me.pem is there already" in capsys.readouterr().err
    manifest = (tmp_path / "pack/manifest.json").read_bytes()
    told = signing.verified(
        (tmp_path / "pack/manifest.json.dsse").read_bytes(),
        (tmp_path / "me.pub.pem").read_bytes(),
        manifest,
        (tmp_path / "pack/custody.json").read_bytes(),
    )
    assert told["generation"] == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["verify", "nowhere"], 10, "manifest.json cannot be read: No such file or directory"),
        (["sign", "nowhere", "--key", "k.pem"], 10, "manifest.json cannot be read: No such file or directory"),
        (["sign", "pack", "--key", "none.pem"], 2, "cannot read the key none.pem: No such file or directory"),
    ],
)
def test_what_is_not_there_is_said(
    arguments: list[str],
    code: int,
    said: str,
    index: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made(index, tmp_path / "pack")
    monkeypatch.chdir(tmp_path)

    assert cli.run(arguments) == code
    assert said in capsys.readouterr().err
