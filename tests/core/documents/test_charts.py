"""Charts: the same drawing for the same numbers, with people's text as text."""

from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.core.documents.making import inline, page_texts
from xrm_core.documents import DocumentDataInvalid, Renderer
from xrm_core.documents.charts import bar_chart, line_chart, pareto_chart

LABELS = ["<script>", "R&D", "$x_1$"]
VALUES: list[int | Decimal | None] = [Decimal("10.5"), 20, 30]


def texts(svg: str) -> list[str]:
    """Everything that is written in the drawing, in its order."""
    root = ElementTree.fromstring(svg)
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def test_a_chart_is_the_same_each_time() -> None:
    series = [{"name": "2026", "values": VALUES}]

    assert bar_chart(LABELS, series, title="CA") == bar_chart(LABELS, series, title="CA")  # type: ignore[arg-type]


def test_labels_and_titles_are_text_whatever_is_in_them() -> None:
    svg = bar_chart(
        LABELS, [{"name": "a", "values": VALUES}, {"name": "<b>", "values": VALUES}], title="A < B"
    )

    assert set(LABELS) | {"<b>", "A < B"} <= set(texts(svg))
    assert "<script" not in svg


def test_a_drawing_carries_its_title_for_those_who_cannot_see_it() -> None:
    root = ElementTree.fromstring(line_chart(LABELS, [{"name": "a", "values": VALUES}], title="A < B"))

    assert root[0].tag.endswith("title")
    assert root[0].text == "A < B"


def test_numbers_on_a_chart_read_as_in_the_documents_language() -> None:
    series: Any = [{"name": "a", "values": VALUES}]

    assert "10,5" in texts(bar_chart(LABELS, series, title="x", language="fr"))
    assert "10.5" in texts(bar_chart(LABELS, series, title="x", language="en"))


def test_a_pareto_chart_ranks_the_largest_first() -> None:
    written = texts(pareto_chart(["small", "large", "middle"], [1, 7, 2], title="x"))

    assert [text for text in written if text in ("small", "large", "middle")] == ["large", "middle", "small"]


def test_a_missing_value_is_a_gap_not_a_zero() -> None:
    def marks(values: list[int | None]) -> int:
        svg = line_chart(["a", "b", "c"], [{"name": "x", "values": values}], title="x")
        return svg.count("<use")

    assert marks([1, None, 3]) == marks([1, 2, 3]) - 1


@pytest.mark.parametrize(
    ("labels", "series"),
    [
        ([], []),
        (["a"], []),
        (["a"], [{"name": "x", "values": [1, 2]}]),
        (["a"], [{"name": "x", "values": ["1"]}]),
        (["a"], [{"name": "x", "values": [1.5]}]),
        (["a"] * 500, [{"name": "x", "values": [1] * 500}]),
    ],
)
def test_numbers_that_do_not_fit_are_refused(labels: list[str], series: Any) -> None:
    with pytest.raises(DocumentDataInvalid):
        bar_chart(labels, series, title="x")


@pytest.mark.parametrize("values", [[1, -1], [1, 0]])
def test_a_pareto_chart_of_what_is_not_positive_is_refused(values: list[int]) -> None:
    with pytest.raises(DocumentDataInvalid):
        pareto_chart(["a", "b"], values, title="x")


async def test_a_chart_in_a_document_is_drawn_and_can_be_searched(renderer: Renderer) -> None:
    source = '{{ bar_chart(labels, [{"name": "CA", "values": values}], title="Ventes", unit="k€") }}'

    rendered = await renderer.render_pdf(inline(source, {"labels": ["janv.", "févr."], "values": [1200, 3]}))

    (text,) = page_texts(rendered.content)
    assert all(word in text for word in ("janv.", "févr.", "Ventes", "k€", "1 200"))
    assert (rendered.blocked, rendered.unprintable) == ((), "")


async def test_a_text_in_the_data_never_becomes_a_drawing(renderer: Renderer) -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"><text>drawn</text></svg>'

    rendered = await renderer.render_pdf(inline("<p>{{ x }}</p>", {"x": drawing}))

    assert "<svg" in page_texts(rendered.content)[0]
