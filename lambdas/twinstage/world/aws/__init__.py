"""The real AWS (or a local engine that speaks its protocol) behind small adapters: one module a service.

Clients are passed in. Retries are botocore's standard mode; what still fails becomes an `AwsError`.
"""
