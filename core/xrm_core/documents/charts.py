"""Charts as SVG inside a document: drawn from plain numbers, in the documents' font, always the same bytes.

Templates call these as `bar_chart(labels, series, title=…)` and so on. An Svg is made here and nowhere
else; data cannot hold one, so no text of people's ever becomes a drawing. matplotlib is imported with the
first chart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict

from markupsafe import Markup

from xrm_core.documents.errors import DocumentDataInvalid
from xrm_core.documents.requests import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Number = int | Decimal
# Blue, orange, green, red, violet, brown, apart for colour-blind readers and in grey (after Okabe and Ito).
COLOURS = ("#1b5e9b", "#e08a00", "#1a8f6a", "#b8432f", "#8a5aa8", "#7a5c3a")
_MAX_LABELS = 400
_MAX_SERIES = 12
_MAX_PRINTED_VALUES = 14


class Svg(Markup):
    """A drawing that a template may print as it is. Only the functions of this module make one."""


class Series(TypedDict):
    """One named row of numbers of a chart; None is a gap."""

    name: str
    values: Sequence[Number | None]


@dataclass(frozen=True, slots=True)
class ChartStyle:
    """How a chart is labelled: its title (read out to who cannot see it), the numbers' unit, its size."""

    title: str
    unit: str = ""
    language: Language = "fr"
    width_mm: float = 170
    height_mm: float = 80


def bar_chart(
    labels: Sequence[str], series: Sequence[Series], *, title: str, unit: str = "", language: Language = "fr"
) -> Svg:
    """Upright bars, one group per label and one colour per series. Few bars carry their number.

    Raises: DocumentDataInvalid if a series has not one value per label.
    """
    _check(labels, series)
    style = ChartStyle(title, unit, language)
    return _draw(style, lambda axes: _bars(axes, labels, series, style))


def line_chart(
    labels: Sequence[str], series: Sequence[Series], *, title: str, unit: str = "", language: Language = "fr"
) -> Svg:
    """One line per series over the labels in their order; a gap where a value is None.

    Raises: DocumentDataInvalid if a series has not one value per label.
    """
    _check(labels, series)
    style = ChartStyle(title, unit, language)
    return _draw(style, lambda axes: _lines(axes, labels, series, style))


def pareto_chart(
    labels: Sequence[str], values: Sequence[Number], *, title: str, unit: str = "", language: Language = "fr"
) -> Svg:
    """Bars from the largest to the smallest, and over them the share of the whole that is reached so far.

    Values are sorted here; equal ones stay in the given order. Values of zero or less are refused, because a
    share of a whole that shrinks says nothing.

    Raises: DocumentDataInvalid if a value is missing or not positive.
    """
    _check(labels, [{"name": title, "values": values}])
    if any(value is None or value <= 0 for value in values):
        raise DocumentDataInvalid("A Pareto chart needs values above zero.", path="values")
    style = ChartStyle(title, unit, language)
    ranked = sorted(zip(labels, values, strict=True), key=lambda pair: -pair[1])
    return _draw(style, lambda axes: _pareto(axes, ranked, style))


def _check(labels: Sequence[str], series: Sequence[Series]) -> None:
    if not labels or not series:
        raise DocumentDataInvalid("A chart needs at least one label and one series.", path="series")
    if len(labels) > _MAX_LABELS or len(series) > _MAX_SERIES:
        raise DocumentDataInvalid(
            f"A chart has at most {_MAX_LABELS} labels and {_MAX_SERIES} series.", path="series"
        )
    for index, one in enumerate(series):
        if len(one["values"]) != len(labels):
            raise DocumentDataInvalid(
                f"{len(one['values'])} values for {len(labels)} labels.", path=f"series[{index}].values"
            )
        for value in one["values"]:
            if not (value is None or type(value) is int or isinstance(value, Decimal)):
                raise DocumentDataInvalid(f"{value!r} is not a number.", path=f"series[{index}].values")


def _bars(axes: "Axes", labels: Sequence[str], series: Sequence[Series], style: ChartStyle) -> None:
    width = 0.8 / len(series)
    for index, one in enumerate(series):
        places = [x - 0.4 + width * (index + 0.5) for x in range(len(labels))]
        heights = _floats(one["values"])
        bars = axes.bar(places, heights, width=width * 0.94, color=_colour(index), label=one["name"])
        if len(labels) * len(series) <= _MAX_PRINTED_VALUES:
            texts = ["" if value is None else _text(value, style) for value in one["values"]]
            axes.bar_label(bars, labels=texts, padding=2, fontsize=7)
    _label_x(axes, labels)
    axes.margins(y=0.12)
    _legend(axes, series)


def _lines(axes: "Axes", labels: Sequence[str], series: Sequence[Series], style: ChartStyle) -> None:
    marker = "o" if len(labels) <= 40 else ""
    for index, one in enumerate(series):
        axes.plot(
            range(len(labels)),
            _floats(one["values"]),
            color=_colour(index),
            label=one["name"],
            marker=marker,
            markersize=3.5,
            linewidth=1.6,
            linestyle=("-", "--", "-.", ":")[index // len(COLOURS) % 4],
        )
    _label_x(axes, labels)
    _legend(axes, series)


def _pareto(axes: "Axes", ranked: Sequence[tuple[str, Number]], style: ChartStyle) -> None:
    whole = sum((Decimal(value) for _, value in ranked), Decimal(0))
    reached, shares = Decimal(0), []
    for _, value in ranked:
        reached += Decimal(value)
        shares.append(float(reached / whole * 100))
    places = range(len(ranked))
    axes.bar(places, _floats([value for _, value in ranked]), width=0.76, color=_colour(0))
    _label_x(axes, [label for label, _ in ranked])
    share_axes: Any = axes.twinx()
    share_axes.plot(places, shares, color=_colour(1), marker="o", markersize=3, linewidth=1.6)
    share_axes.axhline(80, color="#888888", linewidth=0.7, linestyle=":")
    share_axes.set_ylim(0, 105)
    percent = "\u00a0%" if style.language == "fr" else "%"
    share_axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}{percent}")
    share_axes.spines[["top", "left"]].set_visible(False)


def _label_x(axes: "Axes", labels: Sequence[str]) -> None:
    # At most 24 labels are printed, evenly spread; long or many ones are turned so that none covers another.
    step = -(-len(labels) // 24)
    shown = list(range(0, len(labels), step))
    turned = len(shown) * max(len(labels[index]) for index in shown) > 90
    axes.set_xticks(shown, [_short(labels[index]) for index in shown])
    if turned:
        axes.tick_params(axis="x", labelrotation=40)
        for text in axes.get_xticklabels():
            text.set(ha="right", rotation_mode="anchor")


def _legend(axes: "Axes", series: Sequence[Series]) -> None:
    if len(series) > 1:
        # Outside the axes, so that the layout makes room for it below turned labels too.
        axes.figure.legend(loc="outside lower center", ncols=min(len(series), 4), frameon=False)


def _colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]


def _short(label: str) -> str:
    return label if len(label) <= 28 else label[:27] + "…"


def _floats(values: Sequence[Number | None]) -> list[float]:
    # A picture needs no more digits than a float has; the printed numbers come from the Decimals.
    return [float("nan") if value is None else float(value) for value in values]


def _text(value: Number, style: ChartStyle) -> str:
    from xrm_core.documents.filters import number  # babel, only where something is drawn

    return number(value if isinstance(value, int) else value.normalize(), None, style.language)


def _draw(style: ChartStyle, paint: Any) -> Svg:
    from xrm_core.documents.chart_canvas import draw_svg  # matplotlib, only where something is drawn

    return Svg(draw_svg(style, paint))
