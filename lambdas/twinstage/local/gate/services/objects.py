"""S3: buckets and objects, told by method and subresource.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from twinstage.local.gate.call import Call, Check, UnmappedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.local.gate.call import Asked

# Parameters that only say how to answer; any other names what is asked for, or is not known.
_HOW = frozenset({
    "attributes", "continuation-token", "delimiter", "encoding-type", "fetch-owner", "key-marker", "list-type", "marker",
    "max-keys", "max-parts", "max-uploads", "part-number-marker", "partNumber", "prefix", "start-after", "upload-id-marker",
    "version-id-marker", "x-id",
})  # fmt: skip
_BUCKET: dict[str, dict[str, str]] = {
    "": {"GET": "ListBucket", "HEAD": "ListBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"},
    "accelerate": {"GET": "GetAccelerateConfiguration", "PUT": "PutAccelerateConfiguration"},
    "acl": {"GET": "GetBucketAcl", "PUT": "PutBucketAcl"},
    "cors": {"GET": "GetBucketCORS", "PUT": "PutBucketCORS", "DELETE": "PutBucketCORS"},
    "encryption": dict.fromkeys(("PUT", "DELETE"), "PutEncryptionConfiguration")
    | {"GET": "GetEncryptionConfiguration"},
    "lifecycle": dict.fromkeys(("PUT", "DELETE"), "PutLifecycleConfiguration") | {"GET": "GetLifecycleConfiguration"},
    "location": {"GET": "GetBucketLocation"},
    "logging": {"GET": "GetBucketLogging", "PUT": "PutBucketLogging"},
    "notification": {"GET": "GetBucketNotification", "PUT": "PutBucketNotification"},
    "object-lock": {"GET": "GetBucketObjectLockConfiguration", "PUT": "PutBucketObjectLockConfiguration"},
    "ownershipControls": dict.fromkeys(("PUT", "DELETE"), "PutBucketOwnershipControls")
    | {"GET": "GetBucketOwnershipControls"},
    "policy": {"GET": "GetBucketPolicy", "PUT": "PutBucketPolicy", "DELETE": "DeleteBucketPolicy"},
    "policyStatus": {"GET": "GetBucketPolicyStatus"},
    "publicAccessBlock": dict.fromkeys(("PUT", "DELETE"), "PutBucketPublicAccessBlock")
    | {"GET": "GetBucketPublicAccessBlock"},
    "replication": dict.fromkeys(("PUT", "DELETE"), "PutReplicationConfiguration")
    | {"GET": "GetReplicationConfiguration"},
    "tagging": {"GET": "GetBucketTagging", "PUT": "PutBucketTagging", "DELETE": "PutBucketTagging"},
    "uploads": {"GET": "ListBucketMultipartUploads"},
    "versioning": {"GET": "GetBucketVersioning", "PUT": "PutBucketVersioning"},
    "versions": {"GET": "ListBucketVersions"},
    "website": {"GET": "GetBucketWebsite", "PUT": "PutBucketWebsite", "DELETE": "DeleteBucketWebsite"},
}
_OBJECT: dict[str, dict[str, str]] = {
    "": {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"},
    "acl": {"GET": "GetObjectAcl", "PUT": "PutObjectAcl"},
    "legal-hold": {"GET": "GetObjectLegalHold", "PUT": "PutObjectLegalHold"},
    "restore": {"POST": "RestoreObject"},
    "retention": {"GET": "GetObjectRetention", "PUT": "PutObjectRetention"},
    "tagging": {"GET": "GetObjectTagging", "PUT": "PutObjectTagging", "DELETE": "DeleteObjectTagging"},
    "uploadId": {
        "GET": "ListMultipartUploadParts",
        "PUT": "PutObject",
        "POST": "PutObject",
        "DELETE": "AbortMultipartUpload",
    },
    "uploads": {"POST": "PutObject"},
    "versionId": {"GET": "GetObjectVersion", "HEAD": "GetObjectVersion", "DELETE": "DeleteObjectVersion"},
}
_DELETED = re.compile(rb"<Object>(.*?)</Object>", re.DOTALL)
_KEY = re.compile(rb"<Key>(.*?)</Key>", re.DOTALL)


def s3(asked: Asked) -> Call:
    """Each object that DeleteObjects names is checked, and what a copy is made from."""
    bucket, key = asked.parameters["Bucket"], asked.parameters["Key"]
    if not bucket:
        return Call("ListBuckets", (Check("s3:ListAllMyBuckets", "*"),) if asked.method == "GET" else ())
    owner, arn = _owner(bucket), f"arn:aws:s3:::{bucket}"
    subresource = _subresource(asked, _OBJECT if key else _BUCKET)
    if subresource == "delete" and not key and asked.method == "POST":
        return Call("DeleteObjects", tuple(Check(action, f"{arn}/{name}", owner) for action, name in _deleted(asked)))
    action = (_OBJECT if key else _BUCKET).get(subresource, {}).get(asked.method)
    if action is None:
        raise UnmappedError(f"s3 {asked.method} ?{subresource}")
    checks = [Check(f"s3:{action}", f"{arn}/{key}" if key else arn, owner)]
    if asked.copy_source:
        checks.append(_copied(asked.copy_source))
    context = {
        f"s3:{name}": (asked.query[name],) for name in ("prefix", "delimiter", "max-keys") if name in asked.query
    }
    return Call(action, tuple(checks), context)


def _subresource(asked: Asked, known: dict[str, dict[str, str]]) -> str:
    named = [name for name in asked.query if name not in _HOW and not name.startswith("response-")]
    versioned = sorted(named) in ([other, "versionId"] for other in ("acl", "tagging"))
    if versioned or len(named) <= 1:
        found = next((name for name in named if name != "versionId" or not versioned), "")
        if found in known or found == "delete" or not found:
            return found
    raise UnmappedError(f"s3 {asked.method} ?{'&'.join(sorted(named))}")


def _deleted(asked: Asked) -> Iterator[tuple[str, str]]:
    for entry in _DELETED.findall(asked.body):
        name = _KEY.findall(entry)
        if len(name) != 1:
            raise UnmappedError("s3 DeleteObjects of an object without one key")
        action = "s3:DeleteObjectVersion" if b"<VersionId>" in entry else "s3:DeleteObject"
        yield action, _plain(name[0].decode())


def _plain(text: str) -> str:
    from xml.sax.saxutils import unescape

    return unescape(text, {"&quot;": '"', "&apos;": "'"})


def _copied(source: str) -> Check:
    path, _, version = unquote(source).removeprefix("/").partition("?versionId=")
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    return Check(action, f"arn:aws:s3:::{path}", _owner(path.partition("/")[0]))


def _owner(bucket: str) -> str:
    """The account that has a bucket: its ARN does not say."""
    from moto.s3.models import s3_backends

    return next((str(account) for account in list(s3_backends) if bucket in s3_backends[account]["aws"].buckets), "")
