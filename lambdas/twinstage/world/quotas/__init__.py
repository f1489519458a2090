"""Quotas that bind: token buckets and slots over the figures of `model.quotas`, with the time passed in.

Pure but for what each `Quotas` has counted: no clock, no randomness, no AWS client. What a request asks of which quota are its demands; they are
admitted together or not at all. Nothing here knows what a request does: DynamoDB's capacity units come from the memory world.
"""

from __future__ import annotations

from twinstage.world.quotas.demand import Demand, Refusal, Use
from twinstage.world.quotas.functions import environment_demands, invocation_demands
from twinstage.world.quotas.quotas import Quotas
from twinstage.world.quotas.requests import request_demands

__all__ = ["Demand", "Quotas", "Refusal", "Use", "environment_demands", "invocation_demands", "request_demands"]
