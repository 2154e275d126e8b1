"""The one token that the emulator takes, in the shape of a real one, and a credential that gives it.

The SDK reads the tenant out of a token's `tid` claim, so the token is a JSON
web token: three base64url segments, unsigned.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode

from azure.core.credentials import AccessToken


def _segment(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def token_for(tenant: str) -> str:
    """A token of that tenant; its last segment is the canary that must never be stored or shown."""
    claims = {"aud": "https://management.azure.com/", "tid": tenant, "oid": "3d1f6a52-7c41-4c1e-9a55-2f6f3a0a9b11"}
    return f"{_segment({'typ': 'JWT', 'alg': 'none'})}.{_segment(claims)}.c2lnbmF0dXJlLW9mLXRoZS1jYW5hcnk"


class EmulatorCredential:
    """Gives one token to whoever asks, and counts how often (`asked`)."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.asked = 0

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        self.asked += 1
        return AccessToken(self.token, int(time.time()) + 3600)
