"""`lineage verify` and `lineage sign`: whether a report is what it says it is, and who vouches for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineage.cli.asking import TEXT, json_option
from lineage.errors import EvidenceDiffers, InvalidOption

if TYPE_CHECKING:
    from lineage.cli.packs import Directory


@click.command(
    epilog="""\b
Examples:
  lineage verify dossier/
  lineage verify dossier/ --key signer.pub.pem
  lineage verify december/ --previous november/ --index index.db

\b
JSON: {question, verified: true, checks: [sentence]}
A difference ends with exit code 10 and names the file and where in it.
"""
)
@click.argument("directory", metavar="DIR", type=TEXT)
@click.option("--key", metavar="FILE", type=TEXT, help="The signer's public key (Ed25519, PEM): checks who vouches.")
@click.option("--index", metavar="FILE", type=TEXT, help="Ask this index every question again, of the same generation.")
@click.option("--previous", metavar="DIR", type=TEXT, help="The report before this one: is it the one named here?")
@json_option
def verify(directory: str, key: str | None, index: str | None, previous: str | None, as_json: bool) -> None:
    """Is this report what it says it is? Everything is hashed and made again from its answers, offline.

    With --index also whether an index still answers so; with --previous whether the chain of reports holds.
    """
    from lineage.api.documents import document
    from lineage.cli.packs import Directory
    from lineage.cli.progress import reporter
    from lineage.cli.reported import REPORTS
    from lineage.reports import manifest, signing
    from lineage.reports.verifying import follows
    from lineage.reports.verifying import verify as check

    folder = Directory(Path(directory))
    checks: list[str] = []

    def passed(sentence: str) -> None:
        checks.append(sentence)
        if not as_json:
            click.echo(f"ok  {sentence}")

    with reporter() as progress:
        for sentence in check(folder, REPORTS, document, progress):
            passed(sentence)
    if previous is not None:
        passed(follows(folder, Directory(Path(previous))))
    if index is not None:
        passed(_asked_again(folder, index))
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
        passed(f"signed with this key at {told.get('signed', 'an unknown time')}")
    elif not as_json:
        click.echo("    signed: give --key to check by whom" if signed else "    not signed (lineage sign)")
    if as_json:
        from lineage.cli import render

        render.document({"question": "verify", "verified": True, "signed": signed, "checks": checks})


def _asked_again(folder: Directory, index: str) -> str:
    from lineage.api.answering import questions
    from lineage.cli.asking import store
    from lineage.reports import manifest
    from lineage.reports.verifying import ask_again

    of = manifest.decode_or_differ(b"".join(folder.read(manifest.PATH)))
    opened = store(index)
    known = {one.number: one.digest for one in opened.generations()}
    number = int(of.generation["number"])
    if known.get(number) != of.generation["digest"]:
        raise EvidenceDiffers(
            f"{index} holds no generation {number} with the digest that the report names",
            "give the index that the report was made from",
        )
    with questions(opened, number) as asked:
        return ask_again(folder, asked)


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
