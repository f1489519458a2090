"""Values that are credentials whatever they are called: the shapes that issuers give to what they issue.

Each pattern matches in time linear in the length of the value: no repetition stands in another, and next to each other only over different characters.
Sources: the issuers' own documentation, such as https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes,
https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/, https://docs.stripe.com/keys,
https://api.slack.com/concepts/token-types and RFC 7519 (JWT), RFC 7468 (PEM).
"""

from __future__ import annotations

import base64
import binascii
import re

_START, _END = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"

SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("a private key", r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY"),
        ("an AWS access key", _START + r"(?:AKIA|ASIA)[A-Z2-7]{16}" + _END),
        ("a pre-signed AWS request", r"(?i:X-Amz-(?:Signature|Security-Token)=)"),
        ("a JSON web token", _START + r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{8,}"),
        ("a GitHub token", _START + r"(?:gh[oprsu]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,})"),
        ("a GitLab token", _START + r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-[A-Za-z0-9_-]{16,}"),
        ("a Slack token", _START + r"(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,}"),
        ("a Slack webhook", r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9_/-]{16,}"),
        ("a Discord webhook", r"discord(?:app)?\.com/api/webhooks/[0-9]{5,}/[A-Za-z0-9_-]{16,}"),
        ("a Stripe key", _START + r"(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9]{10,}"),
        ("a Google key", _START + r"(?:AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{20,})"),
        ("a SendGrid key", _START + r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
        ("a Twilio key", _START + r"SK[0-9a-f]{32}" + _END),
        ("a registry token", _START + r"(?:npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}|dckr_pat_[A-Za-z0-9_-]{20,})"),
        ("a model provider's key", _START + r"sk-[A-Za-z0-9_-]{20,}"),
        ("a Vault token", _START + r"hv[bsr]\.[A-Za-z0-9_-]{20,}"),
        (
            "a cloud provider's token",
            _START + r"(?:do[opr]_v1_[0-9a-f]{40,}|dapi[0-9a-f]{32}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32})",
        ),
        ("a bot token", _START + r"[0-9]{8,10}:[A-Za-z0-9_-]{35}" + _END),
        ("an age key", r"AGE-SECRET-KEY-1[A-Z0-9]{40,}"),
        ("a storage key", r"(?i:\b(?:AccountKey|SharedAccessKey|SharedAccessSignature))=[A-Za-z0-9+/%=]{20,}"),
        ("an authorization header", r"^(?i:basic|bearer) [A-Za-z0-9+/=._~-]{16,}$"),
    )
)

_WITH_PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/?#:@]{0,256}:([^\s/?#@]{1,1024})@")
_ASSIGNED = re.compile(r"(?i:\b(?:password|passwd|pwd))=([^;&\s\"']{1,1024})")
_PLACEHOLDER = re.compile(r"\$\{|\{\{|\$\(|<[^>]{1,64}>$|\*{3,}$|[xX]{3,}$|%s$")
_ENCODED = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_LONGEST = 1 << 16


def shape_of(value: str) -> str | None:
    """What kind of credential a value holds, in words that go into a message; None for none that is known by its shape."""
    value = value[:_LONGEST]
    return _direct(value) or _inside_base64(value)


def _direct(value: str) -> str | None:
    for kind, pattern in SHAPES:
        if pattern.search(value):
            return kind
    for kind, pattern in (
        ("a URL with a password", _WITH_PASSWORD),
        ("a connection string with a password", _ASSIGNED),
    ):
        if any(not _PLACEHOLDER.match(found[1]) for found in pattern.finditer(value)):
            return kind
    return None


def _inside_base64(value: str) -> str | None:
    """A key or token that was encoded to fit into a line, as `base64 < key.pem` does."""
    compact = "".join(value.split())
    if not _ENCODED.fullmatch(compact):
        return None
    try:
        text = base64.b64decode(compact, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    found = _direct(text)
    return f"{found} in base64" if found else None
