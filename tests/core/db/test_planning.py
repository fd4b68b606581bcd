"""Quick statements are run by a plan that is kept, slow ones by a plan for their values."""

from xrm_core.db.planning import KEPT, LONG_S, TRIED, WEIGHED, Planning

QUICK, SLOW = LONG_S / 10, LONG_S * 1.5


def run(planning: Planning, times: int, seconds: float) -> str:
    for _ in range(times):
        planning.learn("SELECT", planning.mode("SELECT"), seconds)
    return planning.mode("SELECT")


def test_a_plan_is_kept_once_the_statement_was_quick_a_few_times() -> None:
    planning = Planning()

    assert run(planning, TRIED - 1, QUICK) == WEIGHED
    assert run(planning, 1, QUICK) == KEPT


def test_a_slow_statement_is_planned_for_its_values() -> None:
    assert run(Planning(), 100, SLOW) == WEIGHED


def test_a_busy_moment_does_not_give_a_kept_plan_up() -> None:
    planning = Planning()
    run(planning, TRIED, QUICK)

    assert run(planning, 3, SLOW) == KEPT
    assert run(planning, 1, QUICK) == KEPT
    assert run(planning, 3, SLOW) == KEPT


def test_a_kept_plan_that_is_much_too_slow_is_given_up_at_once_and_tried_again_later() -> None:
    planning = Planning()
    run(planning, TRIED, QUICK)

    assert run(planning, 1, 20 * LONG_S) == WEIGHED
    assert run(planning, TRIED, QUICK) == WEIGHED
    assert run(planning, 100, QUICK) == KEPT


def test_a_plan_given_up_again_waits_longer() -> None:
    planning = Planning()
    waits = []
    for _ in range(3):
        run(planning, 10_000, QUICK)
        run(planning, 1, 20 * LONG_S)
        waits.append(0)
        while planning.mode("SELECT") == WEIGHED:
            run(planning, 1, QUICK)
            waits[-1] += 1

    assert waits == sorted(set(waits))


def test_statements_are_forgotten_in_turn() -> None:
    planning = Planning()
    run(planning, TRIED, QUICK)
    for number in range(2_000):
        planning.learn(str(number), WEIGHED, QUICK)

    assert planning.mode("SELECT") == WEIGHED
