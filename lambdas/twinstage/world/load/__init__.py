"""Requests to a target under load: what one is, the connections they go over, and the targets that need no AWS. Those of AWS are in `world/aws/load`.

When a request is sent, and what is made of its answer's time, is not decided here: see `stress/load`.
"""
