"""Draws the pictures that are posted to chats, in a process of its own: matplotlib's 83 MB don't stay with us."""

import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import orjson

from handlers.pictures import Bars

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TIMEOUT_S = 60


def draw(bars: Bars) -> bytes:
    """The picture as PNG, 1200×600. Runs a short-lived Python beside the service."""
    job = {
        "title": bars.title,
        "days": [day.isoformat() for day in bars.days],
        "series": {name: list(values) for name, values in bars.series.items()},
    }
    done = subprocess.run(
        [sys.executable, "-m", "app.drawing"],
        input=orjson.dumps(job),
        capture_output=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    return done.stdout


INK, QUIET, GRID, WEEKEND = "#17211d", "#5d6b64", "#e6ebe8", "#f3f6f4"
BAR_COLOUR, LINE_COLOURS = "#8fc9bb", ("#0f6e5f", "#c08a2d")


def _draw(job: dict[str, object]) -> bytes:
    """Large letters: in a chat the picture is shown a third as wide."""
    import io  # noqa: PLC0415

    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415

    days = [date.fromisoformat(day) for day in job["days"]]  # type: ignore[attr-defined]
    series: dict[str, list[int]] = job["series"]  # type: ignore[assignment]
    figure = Figure(
        figsize=(12, 6), dpi=100, facecolor="white", layout=ConstrainedLayoutEngine(w_pad=0.25, h_pad=0.2)
    )
    axes = figure.add_subplot()
    (bar_name, bars), *lines = series.items()
    places = range(len(days))
    for place, day in enumerate(days):
        if day.weekday() >= 5:
            axes.axvspan(place - 0.5, place + 0.5, color=WEEKEND, linewidth=0, zorder=0)
    axes.bar(places, bars, color=BAR_COLOUR, width=0.72, label=bar_name, zorder=2)
    for (name, values), colour in zip(lines, LINE_COLOURS, strict=False):
        axes.plot(places, values, color=colour, linewidth=3.5, label=name, zorder=3, solid_capstyle="round")
        top = max(places, key=values.__getitem__, default=0)
        axes.plot(top, values[top], "o", color=colour, markersize=10, zorder=4)
        axes.annotate(
            str(values[top]), (top, values[top]), (0, 12), textcoords="offset points",
            ha="center", fontsize=20, fontweight="bold", color=colour,
        )  # fmt: skip
    _dress(axes, str(job["title"]), days)
    out = io.BytesIO()
    FigureCanvasAgg(figure).print_png(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def _dress(axes: "Axes", title: str, days: list[date]) -> None:
    """Title, days below, as few lines as it takes."""
    axes.set_title(title, fontsize=24, fontweight="bold", loc="left", pad=52, color=INK)
    step = max(len(days) // 8, 1)
    axes.set_xticks(range(0, len(days), step), [f"{day:%d.%m}" for day in days][::step])
    axes.tick_params(length=0, labelsize=18, labelcolor=QUIET, pad=10)
    axes.margins(x=0.01, y=0.16)
    axes.set_ylim(bottom=0)
    axes.locator_params(axis="y", nbins=5, integer=True)
    axes.grid(axis="y", color=GRID, linewidth=1.2, zorder=1)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.legend(
        frameon=False, fontsize=18, labelcolor=QUIET, loc="lower left", ncols=3,
        bbox_to_anchor=(-0.012, 1.0), handlelength=1.2, columnspacing=1.6,
    )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.buffer.write(_draw(orjson.loads(sys.stdin.buffer.read())))
