"""Rehearsals in an account: whatever the credentials and the endpoint of the environment name, AWS or an embedded one that runs as a server.

place        the account, its evidence store, a twin that stands in it
publishing   a scenario brought into the evidence store
cdk          the CDK CLI with the environment's own credentials
deploying    a twin for what is published
running      an execution started, waited for, its evidence fetched
leaving      a twin destroyed
whole        all of it, one after the other
"""
