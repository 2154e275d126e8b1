"""Who vouches for a pack: an in-toto statement about its manifest in a DSSE envelope, signed with Ed25519.

Statement: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
Envelope: https://github.com/secure-systems-lab/dsse
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error as SecureSystemsError
from securesystemslib.signer import CryptoSigner, SSlibKey

from lineage.errors import EvidenceDiffers, InvalidOption
from lineage.records import canonical_json

ENVELOPE: Final = "manifest.json.dsse"
"""Where the signature stands in a pack."""

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "urn:azureml-lineage:evidence-pack:v1"
_PAYLOAD: Final = "application/vnd.in-toto+json"
_REMEDY: Final = "give an Ed25519 key in PEM (openssl genpkey -algorithm ed25519 -out key.pem)"


def statement(manifest: bytes, custody: bytes, predicate: dict[str, Any]) -> bytes:
    """The in-toto statement: what is vouched for are the bytes of the manifest, and of who made it and when."""
    subjects = [
        {"name": name, "digest": {"sha256": sha256(data).hexdigest()}}
        for name, data in (("manifest.json", manifest), ("custody.json", custody))
    ]
    return canonical_json({"_type": STATEMENT, "subject": subjects, "predicateType": PREDICATE, "predicate": predicate})


def sign(payload: bytes, key: bytes, password: bytes | None = None) -> bytes:
    """The envelope, as JSON. key: an Ed25519 private key in PEM. Raises InvalidOption for anything else."""
    try:
        private = load_pem_private_key(key, password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidOption("that is no private key that can be read", _REMEDY) from None
    if not isinstance(private, Ed25519PrivateKey):
        raise InvalidOption("that private key is not of Ed25519", _REMEDY)
    envelope = Envelope(payload, _PAYLOAD, {})
    envelope.sign(CryptoSigner(private))
    return msgspec.json.format(canonical_json(envelope.to_dict()), indent=2) + b"\n"


def verified(envelope: bytes, key: bytes, manifest: bytes, custody: bytes) -> dict[str, Any]:
    """The predicate of the signed statement.

    key: the Ed25519 public key in PEM, or the private one. Raises InvalidOption for another key, EvidenceDiffers when
    the signature is not that key's or the statement is about other bytes.
    """
    public = _public(key)
    try:
        sealed = Envelope.from_dict(msgspec.json.decode(envelope))
        sealed.verify([SSlibKey.from_crypto(public)], 1)
        told = msgspec.json.decode(sealed.payload)
    except (SecureSystemsError, msgspec.MsgspecError, ValueError, KeyError, TypeError, AttributeError):
        raise EvidenceDiffers(f"{ENVELOPE} was not signed with this key", "ask for the signer's public key") from None
    wanted = msgspec.json.decode(statement(manifest, custody, {}))
    if sealed.payload_type != _PAYLOAD or told.get("_type") != STATEMENT or told.get("subject") != wanted["subject"]:
        raise EvidenceDiffers(f"{ENVELOPE} vouches for other files than those beside it", "sign the pack again")
    predicate: dict[str, Any] = told.get("predicate") or {}
    return predicate


def new_key() -> tuple[bytes, bytes]:
    """A private and its public key, in PEM."""
    private = Ed25519PrivateKey.generate()
    return (
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )


def _public(key: bytes) -> Ed25519PublicKey:
    try:
        public = load_pem_public_key(key)
    except (ValueError, UnsupportedAlgorithm):
        try:
            private = load_pem_private_key(key, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise InvalidOption("that is no public key that can be read", _REMEDY) from None
        public = private.public_key()
    if not isinstance(public, Ed25519PublicKey):
        raise InvalidOption("that public key is not of Ed25519", _REMEDY)
    return public
