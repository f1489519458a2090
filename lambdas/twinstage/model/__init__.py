"""Frozen data, JSON Schemas, errors, canonical forms and digests. Imports nothing of ours, and no AWS SDK."""
