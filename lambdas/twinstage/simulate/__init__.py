"""Pipelines, queues, events and schedules on virtual time: exact, seeded, and with an error that is stated.

Imports `model` and `world` only.
"""
