"""The drawing surface under the charts: matplotlib without its global state, writing SVG that never varies.

Imported by `charts` when the first chart is drawn.
"""

import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import matplotlib
from matplotlib import font_manager
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from xrm_core.documents.filters import number
from xrm_core.documents.isolation import FONT_FOLDER

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from xrm_core.documents.charts import ChartStyle

_MM_PER_INCH = 25.4
_NO_METADATA: dict[str, Any] = {"Date": None, "Creator": None, "Format": None, "Type": None}
_RC: Any = {
    "font.family": ["Open Sans", "DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "text.parse_math": False,  # a $ in somebody's name is a $
    "svg.fonttype": "none",  # text stays text: it can be searched and copied
    "svg.hashsalt": "xrm",  # ids in the file come from their content
    "svg.id": None,
}
# Only our own fonts count, or a newer font of the same name on some machine would shift the labels.
font_manager.fontManager.ttflist.clear()
for _file in sorted(FONT_FOLDER.glob("*.ttf")):
    font_manager.fontManager.addfont(str(_file))


def draw_svg(style: "ChartStyle", paint: Callable[["Axes"], None]) -> str:
    """An `<svg>` element with the title for those who cannot see it; `paint` draws on its axes."""
    with matplotlib.rc_context(_RC):
        size = (style.width_mm / _MM_PER_INCH, style.height_mm / _MM_PER_INCH)
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        axes.yaxis.set_major_formatter(lambda value, _: number(Decimal(f"{value:.6g}"), None, style.language))
        axes.set_title(style.title, loc="left")
        if style.unit:
            axes.set_ylabel(style.unit)
        paint(axes)
        output = io.StringIO()
        figure.savefig(output, format="svg", metadata=_NO_METADATA)
    return _inline(output.getvalue(), style.title)


def _inline(svg: str, title: str) -> str:
    # The XML declaration and document type have no place inside HTML.
    start = svg.index("<svg")
    opening = svg.index(">", start) + 1
    body = re.sub(r"<metadata>.*?</metadata>", "", svg[opening:], flags=re.DOTALL)
    return f"{svg[start:opening]}<title>{escape(title)}</title>{body}"
