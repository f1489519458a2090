"""Signatures by an asymmetric key of AWS KMS, for where there is no key file: the capture function of production's account.

The key is an ECC_NIST_P256 one, which signs with ECDSA_SHA_256. KMS has Ed25519 keys too, but signs with them only messages of up to 4,096 bytes that are not
hashed before, which a manifest is not: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html. Whoever is to check such a signature trusts the key's public half, as any other.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any

from twinstage.model.canonical import sha256_hex
from twinstage.world.aws.clients import aws_errors

ALGORITHM = "ECDSA_SHA_256"


class KmsKey:
    """One key of KMS that signs. `key` is its id, ARN or alias. Needs kms:GetPublicKey and kms:Sign."""

    def __init__(self, kms: Any, key: str) -> None:
        self.kms, self.key = kms, key

    @cached_property
    def key_id(self) -> str:
        """`sha256:<hex>` of the public key, as of a key file: KMS tells it as DER SubjectPublicKeyInfo."""
        with aws_errors("kms", "GetPublicKey"):
            public: bytes = self.kms.get_public_key(KeyId=self.key)["PublicKey"]
        return f"sha256:{sha256_hex(public)}"

    def sign(self, data: bytes) -> bytes:
        """The signature in DER."""
        with aws_errors("kms", "Sign"):
            signature: bytes = self.kms.sign(
                KeyId=self.key,
                Message=hashlib.sha256(data).digest(),
                MessageType="DIGEST",
                SigningAlgorithm=ALGORITHM,
            )["Signature"]
        return signature
