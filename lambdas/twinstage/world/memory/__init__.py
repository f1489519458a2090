"""The memory world: exact Route 53 and DynamoDB as values, and the door through which boto3 clients reach them.

Pure, but for that door: no clock, no randomness, no network, no AWS client. Imports `model` only.
"""
