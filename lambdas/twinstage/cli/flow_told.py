"""What `twinstage simulate` says to people of a data flow: stages, products, the bottleneck and why, service levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.cli.simulation_told import MET, estimate, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.simulate.network import Network

_ENDED = (("lost", "lost"), ("dead", "dead letters"), ("expired", "expired"), ("retried", "retried"))


def told(document: Mapping[str, Any], network: Network) -> str:
    """The result in lines. Names are the file's: nothing in them is taken by a terminal for anything but text."""
    return "\n".join(plain(line) for line in _lines(document, network))


def _lines(document: Mapping[str, Any], network: Network) -> Iterator[str]:
    born = zip(network.sources, document["born"], strict=True)
    ended, measured = document["ended_s"], document["measured_s"]
    came = ", ".join(f"{count} of {source.name}" for source, count in born)
    yield f"{sum(document['born'])} records in {ended:.6g} s, of which {measured:.6g} s were measured: {came}"
    for stage in document["stages"]:
        yield ""
        yield from _stage(stage)
    for product in document["products"]:
        yield ""
        yield from _product(product)
    yield ""
    if worst := document["bottleneck"]:
        yield f"bottleneck: {worst['stage']}: {worst['why']}"
    for level in document["service_levels"]:
        promise = f"{level['product']} {level['promise']} at least {level['share']:g}"
        yield f"service level {promise}: {MET[level['met']]} ({estimate(level['seen'])})"


def _stage(stage: Mapping[str, Any]) -> Iterator[str]:
    yield f"stage {stage['name']}"
    yield f"  {'wait, s':<15} {estimate(stage['wait_s'])}{_tail(stage['wait_quantiles_s'])}"
    yield f"  {'service, s':<15} {estimate(stage['service_s'])}{_tail(stage['service_quantiles_s'])}"
    yield f"  {'queue':<15} {estimate(stage['queue'])}"
    yield f"  {'utilisation':<15} {estimate(stage['utilisation'])}"
    if stage["held"]["value"]:
        yield f"  {'held back':<15} {estimate(stage['held'])}"
    yield f"  {'throughput, 1/s':<15} {estimate(stage['throughput'])}"
    if ended := ", ".join(f"{stage[name]} {word}" for name, word in _ENDED if stage[name]):
        yield f"  {'records':<15} {stage['arrived']} came, {stage['done']} done, {ended}"


def _product(product: Mapping[str, Any]) -> Iterator[str]:
    yield f"product {product['name']}"
    yield f"  {'took, s':<15} {estimate(product['took_s'])}{_tail(product['took_quantiles_s'])}"
    yield f"  {'records':<15} {product['delivered']} delivered, {product['missing']} missing"


def _tail(quantiles: Mapping[str, float]) -> str:
    return f"  p50 {quantiles['p50']:.4g}, p99 {quantiles['p99']:.4g}"
