"""Rehearsal: what puts the features together (exploration with the scenario's invariants). Imports the features, `world` and `model`; never boto3."""
