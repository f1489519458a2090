"""S3: buckets and objects, told by method and subresource.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.etree import ElementTree

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
    """Read as moto reads it: by a parser, which sees objects and keys that are written in another way than SDKs do."""
    if b"<!" in asked.body:
        raise UnmappedError("s3 DeleteObjects with a document type, a comment or character data")
    try:
        document = ElementTree.fromstring(asked.body, ElementTree.XMLParser(encoding="utf-8"))  # noqa: S314  without a document type there are no entities
    except ElementTree.ParseError as error:
        raise UnmappedError("s3 DeleteObjects with a body that is not XML") from error
    for entry in document:
        if _local(entry) == "Object":
            keys = [each.text or "" for each in entry if _local(each) == "Key"]
            if len(keys) != 1:
                raise UnmappedError("s3 DeleteObjects of an object without one key")
            versioned = any(_local(each) == "VersionId" for each in entry)
            yield "s3:DeleteObjectVersion" if versioned else "s3:DeleteObject", keys[0]


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _copied(source: str) -> Check:
    path, _, version = unquote(source).removeprefix("/").partition("?versionId=")
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    return Check(action, f"arn:aws:s3:::{path}", _owner(path.partition("/")[0]))


def _owner(bucket: str) -> str:
    """The account that has a bucket: its ARN does not say."""
    from moto.s3.models import s3_backends

    return next((str(account) for account in list(s3_backends) if bucket in s3_backends[account]["aws"].buckets), "")
