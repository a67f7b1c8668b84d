"""Draw `contracts/states.svg`, the states of an order, from the table in `descrow.orders.transitions`.

    python contracts/states.py           # write the picture
    python contracts/states.py --check   # exit 1 if the picture is out of date

The labels come from the table. This module only decides the layout.
"""

import argparse
import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

from descrow.orders.transitions import (
    FINAL_STATUSES,
    HOLDING_STATUSES,
    TRANSITIONS,
    OrderStatus,
    PaymentMode,
    Transition,
    When,
)

ROOT = Path(__file__).resolve().parent.parent
PICTURE = Path(__file__).with_name("states.svg")

WIDTH, HEIGHT = 1490, 730
BOX_WIDTH, BOX_HEIGHT = 124, 44
LINE_HEIGHT = 19

_S = OrderStatus
POSITIONS: dict[OrderStatus, tuple[int, int]] = {
    _S.CANCELLED: (100, 50),
    _S.REFUNDED: (880, 50),
    _S.CREATED: (100, 330),
    _S.FUNDED: (410, 330),
    _S.SHIPPED: (700, 330),
    _S.RECEIVED: (1060, 330),
    _S.DISPUTED: (1390, 330),
    _S.DELIVERED: (1060, 500),
    _S.EXPIRED: (100, 640),
    _S.RESOLVED: (880, 640),
}
"""The centre of each box."""


@dataclass(frozen=True)
class Route:
    """The path of an arrow, and the position of the first line of its label."""

    path: str
    label: tuple[int, int]
    anchor: Literal["start", "middle", "end"] = "start"


ROUTES: dict[tuple[OrderStatus, OrderStatus], Route] = {
    (_S.CREATED, _S.CANCELLED): Route("M100 308 V76", (112, 196)),
    (_S.CREATED, _S.EXPIRED): Route("M100 352 V614", (112, 480)),
    (_S.CREATED, _S.FUNDED): Route("M162 330 H344", (253, 282), "middle"),
    (_S.FUNDED, _S.SHIPPED): Route("M472 330 H634", (553, 282), "middle"),
    (_S.FUNDED, _S.REFUNDED): Route("M410 308 V62 Q410 50 422 50 H814", (426, 74)),
    (_S.FUNDED, _S.RESOLVED): Route("M410 352 V628 Q410 640 422 640 H814", (426, 627)),
    (_S.SHIPPED, _S.REFUNDED): Route("M700 308 V150 Q700 138 712 138 H848 Q860 138 860 126 V76", (786, 130), "middle"),
    (_S.SHIPPED, _S.RESOLVED): Route("M680 352 V558 Q680 570 692 570 H848 Q860 570 860 582 V614", (668, 472), "end"),
    (_S.SHIPPED, _S.RECEIVED): Route("M762 330 H994", (880, 282), "middle"),
    (_S.SHIPPED, _S.DISPUTED): Route("M740 308 V234 Q740 222 752 222 H1358 Q1370 222 1370 234 V304", (1080, 194)),
    (_S.SHIPPED, _S.DELIVERED): Route("M720 352 V488 Q720 500 732 500 H994", (732, 444)),
    (_S.RECEIVED, _S.REFUNDED): Route(
        "M1060 308 V150 Q1060 138 1048 138 H912 Q900 138 900 126 V76", (980, 130), "middle"
    ),
    (_S.RECEIVED, _S.RESOLVED): Route(
        "M1010 352 V388 Q1010 400 998 400 H972 Q960 400 960 412 V558 Q960 570 948 570 H912 Q900 570 900 582 V614",
        (972, 558),
    ),
    (_S.RECEIVED, _S.DISPUTED): Route("M1122 330 H1324", (1222, 282), "middle"),
    (_S.RECEIVED, _S.DELIVERED): Route("M1060 352 V474", (1072, 392)),
    (_S.DISPUTED, _S.REFUNDED): Route("M1410 308 V62 Q1410 50 1398 50 H946", (1394, 74), "end"),
    (_S.DISPUTED, _S.DELIVERED): Route("M1370 352 V488 Q1370 500 1358 500 H1126", (1358, 490), "end"),
    (_S.DISPUTED, _S.RESOLVED): Route("M1410 352 V628 Q1410 640 1398 640 H946", (1394, 570), "end"),
}

LEGEND = "* only before the deadline of the state; overdue: from then on. Bold: holds money. Double border: final."

STYLE = """
  .paper { fill: #ffffff }
  text { font: 14px system-ui, sans-serif; fill: #1f2328 }
  .small { font-size: 13px; fill: #59636e }
  .name { font-weight: 600; text-anchor: middle }
  .box { fill: #f6f8fa; stroke: #59636e }
  .holding { fill: #ddf4ff; stroke: #0969da; stroke-width: 2.5 }
  .end { fill: none; stroke: #59636e }
  .arrow { fill: none; stroke: #59636e; stroke-width: 1.5 }
  .head { fill: #59636e }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 }
    text { fill: #e6edf3 }
    .small { fill: #9198a1 }
    .box { fill: #161b22; stroke: #9198a1 }
    .holding { fill: #0c2d4d; stroke: #58a6ff }
    .end, .arrow { stroke: #9198a1 }
    .head { fill: #9198a1 }
  }
"""

HEAD = f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="The states of an order">
<style>{STYLE}</style>
<defs>
<marker id="head" viewBox="0 0 10 10" refX="6" refY="5" markerWidth="8" markerHeight="8" orient="auto">
<path class="head" d="M0 0 L10 5 L0 10 z"/>
</marker>
</defs>
<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>
<circle class="head" cx="14" cy="330" r="6"/>
<path class="arrow" marker-end="url(#head)" d="M14 330 H34"/>
"""


def label_of(transitions: list[Transition]) -> list[str]:
    """Return lines `party: action`, one for each action and for each condition of it."""

    def action_of(transition: Transition) -> str:
        (only,) = transition.modes if len(transition.modes) == 1 else (None,)
        mode = {PaymentMode.COIN: " (DOT)", PaymentMode.RECORD: " (M-Pesa)", None: ""}[only]
        when = {When.IN_TIME: " *", When.OVERDUE: " when overdue", When.ALWAYS: ""}[transition.when]
        return transition.action.word + mode + when

    return [
        f"{', '.join(each.party for each in same)}: {action}" for action, same in groupby(transitions, key=action_of)
    ]


def _arrow(before: OrderStatus, after: OrderStatus) -> list[str]:
    route = ROUTES[before, after]
    x, y = route.label
    lines = label_of(
        [transition for transition in TRANSITIONS if (transition.before, transition.after) == (before, after)]
    )
    return [f'<path class="arrow" marker-end="url(#head)" d="{route.path}"/>'] + [
        f'<text x="{x}" y="{y + LINE_HEIGHT * n}" text-anchor="{route.anchor}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    ]


def _box(status: OrderStatus) -> list[str]:
    x, y = POSITIONS[status]
    left, top = x - BOX_WIDTH // 2, y - BOX_HEIGHT // 2
    kind = "box holding" if status in HOLDING_STATUSES else "box"
    drawn = [f'<rect class="{kind}" x="{left}" y="{top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>']
    if status in FINAL_STATUSES:
        drawn.append(
            f'<rect class="end" x="{left + 4}" y="{top + 4}" width="{BOX_WIDTH - 8}" height="{BOX_HEIGHT - 8}" rx="5"/>'
        )
    return [*drawn, f'<text class="name" x="{x}" y="{y + 5}">{status}</text>']


def draw() -> str:
    """Return the picture. Raise KeyError for a status or transition without a position."""
    pairs = dict.fromkeys((transition.before, transition.after) for transition in TRANSITIONS)
    drawn = [line for pair in pairs for line in _arrow(*pair)] + [line for status in _S for line in _box(status)]
    return HEAD + "\n".join([*drawn, f'<text class="small" x="38" y="{HEIGHT - 22}">{LEGEND}</text>', "</svg>\n"])


def main() -> int:
    parser = argparse.ArgumentParser(description="Draw the states of an order.")
    parser.add_argument("--check", action="store_true", help="exit 1 if the picture is out of date; write nothing")
    if parser.parse_args().check:
        if PICTURE.exists() and PICTURE.read_text() == draw():
            return 0
        print(f"{PICTURE.relative_to(ROOT)} is out of date; run contracts/states.py", file=sys.stderr)
        return 1

    PICTURE.write_text(draw())
    return 0


if __name__ == "__main__":
    sys.exit(main())
