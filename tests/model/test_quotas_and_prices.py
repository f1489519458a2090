"""Quotas and prices are dated data with sources, and what a scenario says of an account goes over them."""

from __future__ import annotations

import json
from decimal import Decimal
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.errors import InputError
from twinstage.model.prices import published_prices
from twinstage.model.quotas import FIGURES, published_quotas, quotas_with
from twinstage.model.validation import schema_violations
from twinstage.world.memory.dynamodb.limits import LIMITS
from twinstage.world.memory.route53 import published_limits

QUOTAS, PRICES = published_quotas(), published_prices()


@pytest.mark.parametrize("name", ["quotas", "prices"])
def test_the_data_file_is_of_its_schema_and_names_nothing_twice(name: str) -> None:
    document = json.loads(files("twinstage.model").joinpath("data", f"{name}.json").read_bytes())

    assert schema_violations(name, document) == []
    ids = [entry["id"] for entry in document[name]]
    assert len(set(ids)) == len(ids)
    assert all(entry["id"].partition(".")[0] == entry["service"] for entry in document[name])


@pytest.mark.parametrize("name", QUOTAS)
def test_a_quota_has_the_figures_of_its_kind_and_no_others(name: str) -> None:
    found = QUOTAS[name]
    given = {figure for figure in ("rate_per_s", "burst", "most") if getattr(found, figure) is not None}

    assert given <= set(FIGURES[found.kind])
    assert found.refusal is None or found.kind != "size"
    assert (found.burst is None) == (found.rate_per_s is None) or found.burst_s is not None


@pytest.mark.parametrize(
    ("quota", "enforced"),
    [
        ("route53.batch_records", published_limits().records_per_batch),
        ("route53.batch_characters", published_limits().value_characters_per_batch),
        ("dynamodb.batch_write_items", LIMITS.batch_write_items),
        ("dynamodb.batch_get_items", LIMITS.batch_get_items),
        ("dynamodb.transaction_items", LIMITS.transaction_items),
        ("dynamodb.on_demand_table_writes", LIMITS.table_write_units),
        ("dynamodb.on_demand_table_reads", LIMITS.table_read_units),
        ("dynamodb.account_writes", LIMITS.account_write_units),
        ("dynamodb.account_reads", LIMITS.account_read_units),
    ],
)
def test_what_the_exact_worlds_enforce_is_what_the_quotas_say(quota: str, enforced: int) -> None:
    assert QUOTAS[quota].most == enforced


def test_what_is_not_overridden_stays_as_published() -> None:
    account = quotas_with({"route53.requests": {"rate_per_s": 5}, "lambda.concurrency": {"most": 50}})

    assert account["route53.requests"].rate_per_s == 5
    assert account["route53.requests"].burst == QUOTAS["route53.requests"].burst
    assert account["lambda.concurrency"].most == 50
    assert {name for name in account if account[name] != QUOTAS[name]} == {"route53.requests", "lambda.concurrency"}


def test_every_override_that_fits_no_quota_is_told_at_once() -> None:
    wrong = {
        "route53.request": {"rate_per_s": 5},
        "route53.requests": {"most": 5, "burst": 0},
        "lambda.concurrency": {"most": "many"},
    }
    with pytest.raises(InputError) as raised:
        quotas_with(wrong)  # type: ignore[arg-type]  # what a file might hold

    assert {problem.pointer for problem in raised.value.problems} == {
        "/route53.request",
        "/route53.requests/most",
        "/route53.requests/burst",
        "/lambda.concurrency/most",
    }
    assert "route53.requests" in next(p.hint for p in raised.value.problems if p.pointer == "/route53.request")


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("dynamodb.table_reads", {"rate_per_s": 5}),
        ("dynamodb.table_writes", {"burst": 5}),
        ("lambda.function_concurrency", {"most": 5}),
        ("lambda.function_invocations", {"rate_per_s": 5}),
    ],
)
def test_what_every_table_or_function_has_of_its_own_is_no_figure_of_the_account(
    name: str, figures: dict[str, float]
) -> None:
    with pytest.raises(InputError, match="figure of its own"):
        quotas_with({name: figures})


class TestCosts:
    def test_each_unit_costs_what_its_tier_does(self) -> None:
        """25 zones at half a dollar, five at a dime: https://aws.amazon.com/route53/pricing/."""
        assert PRICES["route53.zones"].cost(30) == Decimal("13.00")
        assert PRICES["lambda.requests"].cost(2_500_000) == Decimal("0.5")
        assert PRICES["stepfunctions.transitions"].cost(4_000) == Decimal("0.1")

    def test_nothing_costs_nothing_and_less_is_refused(self) -> None:
        assert {price.cost(0) for price in PRICES.values()} == {Decimal(0)}
        with pytest.raises(ValueError, match="were not used"):
            PRICES["lambda.requests"].cost(-1)

    @given(st.sampled_from(sorted(PRICES)), st.integers(0, 10**11), st.integers(0, 10**11))
    def test_more_costs_more_and_never_more_than_the_first_tiers_price(self, name: str, some: int, more: int) -> None:
        price = PRICES[name]
        together = price.cost(some + more)

        assert price.cost(some) <= together <= (some + more) * price.tiers[0].usd
        assert together <= price.cost(some) + price.cost(more)
