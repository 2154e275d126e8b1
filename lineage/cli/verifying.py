"""`lineage verify` and `lineage sign`: whether a report is what it says it is, and who vouches for it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from lineage.cli.asking import TEXT, json_option
from lineage.errors import EvidenceDiffers, InvalidOption


@click.command(
    epilog="""\b
Examples:
  lineage verify dossier/
  lineage verify dossier/ --key signer.pub.pem

\b
JSON: {question, verified: true, checks: [sentence]}
A difference ends with exit code 10 and names the file and where in it.
"""
)
@click.argument("directory", metavar="DIR", type=TEXT)
@click.option("--key", metavar="FILE", type=TEXT, help="The signer's public key (Ed25519, PEM): checks who vouches.")
@json_option
def verify(directory: str, key: str | None, as_json: bool) -> None:
    """Is this report what it says it is? Everything is hashed and made again from its answers, offline."""
    from lineage.api.documents import document
    from lineage.cli.packs import Directory
    from lineage.cli.progress import reporter
    from lineage.cli.reported import REPORTS
    from lineage.reports import manifest, signing
    from lineage.reports.verifying import verify as check

    folder = Directory(Path(directory))
    checks = []
    with reporter() as progress:
        for sentence in check(folder, REPORTS, document, progress):
            checks.append(sentence)
            if not as_json:
                click.echo(f"ok  {sentence}")
    signed = (folder.root / signing.ENVELOPE).is_file()
    if key is not None:
        if not signed:
            raise EvidenceDiffers(f"{directory} is not signed", "sign it: lineage sign DIR --key key.pem")
        told = signing.verified(
            b"".join(folder.read(signing.ENVELOPE)),
            _read(key),
            b"".join(folder.read(manifest.PATH)),
            b"".join(folder.read(manifest.CUSTODY)),
        )
        checks.append(f"signed with this key at {told.get('signed', 'an unknown time')}")
        if not as_json:
            click.echo(f"ok  {checks[-1]}")
    elif not as_json:
        click.echo("    signed: give --key to check by whom" if signed else "    not signed (lineage sign)")
    if as_json:
        from lineage.cli import render

        render.document({"question": "verify", "verified": True, "signed": signed, "checks": checks})


@click.command(
    epilog="""\b
Examples:
  lineage sign dossier/ --key signer.pem --new-key      make a key first (signer.pem, signer.pub.pem)
  lineage sign dossier/ --key signer.pem
"""
)
@click.argument("directory", metavar="DIR", type=TEXT)
@click.option("--key", metavar="FILE", type=TEXT, required=True, help="Your private key (Ed25519, PEM).")
@click.option("--new-key", is_flag=True, help="Make the key: FILE, readable by you alone, and FILE with .pub.pem.")
def sign(directory: str, key: str, new_key: bool) -> None:
    """Vouch for a report: an in-toto statement about its manifest in a DSSE envelope, signed with Ed25519.

    Verify it first: what is signed is the manifest, which names every other file by its hash.
    """
    from lineage.cli.packs import Directory, now
    from lineage.reports import manifest, signing

    folder = Directory(Path(directory))
    raw, kept = (b"".join(folder.read(path)) for path in (manifest.PATH, manifest.CUSTODY))
    of = manifest.decode_or_differ(raw)
    if new_key:
        _make(Path(key))
    payload = signing.statement(raw, kept, {"signed": now(), "report": of.id, "generation": of.generation["number"]})
    envelope = signing.sign(payload, _read(key))
    try:
        (folder.root / signing.ENVELOPE).write_bytes(envelope)
    except OSError as error:
        raise InvalidOption(
            f"cannot write to {directory}: {error.strerror}", "sign a copy that you may write to"
        ) from None
    click.echo(f"signed: {folder.root / signing.ENVELOPE}")
    click.echo(f"  lineage verify {directory} --key {_public(Path(key)) if new_key else 'YOUR-PUBLIC-KEY.pem'}")


def _make(where: Path) -> None:
    from lineage.reports import signing

    private, public = signing.new_key()
    try:
        with os.fdopen(os.open(where, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(private)
        _public(where).write_bytes(public)
    except FileExistsError:
        raise InvalidOption(f"{where} is there already", "leave --new-key out, or give another FILE") from None
    except OSError as error:
        raise InvalidOption(f"cannot write {where}: {error.strerror}", "give a FILE that you may write") from None


def _public(where: Path) -> Path:
    return where.with_name(f"{where.stem}.pub.pem")


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InvalidOption(f"cannot read the key {path}: {error.strerror}", "give the key's file") from None
