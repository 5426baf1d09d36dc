"""Draws the pictures that are posted to chats, in a process of its own: matplotlib's 83 MB don't stay with us."""

import subprocess
import sys
from datetime import date

import orjson

from handlers.pictures import Bars

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


def _draw(job: dict[str, object]) -> bytes:
    import io  # noqa: PLC0415

    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    days = [date.fromisoformat(day) for day in job["days"]]  # type: ignore[attr-defined]
    series: dict[str, list[int]] = job["series"]  # type: ignore[assignment]
    figure = Figure(figsize=(12, 6), dpi=100, facecolor="white")
    axes = figure.add_subplot()
    (bar_name, bars), *lines = series.items()
    places = range(len(days))
    axes.bar(places, bars, color="#2f80ed", width=0.7, label=bar_name, zorder=2)
    for name, values in lines:
        axes.plot(
            places, values, color="#27ae60", linewidth=2.5, marker="o", markersize=4, label=name, zorder=3
        )
    axes.set_title(str(job["title"]), fontsize=17, loc="left", pad=16, color="#1f2d3d")
    step = max(len(days) // 15, 1)
    axes.set_xticks(list(places)[::step], [f"{day:%d.%m}" for day in days][::step], fontsize=11)
    axes.tick_params(axis="y", labelsize=11, length=0)
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color="#e6ebf1", zorder=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#c5d0db")
    axes.legend(frameon=False, fontsize=12, loc="upper right", ncols=2, bbox_to_anchor=(1, 1.12))
    figure.tight_layout()
    out = io.BytesIO()
    FigureCanvasAgg(figure).print_png(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(_draw(orjson.loads(sys.stdin.buffer.read())))
