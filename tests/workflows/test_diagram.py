"""The diagram stays a diagram whatever names are in it."""

from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.samples import vehicle
from xrm_workflows.definition import Move, Process, State
from xrm_workflows.diagram import escaped, mermaid
from xrm_workflows.labels import Label


def test_the_diagram_of_a_process_without_birth_begins_at_its_initial_state() -> None:
    assert mermaid(vehicle(), "fr").splitlines() == [
        "stateDiagram-v2",
        '    state "free" as s1',
        '    state "lent" as s2',
        '    state "sold" as s3',
        "    [*] --> s1",
        "    s1 --> s2 : Prêter",
        "    s2 --> s1 : Reprendre",
        "    s1 --> s3 : Vendre",
        "    s3 --> [*]",
    ]


def test_names_cannot_break_out_of_their_place() -> None:
    state = State('a" as s9\n[*] --> s9')
    move = Move("go", sources=[state.name], target="b", permission="p", label=Label('x;y#"', "x"))

    text = mermaid(Process("sample", [state, "b"], [move]))

    assert len(text.splitlines()) == 5
    assert text.count('"') == 4
    assert ": x#59;y#35;#34;" in text


@given(st.text())
def test_escaped_text_holds_no_syntax(text: str) -> None:
    shown = escaped(text)

    assert not set(shown) & set('"\n\r:{}[]<>%')
