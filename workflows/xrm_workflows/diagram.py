"""A state machine as a picture: Mermaid's stateDiagram-v2."""

from collections.abc import Iterator

from xrm_workflows.definition import START, Move, Process

# Besides letters and digits: what Mermaid takes as text everywhere. All else becomes an entity code.
_PLAIN = frozenset(" _-/.,'")


def mermaid(process: Process, language: str | None = None) -> str:
    """The diagram's text: every state, every move with its label, births from and final states to the dot."""
    ids = {START: START} | {name: f"s{number}" for number, name in enumerate(process.by_name, start=1)}
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{escaped(name)}" as {ids[name]}' for name in process.by_name]
    births = [move for move in process.moves if START in move.sources]
    if not births:
        lines.append(f"    {START} --> {ids[process.initial]}")
    for move in process.moves:
        lines += [
            f"    {ids[source]} --> {ids[target]} : {escaped(_label(move, language))}"
            for source, target in _arrows(move)
        ]
    lines += [f"    {ids[state.name]} --> {START}" for state in process.all_states if state.is_final]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """The text with everything that Mermaid could read as syntax written as an entity code (`#34;`)."""
    return "".join(char if char.isalnum() or char in _PLAIN else f"#{ord(char)};" for char in text)


def _label(move: Move, language: str | None) -> str:
    label = move.label_in(language)
    return f"{move.trigger} {label}" if move.trigger else label


def _arrows(move: Move) -> Iterator[tuple[str, str]]:
    for source in move.sources:
        for target in move.targets:
            if target != source or len(move.targets) == 1:
                yield source, target
