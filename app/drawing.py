"""Draws the pictures that are posted to chats, in a process of its own: matplotlib's 83 MB don't stay with us."""

import io
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import orjson

from handlers.pictures import Bars, HotelPicture, Picture

TIMEOUT_S = 60
INK, QUIET, GRID, WEEKEND = "#17211d", "#5d6b64", "#e6ebe8", "#f3f6f4"
LIGHT, GREEN, BRASS, RED, DIM = "#8fc9bb", "#0f6e5f", "#c08a2d", "#b3332c", "#b9c4be"
TEXT, SMALL = 18, 16
"""Large letters: in a chat the picture is shown a third as wide."""


def draw(picture: Picture) -> bytes:
    """The picture as PNG, 1200×600 (a hotel's day 1200×700). Runs a short-lived Python beside the service."""
    kinds = {Bars: "bars", HotelPicture: "hotel"}
    job = {"kind": kinds.get(type(picture), "week"), **asdict(picture)}
    done = subprocess.run(
        [sys.executable, "-m", "app.drawing"],
        input=orjson.dumps(job),
        capture_output=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    return done.stdout


def _draw(job: Mapping[str, Any]) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415

    layout = ConstrainedLayoutEngine(w_pad=0.25, h_pad=0.2)
    height = 7 if job["kind"] == "hotel" else 6
    figure = Figure(figsize=(12, height), dpi=100, facecolor="white", layout=layout)
    {"bars": _bars, "week": _week, "hotel": _hotel}[job["kind"]](figure, job)
    out = io.BytesIO()
    FigureCanvasAgg(figure).print_png(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def _bars(figure: Any, job: Mapping[str, Any]) -> None:
    """Counts per day: the first series as bars, further ones as lines with their peak; weekends shaded."""
    days = [date.fromisoformat(day) for day in job["days"]]
    axes = figure.add_subplot()
    (bar_name, bars), *lines = job["series"].items()
    places = range(len(days))
    for place, day in enumerate(days):
        if day.weekday() >= 5:
            axes.axvspan(place - 0.5, place + 0.5, color=WEEKEND, linewidth=0, zorder=0)
    axes.bar(places, bars, color=LIGHT, width=0.72, label=bar_name, zorder=2)
    for (name, values), color in zip(lines, (GREEN, BRASS), strict=False):
        axes.plot(places, values, color=color, linewidth=3.5, label=name, zorder=3, solid_capstyle="round")
        top = max(places, key=values.__getitem__)
        axes.plot(top, values[top], "o", color=color, markersize=10, zorder=4)
        axes.annotate(
            str(values[top]), (top, values[top]), (0, 12), textcoords="offset points",
            ha="center", fontsize=TEXT + 2, fontweight="bold", color=color,
        )  # fmt: skip
    axes.set_title(job["title"], fontsize=24, fontweight="bold", loc="left", pad=52, color=INK)
    step = max(len(days) // 8, 1)
    axes.set_xticks(list(places)[::step], [f"{day:%d.%m}" for day in days][::step])
    axes.margins(x=0.01, y=0.16)
    _plain(axes)
    axes.legend(
        frameon=False, fontsize=TEXT, labelcolor=QUIET, loc="lower left", ncols=3,
        bbox_to_anchor=(-0.012, 1.0), handlelength=1.2, columnspacing=1.6,
    )  # fmt: skip


def _week(figure: Any, job: Mapping[str, Any]) -> None:
    """A week at the desk: per day on the left, what came in by type on the right."""
    left, right = figure.subplots(1, 2, width_ratios=(5, 2))
    words, places = job["words"], range(len(job["days"]))
    for name, shift, color in (("opened", -0.27, LIGHT), ("closed", 0.0, GREEN), ("breached", 0.27, RED)):
        label = f"{words[name]} {sum(job[name])}"
        drawn = left.bar([at + shift for at in places], job[name], 0.25, color=color, label=label, zorder=2)
        left.bar_label(drawn, [value or "" for value in job[name]], fontsize=SMALL, color=QUIET, padding=1)
    label = f"{words['open']} {job['open'][-1]}"
    left.plot(places, job["open"], color=BRASS, linewidth=3, marker="o", markersize=7, label=label, zorder=3)
    figure.suptitle(job["title"], fontsize=24, fontweight="bold", x=0.02, ha="left", color=INK)
    days = [date.fromisoformat(day) for day in job["days"]]
    left.set_xticks(list(places), [f"{day:%d.%m}" for day in days])
    _plain(left)
    most = max(*job["opened"], *job["closed"], *job["breached"], *job["open"], 1)
    left.set_ylim(0, most * 1.15)
    left.legend(
        frameon=False, fontsize=SMALL, labelcolor=QUIET, loc="lower left", ncols=2, bbox_to_anchor=(-0.02, 1.0),
        handlelength=1, handletextpad=0.5, columnspacing=1.6,
    )  # fmt: skip
    _types(right, words["types"], job["by_type"])


def _types(axes: Any, title: str, by_type: Mapping[str, int]) -> None:
    drawn = axes.barh(list(by_type), list(by_type.values()), color=LIGHT, height=0.55, zorder=2)
    axes.bar_label(drawn, fontsize=SMALL, color=INK, padding=5)
    axes.set_title(title, fontsize=SMALL, loc="left", pad=16, color=QUIET)
    axes.invert_yaxis()
    axes.set_xlim(0, max(*by_type.values(), 1) * 1.25)
    axes.set_xticks([])
    axes.tick_params(axis="y", labelsize=SMALL, labelcolor=QUIET, length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _hotel(figure: Any, job: Mapping[str, Any]) -> None:
    """A hotel's day: its figures on top, below the days around it: occupancy, and who comes and goes."""
    figure.suptitle(job["title"], fontsize=25, fontweight="bold", x=0.02, ha="left", color=INK)
    tiles, bars, moves = figure.subplots(3, 1, height_ratios=(1.05, 2.1, 1.2))
    tiles.set_axis_off()
    for place, (name, value, small) in enumerate(job["tiles"]):
        words = {"va": "top", "transform": tiles.transAxes}
        left = place / len(job["tiles"])
        color = INK if place else GREEN
        tiles.text(left, 1.12, name, fontsize=SMALL, color=QUIET, **words)
        size = 29 if len(value) < 11 else 22
        tiles.text(left, 0.74, value, fontsize=size, fontweight="bold", color=color, **words)
        tiles.text(left, 0.14, small, fontsize=SMALL - 1, color=QUIET, **words)
    days = [date.fromisoformat(day) for day in job["days"]]
    today = days.index(date.fromisoformat(job["today"]))
    for axes in (bars, moves):
        _weekends(axes, days)
        axes.set_xlim(-0.6, len(days) - 0.4)
    _occupancy(bars, job, days, today)
    _moves(moves, job["lines"], len(days), today)


def _weekends(axes: Any, days: Sequence[date]) -> None:
    for place, day in enumerate(days):
        if day.weekday() >= 5:
            axes.axvspan(place - 0.5, place + 0.5, color=WEEKEND, linewidth=0, zorder=0)


def _occupancy(axes: Any, job: Mapping[str, Any], days: Sequence[date], today: int) -> None:
    places, top = range(len(days)), job["top"]
    drawn = axes.bar(
        places, job["bars"], 0.74, color=[GREEN if at == today else LIGHT for at in places], zorder=2
    )
    labels = axes.bar_label(
        drawn, [f"{value:.0f}" for value in job["bars"]], fontsize=13, color=QUIET, padding=3
    )
    labels[today].set(fontweight="bold", color=GREEN)
    axes.set_title(job["bars_title"], fontsize=SMALL, loc="left", pad=10, color=QUIET)
    _plain(axes)
    axes.set_ylim(0, (top or max(*job["bars"], 1)) * 1.16)
    axes.set_yticks([0, 50, 100] if top else [0])
    axes.set_xticks(list(places), [f"{day:%d.%m}" for day in days])
    axes.tick_params(labelsize=13, pad=6)
    axes.get_xticklabels()[today].set(fontweight="bold", color=GREEN)


def _moves(axes: Any, lines: Mapping[str, Sequence[int]], count: int, today: int) -> None:
    """Arrivals upwards, departures downwards, a number at each."""
    for (name, values), color, sign in zip(lines.items(), (BRASS, DIM), (1, -1), strict=True):
        drawn = axes.bar(
            range(count), [sign * value for value in values], 0.5, color=color, label=name, zorder=2
        )
        labels = axes.bar_label(drawn, [value or "" for value in values], fontsize=12, color=QUIET, padding=2)
        labels[today].set(fontweight="bold", color=INK)
    most = max(max(values, default=0) for values in lines.values())
    axes.set_ylim(-max(most, 1) * 1.7, max(most, 1) * 1.7)
    axes.axhline(0, color=GRID, linewidth=1.2)
    axes.set_axis_off()
    axes.legend(
        frameon=False, fontsize=SMALL, labelcolor=QUIET, loc="lower left", ncols=2, bbox_to_anchor=(-0.005, 0.95),
        handlelength=0.9, handletextpad=0.5, columnspacing=1.6, borderaxespad=0,
    )  # fmt: skip


def _plain(axes: Any) -> None:
    """No frame, a quiet grid, from nought, whole numbers."""
    axes.tick_params(length=0, labelsize=TEXT, labelcolor=QUIET, pad=10)
    axes.set_ylim(bottom=0)
    axes.locator_params(axis="y", nbins=5, integer=True)
    axes.grid(axis="y", color=GRID, linewidth=1.2, zorder=1)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)


if __name__ == "__main__":
    sys.stdout.buffer.write(_draw(orjson.loads(sys.stdin.buffer.read())))
