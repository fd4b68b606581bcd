"""A file has one subject and a function fits one screen (docs/adr, style of the house)."""

from tests.architecture.source import product, sources

MOST_LINES_IN_A_FILE = 500
MOST_LINES_IN_A_FUNCTION = 50
MOST_PARAMETERS = 6
# A declaration or a command line takes its options by name, and each is one parameter.
TAKES_OPTIONS = ("core/xrm_core/declare/", "core/xrm_core/cli/")


def test_no_file_is_longer_than_500_lines() -> None:
    too_long = [
        f"{source.path}: {len(source.lines)}"
        for source in sources()
        if len(source.lines) > MOST_LINES_IN_A_FILE
    ]

    assert too_long == []


def test_no_function_is_longer_than_50_lines() -> None:
    too_long = [
        f"{source.place(function)} {function.name}: {length}"
        for source in sources()
        for function in source.functions()
        if (length := (function.end_lineno or 0) - function.lineno + 1) > MOST_LINES_IN_A_FUNCTION
    ]

    assert too_long == []


def test_no_function_takes_more_than_six_parameters() -> None:
    too_many = []
    for source in product():
        if source.path.startswith(TAKES_OPTIONS):
            continue
        for function in source.functions():
            given = function.args
            names = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
            if len([name for name in names if name not in ("self", "cls")]) > MOST_PARAMETERS:
                too_many.append(f"{source.place(function)} {function.name}")

    assert too_many == []
