"""DynamoDB: the tables of one account and region as an immutable value, and its API, exactly, over them.

Pure: no clock, no randomness, no network; reads botocore's description of the API for its constraints. Imports `model` and the persistent
structures beside it only.

Where it differs from the service, on purpose: tables, indexes and settings are there at once; global indexes are read without delay; nothing is
throttled; counts and sizes are exact; a stream is one shard; an item collection may grow beyond 10 GB. What is not there raises `Unsupported`.
"""

from __future__ import annotations

from twinstage.world.memory.dynamodb.api import OPERATIONS, execute
from twinstage.world.memory.dynamodb.database import Database, empty_database
from twinstage.world.memory.dynamodb.errors import DynamoRefused, Unsupported
from twinstage.world.memory.dynamodb.expiry import expire
from twinstage.world.memory.dynamodb.table import Table

__all__ = ["OPERATIONS", "Database", "DynamoRefused", "Table", "Unsupported", "empty_database", "execute", "expire"]
