"""
The results as an SVG chart, for light and dark pages.
"""

from collections.abc import Sequence
from html import escape

from results import START, Results
from table import DASH, number
from workloads import WORKLOADS

_COLUMNS, _PANEL, _GAP, _MARGIN = 3, 270, 25, 20
_NAME, _VALUE, _BAR, _HEAD = 105, 50, 15, 28

# An image follows "prefers-color-scheme" even where its page does not: so it draws its
# own background.
_STYLE = """
.ground { fill: #ffffff; }
text { font: 11px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 13px; }
.heading { font-weight: 600; font-size: 15px; }
.faint { fill: #59636e; }
.ours { fill: #0969da; }
.variant { fill: #80bbf2; }
.floor { fill: #afb8c1; }
.peer { fill: #818b98; }
text.ours { font-weight: 600; }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117; }
  text { fill: #e6edf3; }
  .faint { fill: #9198a1; }
  .ours { fill: #4493f8; }
  .variant { fill: #2c5a96; }
  .floor { fill: #484f58; }
  .peer { fill: #7d8590; }
}
"""


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">'
        f"{escape(text)}</text>"
    )


def _kind(server: str) -> str:
    if server in ("echo", "floor"):
        return {"echo": "ours"}.get(server, server)
    return "variant" if server.startswith("echo-") else "peer"


def _panel(
    x: float, y: float, title: str, values: Sequence[tuple[str, float | None]]
) -> list[str]:
    most = max(value for _, value in values if value is not None)
    room = _PANEL - _NAME - _VALUE
    parts = [_text(x, y + 14, title, "title")]
    for place, (server, value) in enumerate(values):
        top = y + _HEAD + place * _BAR
        kind = _kind(server)
        parts.append(
            _text(x + _NAME - 6, top + 10, server, "ours" * (kind == "ours"), "end")
        )
        if value is None:
            parts.append(_text(x + _NAME, top + 10, DASH, "faint"))
            continue
        width = max(value / most * room, 1)
        parts.append(
            f'<rect x="{x + _NAME:.1f}" y="{top + 1:.1f}" width="{width:.1f}" '
            f'height="{_BAR - 4}" rx="2" class="{kind}"/>'
        )
        parts.append(_text(x + _NAME + width + 4, top + 10, number(value)))
    return parts


def _panels(
    results: Results, servers: Sequence[str], workloads: Sequence[str]
) -> list[tuple[str, list[tuple[str, float | None]]]]:
    others = {
        "handshakes": ("processor µs a handshake", "processor"),
        "idle": ("KiB an idle connection", "memory"),
        START: ("seconds to listening", "seconds"),
    }
    found = []
    for key in (*workloads, START):
        title, field = others.get(key) or (WORKLOADS[key].title, "processor")
        values = [(each, results.value(key, each, field)) for each in servers]
        if any(value is not None for _, value in values):
            found.append((title, values))
    return found


def chart(
    results: Results, servers: Sequence[str], workloads: Sequence[str], caption: str
) -> str:
    """
    @param caption: Date and machine of the measurement.

    @return: An SVG document, with a panel for each workload.
    """
    panels = _panels(results, servers, workloads)
    tall = _HEAD + len(servers) * _BAR + _GAP
    width = 2 * _MARGIN + _COLUMNS * _PANEL + (_COLUMNS - 1) * _GAP
    top = 62
    height = top + -(-len(panels) // _COLUMNS) * tall + _MARGIN
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img">',
        "<title>Processor time of WebSocket echo servers</title>",
        f"<style>{_STYLE}</style>",
        '<rect width="100%" height="100%" rx="8" class="ground"/>',
        _text(_MARGIN, 26, "Processor time, µs a message: less is better", "heading"),
        _text(_MARGIN, 44, caption, "faint"),
    ]
    for place, (title, values) in enumerate(panels):
        x = _MARGIN + place % _COLUMNS * (_PANEL + _GAP)
        parts += _panel(x, top + place // _COLUMNS * tall, title, values)
    return "\n".join([*parts, "</svg>", ""])
