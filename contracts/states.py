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

WIDTH, HEIGHT = 1120, 710
BOX_WIDTH, BOX_HEIGHT = 124, 44
LINE_HEIGHT = 19

_S = OrderStatus
POSITIONS: dict[OrderStatus, tuple[int, int]] = {
    _S.CANCELLED: (100, 50),
    _S.REFUNDED: (710, 50),
    _S.CREATED: (100, 330),
    _S.FUNDED: (410, 330),
    _S.SHIPPED: (710, 330),
    _S.DISPUTED: (1020, 330),
    _S.DELIVERED: (890, 500),
    _S.EXPIRED: (100, 610),
    _S.RESOLVED: (710, 610),
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
    (_S.CREATED, _S.EXPIRED): Route("M100 352 V584", (112, 472)),
    (_S.CREATED, _S.FUNDED): Route("M162 330 H344", (253, 282), "middle"),
    (_S.FUNDED, _S.SHIPPED): Route("M472 330 H644", (558, 282), "middle"),
    (_S.FUNDED, _S.REFUNDED): Route("M410 308 V62 Q410 50 422 50 H644", (426, 74)),
    (_S.FUNDED, _S.RESOLVED): Route("M410 352 V598 Q410 610 422 610 H644", (426, 597)),
    (_S.SHIPPED, _S.REFUNDED): Route("M710 308 V76", (722, 196)),
    (_S.SHIPPED, _S.RESOLVED): Route("M698 352 V584", (686, 472), "end"),
    (_S.SHIPPED, _S.DISPUTED): Route("M772 330 H954", (863, 282), "middle"),
    (_S.SHIPPED, _S.DELIVERED): Route("M740 352 V488 Q740 500 752 500 H824", (752, 384)),
    (_S.DISPUTED, _S.REFUNDED): Route("M1020 308 V62 Q1020 50 1008 50 H776", (1004, 74), "end"),
    (_S.DISPUTED, _S.DELIVERED): Route("M1000 352 V488 Q1000 500 988 500 H956", (990, 466), "end"),
    (_S.DISPUTED, _S.RESOLVED): Route("M1040 352 V598 Q1040 610 1028 610 H776", (1026, 559), "end"),
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
