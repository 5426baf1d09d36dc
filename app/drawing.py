"""Draws the pictures that are posted to chats, in a process of its own: matplotlib's 83 MB don't stay with us."""

import io
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import orjson

from handlers.pictures import Bars, Picture

TIMEOUT_S = 60
BLUE, GREEN, RED, GREY, INK = "#2f80ed", "#27ae60", "#eb5757", "#8a97a6", "#1f2d3d"


def draw(picture: Picture) -> bytes:
    """The picture as PNG, 1200×600. Runs a short-lived Python beside the service."""
    job = {"kind": "bars" if isinstance(picture, Bars) else "week", **asdict(picture)}
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

    figure = Figure(figsize=(12, 6), dpi=100, facecolor="white")
    {"bars": _bars, "week": _week}[job["kind"]](figure, job)
    figure.tight_layout()
    out = io.BytesIO()
    FigureCanvasAgg(figure).print_png(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def _bars(figure: Any, job: Mapping[str, Any]) -> None:
    """Counts per day: the first series as bars, further ones as lines."""
    days = [date.fromisoformat(day) for day in job["days"]]
    axes = figure.add_subplot()
    (bar_name, bars), *lines = job["series"].items()
    places = range(len(days))
    axes.bar(places, bars, color=BLUE, width=0.7, label=bar_name, zorder=2)
    for name, values in lines:
        axes.plot(places, values, color=GREEN, linewidth=2.5, marker="o", markersize=4, label=name, zorder=3)
    axes.set_title(job["title"], fontsize=17, loc="left", pad=16, color=INK)
    step = max(len(days) // 15, 1)
    axes.set_xticks(list(places)[::step], [f"{day:%d.%m}" for day in days][::step], fontsize=11)
    _plain(axes)
    axes.legend(frameon=False, fontsize=12, loc="upper right", ncols=2, bbox_to_anchor=(1, 1.12))


def _week(figure: Any, job: Mapping[str, Any]) -> None:
    """A week at the desk: per day on the left, what came in by type on the right."""
    left, right = figure.subplots(1, 2, width_ratios=(5, 2))
    words, places = job["words"], range(len(job["days"]))
    series = (("opened", -0.27, BLUE), ("closed", 0.0, GREEN), ("breached", 0.27, RED))
    for name, shift, color in series:
        label = f"{words[name]} {sum(job[name])}"
        drawn = left.bar([at + shift for at in places], job[name], 0.25, color=color, label=label, zorder=2)
        left.bar_label(drawn, [value or "" for value in job[name]], fontsize=10, color=color, padding=1)
    label = f"{words['open']} {job['open'][-1]}"
    left.plot(places, job["open"], color=GREY, linewidth=2, marker="o", markersize=5, label=label, zorder=3)
    figure.suptitle(job["title"], fontsize=17, x=0.015, ha="left", color=INK)
    days = [date.fromisoformat(day) for day in job["days"]]
    left.set_xticks(list(places), [f"{day:%d.%m}" for day in days], fontsize=12)
    _plain(left)
    most = max(*job["opened"], *job["closed"], *job["breached"], *job["open"], 1)
    left.set_ylim(0, most * 1.15)
    left.yaxis.get_major_locator().set_params(integer=True)
    legend = left.legend(frameon=False, fontsize=12, loc="lower left", ncols=4, bbox_to_anchor=(-0.02, 1.0))
    legend.set_in_layout(False)  # it may reach over the types; the plot needn't shrink for it
    names, counts = list(job["by_type"]), list(job["by_type"].values())
    drawn = right.barh(names, counts, color=BLUE, height=0.55, zorder=2)
    right.bar_label(drawn, fontsize=12, color=INK, padding=4)
    right.set_title(words["types"], fontsize=12, loc="left", pad=12, color=INK)
    right.invert_yaxis()
    right.set_xlim(0, max(*counts, 1) * 1.15)
    right.set_xticks([])
    right.tick_params(axis="y", labelsize=12, length=0)
    for side in right.spines.values():
        side.set_visible(False)


def _plain(axes: Any) -> None:
    """No frame, a quiet grid, from nought."""
    axes.tick_params(axis="y", labelsize=11, length=0)
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color="#e6ebf1", zorder=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#c5d0db")


if __name__ == "__main__":
    sys.stdout.buffer.write(_draw(orjson.loads(sys.stdin.buffer.read())))
