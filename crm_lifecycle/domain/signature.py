"""Proofs that a request comes from the telephone system that shares a secret with us."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

TOLERANCE_SECONDS = 300


def twilio(secret: str, url: str, parameters: Mapping[str, Sequence[str]]) -> str:
    """Twilio's signature: HMAC-SHA1 over the address as Twilio knows it, query included, and the sorted POST parameters.

    https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    text = url + "".join(name + value for name in sorted(parameters) for value in sorted(set(parameters[name])))
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def is_twilio(secret: str, url: str, parameters: Mapping[str, Sequence[str]], body: bytes, given: str) -> bool:
    """Whether Twilio signed the request. A body that is no form is signed by its SHA-256 in the query."""
    expected_hash = parse_qs(urlsplit(url).query).get("bodySHA256", [""])[0]
    if expected_hash and not hmac.compare_digest(hashlib.sha256(body).hexdigest(), expected_hash.lower()):
        return False
    return hmac.compare_digest(twilio(secret, url, parameters).encode(), given.encode())


def generic(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over ``timestamp.body``, in hexadecimal; a request without body signs its raw query."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_generic(secret: str, timestamp: str, body: bytes, given: str) -> bool:
    return hmac.compare_digest(generic(secret, timestamp, body).encode(), given.lower().removeprefix("sha256=").encode())


def is_fresh(timestamp: str, now: float) -> bool:
    """Whether a time in seconds since 1970 is near enough to ours."""
    return timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12 and abs(now - int(timestamp)) <= TOLERANCE_SECONDS
