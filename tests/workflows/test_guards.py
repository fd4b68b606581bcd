"""Guards: asked once for a batch, and no whenever they fail or are missing."""

from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.workflows.samples import Day, codes, supplied, vehicle
from xrm_core.errors import Refusal
from xrm_workflows.definition import GuardUse, use
from xrm_workflows.errors import NameTaken
from xrm_workflows.guards import Answer, GuardRegistry, guard, guard_input
from xrm_workflows.machine import Option, StateMachine, Subject, available

UNINSURED = Refusal("fleet.not_insured", "The car is not insured.")
MACHINE = StateMachine(vehicle())


@guard("fleet.insured")
def insured(ctx: Day, cars: Sequence[int]) -> list[Answer]:
    ctx.asked.append(len(cars))
    return [UNINSURED if car % 2 else None for car in cars]


async def lending(registry: GuardRegistry, car: int = 0) -> Option:
    options = await available(MACHINE, Day(), [Subject(car, "free")], registry)
    return options[0][0]


async def test_a_guard_is_asked_once_for_two_thousand_objects() -> None:
    day, cars = Day(), [Subject(car, "free") for car in range(2000)]

    options = await available(MACHINE, day, cars, GuardRegistry(insured))

    assert day.asked == [2000]
    assert [each[0].is_allowed for each in options] == [car % 2 == 0 for car in range(2000)]
    assert options[1][0].refusals == (UNINSURED,)


async def test_a_guard_is_asked_only_about_objects_whose_moves_need_it() -> None:
    day = Day()
    cars = [Subject(0, "lent"), Subject(1, "free"), Subject(2, "sold"), Subject(3, "unheard-of")]

    options = await available(MACHINE, day, cars, GuardRegistry(insured))

    assert day.asked == [1]
    assert [[each.move.event for each in moves] for moves in options] == [
        ["return"], ["lend", "sell"], [], [],
    ]  # fmt: skip


async def test_a_guard_that_is_missing_refuses() -> None:
    option = await lending(GuardRegistry())

    assert codes(option.refusals) == ["workflows.guard_missing"]
    assert option.refusals[0].data == {"guard": "fleet.insured"}


async def test_a_guard_whose_plugin_was_disabled_refuses() -> None:
    registry = GuardRegistry(insured)
    registry.withdraw(insured)

    assert codes((await lending(registry)).refusals) == ["workflows.guard_missing"]


def raising(ctx: Any, cars: Sequence[Any]) -> list[Answer]:
    raise RuntimeError("secret of the house")


def answering_for_nobody(ctx: Any, cars: Sequence[Any]) -> list[Answer]:
    return []


def answering_yes(ctx: Any, cars: Sequence[Any]) -> Any:
    return [True for _ in cars]


@pytest.mark.parametrize("broken", [raising, answering_for_nobody, answering_yes])
async def test_a_broken_guard_refuses_and_is_logged_without_telling_secrets(broken: Any) -> None:
    registry = GuardRegistry(guard("fleet.insured")(broken))

    with capture_logs() as logs:
        option = await lending(registry)

    assert codes(option.refusals) == ["workflows.guard_failed"]
    assert "secret" not in option.refusals[0].message
    assert [(log["event"], log["guard"]) for log in logs] == [("guard_failed", "fleet.insured")]


async def test_a_broken_guard_leaves_other_guards_alone() -> None:
    registry = GuardRegistry(insured, guard("fleet.broken")(raising))

    answers = await registry.answers(Day(), [0, 1], {use("fleet.broken"): [0, 1], use("fleet.insured"): [1]})

    assert codes([each for each in answers[GuardUse("fleet.broken")].values() if each]) == [
        "workflows.guard_failed", "workflows.guard_failed",
    ]  # fmt: skip
    assert answers[GuardUse("fleet.insured")] == {1: UNINSURED}


@guard("fleet.insured", reads=["insurance.policy", "insurance.premium"])
async def paid_up(ctx: Any, cars: Sequence[Any], params: Any) -> list[Answer]:
    return [None if premium else UNINSURED for premium in params["insurance.premium"]]


async def test_a_guard_whose_inputs_do_not_exist_refuses_and_names_them() -> None:
    registry = GuardRegistry(paid_up, supplied("insurance.premium", True))

    option = await lending(registry)

    assert codes(option.refusals) == ["workflows.missing_input"]
    assert option.refusals[0].data == {"inputs": ["insurance.policy"]}
    assert registry.missing_inputs("fleet.insured") == ("insurance.policy",)


async def test_an_input_that_fails_refuses_like_one_that_is_missing() -> None:
    @guard_input("insurance.policy")
    def down(ctx: Any, cars: Sequence[Any]) -> list[Any]:
        raise ConnectionError("secret address")

    registry = GuardRegistry(paid_up, down, supplied("insurance.premium", True))

    with capture_logs() as logs:
        option = await lending(registry)

    assert codes(option.refusals) == ["workflows.missing_input"]
    assert "secret" not in option.refusals[0].message
    assert [log["input"] for log in logs] == ["insurance.policy"]


async def test_an_input_is_loaded_once_for_all_guards_that_read_it() -> None:
    loads: list[list[int]] = []

    @guard_input("fleet.mileage")
    async def mileage(ctx: Any, cars: Sequence[int]) -> list[int]:
        loads.append(list(cars))
        return [car * 10 for car in cars]

    @guard("fleet.fresh", reads=["fleet.mileage"])
    def fresh(ctx: Any, cars: Sequence[int], params: Any) -> list[Answer]:
        limit = params["limit"]
        return [UNINSURED if driven > limit else None for driven in params["fleet.mileage"]]

    asked = {use("fleet.fresh", limit=10): [0, 1], use("fleet.fresh", limit=20): [1, 2]}
    answers = await GuardRegistry(fresh, mileage).answers(Day(), [1, 2, 3], asked)

    assert loads == [[1, 2, 3]]
    assert answers[use("fleet.fresh", limit=10)] == {0: None, 1: UNINSURED}
    assert answers[use("fleet.fresh", limit=20)] == {1: None, 2: UNINSURED}


async def test_an_optional_input_that_nothing_supplies_is_unknown_for_every_object() -> None:
    seen: list[Any] = []

    @guard("fleet.insured", optional=["insurance.policy"])
    def lenient(ctx: Any, cars: Sequence[Any], params: Any) -> list[Answer]:
        seen.append(params["insurance.policy"])
        return [None for _ in cars]

    option = await lending(GuardRegistry(lenient))

    assert option.is_allowed
    assert seen == [[None]]


def test_two_guards_may_not_share_a_name() -> None:
    with pytest.raises(NameTaken):
        GuardRegistry(insured, guard("fleet.insured")(raising))


def test_registering_the_same_guard_again_changes_nothing() -> None:
    registry = GuardRegistry(insured, insured)

    assert registry.knows("fleet.insured")
