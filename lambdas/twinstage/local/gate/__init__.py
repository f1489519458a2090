"""The gate in front of the embedded AWS: who signed a request, what it asks for, and whether IAM would allow it.

`signature` verifies SigV4; `services` says which actions on which resources a request is; `attached` finds the policies that have a
say; `twinstage.isolation.policy` decides; `log` keeps every decision in order. What cannot be determined is refused.
"""
