"""What signs in to the workspace.

    default            DefaultAzureCredential: environment, workload or managed identity, then the developer's tools
    cli                the account of `az login`
    managed-identity   the identity of the machine, container or function that this runs on; the user-assigned one
                       with the client id in $AZURE_CLIENT_ID where that is set
    environment        a service principal: $AZURE_TENANT_ID, $AZURE_CLIENT_ID and its secret or certificate
    token              an access token for the resource manager in $AZURE_ACCESS_TOKEN

Tokens are kept until five minutes before they expire: without that, some
credentials would start a process for every request.
"""

from __future__ import annotations

import os
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any, Final

import msgspec

from lineage.errors import InvalidOption, SourceUnauthorised
from lineage.redaction import redact_text

CHOICES: Final = ("default", "cli", "managed-identity", "environment", "token")
VARIABLE: Final = "AZURE_ACCESS_TOKEN"

REMEDIES: Final = {
    "default": "sign in with `az login`, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET",
    "cli": "sign in with `az login`, and choose the tenant with `az login --tenant TENANT` if there are several",
    "managed-identity": "run it on an Azure machine, container or function that has an identity; for a user-assigned "
    "one set AZURE_CLIENT_ID to its client id; elsewhere choose another --credential",
    "environment": "set AZURE_TENANT_ID, AZURE_CLIENT_ID and either AZURE_CLIENT_SECRET or "
    "AZURE_CLIENT_CERTIFICATE_PATH, and look whether the secret has expired",
    "token": f"export {VARIABLE}=$(az account get-access-token --query accessToken --output tsv)",
}
"""What to do when a credential of that choice is not there or is refused."""


_PRINCIPAL: Final = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID")
_PROOF: Final = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH")


class Cached:
    """A credential that asks the one inside only when its last token nears its end. Safe between threads.

    How long a token lasts is read once, when it comes, and measured by a clock that nobody sets; a token that seems to
    have ended already shows that the time of day is wrong, and is kept for a while.

    remedy: what to do when it gives no token or is refused. clock: the time of day. age: seconds since some instant.
    """

    _MARGIN: Final = 300
    _YOUNG: Final = 60
    _DOUBTED: Final = 300

    def __init__(
        self,
        inside: Any,
        clock: Callable[[], float] = time.time,
        remedy: str = "check the credential that was given",
        age: Callable[[], float] = time.monotonic,
    ) -> None:
        self.remedy = remedy
        self._inside = inside
        self._clock = clock
        self._age = age
        self._got = 0.0
        self._held: dict[tuple[Any, ...], tuple[Any, float]] = {}
        self._lock = threading.Lock()

    def get_token(self, *scopes: str, **options: Any) -> Any:
        """A token for the scopes. A claims challenge always asks anew."""
        key = (scopes, options.get("tenant_id"))
        with self._lock:
            held, ends = self._held.get(key, (None, 0.0))
            if held is None or options.get("claims") or ends <= self._age():
                held = self._inside.get_token(*scopes, **options)
                life = held.expires_on - self._MARGIN - self._clock()
                self._got = self._age()
                self._held[key] = (held, self._got + (life if life > 0 else self._DOUBTED))
            return held

    def forget(self) -> bool:
        """Ask for a new token next time: the service refuses the one in hand. False when a new one is no use.

        A clock that is behind keeps a token beyond its end. One that was got within the last minute is not renewed,
        so that a service that refuses everything does not have a token asked for with every request.
        """
        with self._lock:
            if isinstance(self._inside, Fixed) or self._age() - self._got < self._YOUNG:
                return False
            self._held.clear()
            return True


def principal(credential: Any) -> str:
    """What tells apart who signs in: credentials with the same one are counted together by the service."""
    return credential if isinstance(credential, str) else f"{type(credential).__name__} {id(credential):x}"


class Fixed:
    """The one token that the user gave."""

    def __init__(self, token: str) -> None:
        from azure.core.credentials import AccessToken

        # A token that does not say when it ends is believed for the length of a crawl; the service judges it.
        self._token = AccessToken(token, _expiry(token) or int(time.time()) + 24 * 3600)

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        return self._token


def signed(given: Any, authority: str) -> Cached:
    """A credential that keeps its tokens: that of a choice, or the object that was given.

    One that is made once and given to several crawls asks for its token once.
    """
    if isinstance(given, str):
        return credential(given, authority)
    return given if isinstance(given, Cached) else Cached(given)


def credential(choice: str, authority: str) -> Cached:
    """What the choice names, for the cloud with that authority. Raises SourceUnauthorised, InvalidOption."""
    if choice not in CHOICES:
        raise InvalidOption(f"there is no credential {choice!r}", f"choose one of {', '.join(CHOICES)}")
    try:
        return Cached(_inside(choice, authority), remedy=REMEDIES[choice])
    except (ValueError, OSError) as error:
        # A tenant that is no tenant, a certificate that is not there: said at once, each in its own class.
        said = redact_text(str(error)).strip().splitlines()[0]
        raise SourceUnauthorised(
            f"azure-identity cannot use what the environment says: {said}",
            "correct the variables AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_…, or unset them",
        ) from error


def _inside(choice: str, authority: str) -> Any:
    if choice == "token":
        return Fixed(_token())
    if choice == "cli":
        from azure.identity import AzureCliCredential

        return AzureCliCredential()
    if choice == "managed-identity":
        from azure.identity import ManagedIdentityCredential

        # Where nobody listens there is no identity: that is known after two tries. A busy answer is tried on and on.
        return ManagedIdentityCredential(client_id=os.environ.get("AZURE_CLIENT_ID") or None, retry_connect=1)
    if choice == "environment":
        from azure.identity import EnvironmentCredential

        _check_principal()
        return EnvironmentCredential(authority=authority)
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential(authority=authority)


def _check_principal() -> None:
    """Raises SourceUnauthorised, naming what is missing, where the environment names no service principal."""
    missing = [name for name in _PRINCIPAL if not os.environ.get(name)]
    if not any(os.environ.get(name) for name in _PROOF):
        missing.append(" or ".join(_PROOF))
    if missing:
        raise SourceUnauthorised(
            f"the credential is `environment`, and the environment lacks {', '.join(missing)}", REMEDIES["environment"]
        )


def _token() -> str:
    token = os.environ.get(VARIABLE, "").strip()
    if not token:
        raise SourceUnauthorised(f"{VARIABLE} is not set, and the credential is `token`", REMEDIES["token"])
    ends = _expiry(token)
    if ends is not None and ends <= time.time():
        raise SourceUnauthorised(f"the token in {VARIABLE} has expired", REMEDIES["token"])
    return token


def _expiry(token: str) -> int | None:
    """When a JSON web token says it ends (seconds since 1970); None when it does not say."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = msgspec.json.decode(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return int(claims["exp"])
    except (ValueError, KeyError, TypeError):
        return None
