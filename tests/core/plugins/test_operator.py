"""The operator's commands: they work, work twice, and fail in one line."""

from pathlib import Path

import pytest

from tests.command_line import xrm_process

DOWN = {"XRM_DATABASE_URL": "postgresql://nobody:hidden@127.0.0.1:1/none"}


def test_a_house_is_set_up_once_and_found_well(tmp_path: Path) -> None:
    setup = ("init", "--unit", "HQ", "--name", "Company", "--admin", "admin@xrm.example")
    first, second = (xrm_process(*setup, folder=tmp_path) for _ in range(2))
    added = xrm_process(
        "user", "add", "s@xrm.example", "S", "--role", "sales", "--unit", "HQ", folder=tmp_path
    )
    nowhere = xrm_process(
        "user", "add", "t@xrm.example", "T", "--role", "sales", "--unit", "X", folder=tmp_path
    )
    doctor = xrm_process("doctor", folder=tmp_path)
    plugins = xrm_process("plugin", "list", folder=tmp_path)

    assert "may sign in with" in first.stdout and second.stdout.strip() == "Set up already."
    assert "may sign in with" in added.stdout
    assert nowhere.returncode == 1 and "Traceback" not in nowhere.stderr
    assert doctor.returncode == 0, doctor.stdout
    assert "legal" in plugins.stdout and "AVAILABLE" in plugins.stdout


@pytest.mark.parametrize("arguments", [("doctor",), ("plugin", "list"), ("serve",), ("migrate",)])
def test_a_database_that_is_down_is_said_in_one_line_without_its_password(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    answer = xrm_process(*arguments, folder=tmp_path, environment=DOWN)

    assert answer.returncode == 1
    assert "cannot be reached" in answer.stderr
    assert "Traceback" not in answer.stderr and "hidden" not in answer.stdout + answer.stderr


@pytest.mark.parametrize("text", ["{", "{ nothing }", "mutation { logout }"])
def test_a_question_that_cannot_be_explained_is_said_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "question.graphql").write_text(text, encoding="utf-8")

    answer = xrm_process("explain", "question.graphql", folder=tmp_path)

    assert answer.returncode == 1 and "Traceback" not in answer.stderr and answer.stderr.strip()
