"""Queues in closed form: how long requests wait at c servers, and how many are refused where none may wait.

Sources: Erlang (1917) for B and C; Gross, Shortle, Thompson and Harris, Fundamentals of Queueing Theory (4th ed.), sections 2.3 and 2.4, for the distributions of M/M/c.
`servers` is c, `offered` is a = lambda s in erlangs: the mean number of servers busy where none is missing.
"""

from __future__ import annotations

import math


def erlang_b(servers: int, offered: float) -> float:
    """The share of requests that find every server busy and are refused (M/G/c/c: whatever the distribution of the service time)."""
    refused = 1.0
    for number in range(1, servers + 1):
        refused = offered * refused / (number + offered * refused)
    return refused


def erlang_c(servers: int, offered: float) -> float:
    """The share of requests that wait (M/M/c); 1 where the servers do not keep up."""
    if offered >= servers:
        return 1.0
    refused = erlang_b(servers, offered)
    return servers * refused / (servers - offered * (1 - refused))


def mean_wait_s(servers: int, rate_per_s: float, service_s: float, variability: float = 1.0) -> float:
    """How long a request waits on average; infinite where the servers do not keep up.

    `variability`: (ca^2 + cs^2) / 2 of the squared coefficients of variation of arrivals and services (Allen and Cunneen); exact for M/M/c (1) and M/G/1 (Pollaczek and
    Khinchine).
    """
    offered = rate_per_s * service_s
    if offered >= servers:
        return math.inf
    return variability * erlang_c(servers, offered) * service_s / (servers - offered)


def late_share(servers: int, rate_per_s: float, service_s: float, within_s: float) -> float:
    """The share of requests that take longer than `within_s` from arrival to answer in M/M/c; 1 where the servers do not keep up."""
    offered = rate_per_s * service_s
    if offered >= servers:
        return 1.0
    waits, served = erlang_c(servers, offered), math.exp(-within_s / service_s)
    spare = servers - 1 - offered
    if abs(spare) < 1e-9:  # noqa: PLR2004  where the two rates meet, the limit of the formula below
        return served * (1 + waits * within_s / service_s)
    return served * (1 + waits * (1 - math.exp(-spare * within_s / service_s)) / spare)
