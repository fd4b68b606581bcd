"""How often somebody may ask: users and addresses are counted apart, and nothing is kept without bound."""

import pytest
from pydantic import ValidationError

from xrm_core.api import rates
from xrm_core.api.rates import Rates, TooMany, network_of
from xrm_core.identity.actor import Actor
from xrm_core.ids import new_id
from xrm_core.settings import Settings

ELSEWHERE = "192.0.2.7"


def somebody() -> Actor:
    return Actor(1, new_id(), "Somebody")


def tries(rate: Rates, address: str, actor: Actor | None = None) -> int:
    """How many operations are let through before one is refused, at most a hundred."""
    for number in range(100):
        try:
            rate.count_address(address) if actor is None else rate.count_user(actor, address)
        except TooMany:
            return number
    return 100


def test_a_user_has_one_rate_wherever_they_ask_from() -> None:
    rate, actor = Rates(Settings(rate_per_user="5/minute")), somebody()

    assert tries(rate, ELSEWHERE, actor) == 5
    assert tries(rate, "192.0.2.8", actor) == 0
    assert tries(rate, ELSEWHERE, somebody()) == 5


def test_an_address_has_one_rate_whoever_asks() -> None:
    rate = Rates(Settings(rate_per_address="5/minute"))

    assert tries(rate, ELSEWHERE) == 5
    assert tries(rate, ELSEWHERE) == 0
    assert tries(rate, "192.0.2.8") == 5


def test_an_ipv6_network_is_one_address() -> None:
    rate = Rates(Settings(rate_per_address="5/minute"))

    assert tries(rate, "2001:db8::1") == 5
    assert tries(rate, "2001:db8::2") == 0
    assert tries(rate, "2001:db8:0:1::1") == 5
    assert network_of("::ffff:192.0.2.7") == ELSEWHERE
    assert len(network_of("x" * 10_000)) == 100


def test_the_shortest_of_several_rates_counts() -> None:
    assert tries(Rates(Settings(rate_per_address="3/second; 50/hour")), ELSEWHERE) == 3


def test_a_list_of_operations_counts_each() -> None:
    rate = Rates(Settings(rate_per_address="10/minute"))
    rate.count_address(ELSEWHERE, 9)

    with pytest.raises(TooMany):
        rate.count_address(ELSEWHERE, 2)


def test_no_rate_is_no_limit() -> None:
    rate = Rates(Settings(rate_per_user="", rate_per_address=""))

    assert tries(rate, ELSEWHERE) == tries(rate, ELSEWHERE, somebody()) == 100


def test_the_rates_that_ship_spare_the_machine_itself_and_those_that_are_set_do_not() -> None:
    shipped, given = Rates(Settings()), Rates(Settings(rate_per_address="5/minute", rate_per_user="5/minute"))
    shipped._per_address = shipped._per_user = given._per_address

    assert tries(shipped, "127.0.0.1") == tries(shipped, "::1", somebody()) == 100
    assert tries(shipped, ELSEWHERE) == 5
    assert tries(given, "127.0.0.1") == tries(given, "127.0.0.1", somebody()) == 5


def test_a_refusal_says_the_rate_and_when_to_try_again() -> None:
    rate = Rates(Settings(rate_per_user="5/2minutes"))
    with pytest.raises(TooMany) as refused:
        rate.count_user(somebody(), ELSEWHERE, 6)

    assert "5 operations per 2 minutes are allowed for one user" in refused.value.message
    assert 1 <= refused.value.retry_after <= 121
    assert refused.value.problems[0].data["limit"] == 5
    assert refused.value.problems[0].data["windowSeconds"] == 120


def test_the_counters_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_MOST_KEPT", 50)
    rate = Rates(Settings(rate_per_address="5/minute"))

    for number in range(500):
        rate.count_address(f"198.51.100.{number}")

    assert len(rate._limiter.storage._items) == 50  # type: ignore[attr-defined]


def test_time_gives_back_what_was_used(monkeypatch: pytest.MonkeyPatch) -> None:
    rate, now = Rates(Settings(rate_per_address="5/minute")), 1_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    assert tries(rate, ELSEWHERE) == 5

    now += 61

    assert tries(rate, ELSEWHERE) == 5


@pytest.mark.parametrize("rate", ["5", "many", "5/fortnight", "-1/minute", "5/minute;", "5/minute,6/hour x"])
def test_what_is_no_rate_is_refused_at_start(rate: str) -> None:
    with pytest.raises(ValidationError):
        Settings(rate_per_user=rate)
