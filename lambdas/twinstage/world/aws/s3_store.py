"""An evidence store in an S3 bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.errors import AwsError
from twinstage.world.aws.clients import aws_errors
from twinstage.world.store import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

# Writes of one key at the same moment: S3 asks the one that it turned away to try again.
CONFLICTS = 5


class S3Store:
    """A store whose keys are the keys of one bucket. S3 is read-after-write consistent and puts are atomic."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self.s3, self.bucket = s3, bucket

    def put(self, key: str, data: bytes) -> None:
        """Write one object."""
        with aws_errors("s3", "PutObject"):
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=data)

    def put_new(self, key: str, data: bytes) -> bool:
        """Write one object on the condition that there is none: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html.

        Raises AwsError, retryable, where others write it at the very moment, each time it is tried.
        """
        attempts = CONFLICTS
        while True:
            attempts -= 1
            try:
                with aws_errors("s3", "PutObject"):
                    self.s3.put_object(Bucket=self.bucket, Key=key, Body=data, IfNoneMatch="*")
            except AwsError as error:
                if error.error == "PreconditionFailed":
                    # It may be this very write, of which only the answer was lost.
                    return self.get(key) == data
                if error.error != "ConditionalRequestConflict" or not attempts:
                    raise
            else:
                return True

    def get(self, key: str) -> bytes:
        """The bytes of one object."""
        try:
            with aws_errors("s3", "GetObject"):
                body: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
                return body
        except Exception as error:
            if getattr(error, "error", "") == "NoSuchKey":
                raise missing(key) from error
            raise

    def exists(self, key: str) -> bool:
        """Whether the object exists: asked by listing, since HeadObject answers 403 for a missing key without ListBucket."""
        return next(self.list(key), None) == key

    def list(self, prefix: str) -> Iterator[str]:
        """Every key that starts with `prefix`, in the byte order of ListObjectsV2."""
        with aws_errors("s3", "ListObjectsV2"):
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                for item in page.get("Contents", ()):
                    yield item["Key"]

    def delete(self, key: str) -> None:
        """Remove one object; in a versioned bucket its versions stay."""
        with aws_errors("s3", "DeleteObject"):
            self.s3.delete_object(Bucket=self.bucket, Key=key)

    def copy(self, key: str, to: str) -> None:
        """Let S3 copy one object inside the bucket."""
        try:
            with aws_errors("s3", "CopyObject"):
                self.s3.copy_object(Bucket=self.bucket, Key=to, CopySource={"Bucket": self.bucket, "Key": key})
        except AwsError as error:
            if error.error == "NoSuchKey":
                raise missing(key) from error
            raise
