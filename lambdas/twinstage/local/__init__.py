"""The embedded AWS: moto's server on loopback with what moto gets wrong put right.

Owns the engine, its accounts and credentials, the WSGI front, the Lambda workers, the Step Functions interpreter, the
CloudFormation types and the Route 53 rules. Imports `model` and `world`; nothing imports it but the command line and tests,
and it is not part of the Lambda bundle.
"""
