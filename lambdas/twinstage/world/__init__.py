"""What a world offers, and its implementations: `aws/` (boto3), `memory/` (exact Route 53 rules), and the stores evidence is kept in.

Imports `model` only. Everything that talks to AWS on a feature's behalf is here.
"""
