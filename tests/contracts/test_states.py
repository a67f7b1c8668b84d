"""The picture of an order's states shows every transition of the table, and is up to date."""

import subprocess
import sys
from itertools import product
from xml.etree import ElementTree

import pytest

from descrow.contract.order_status import OrderStatus
from descrow.orders.transitions import TRANSITIONS

from .values import ROOT

DRAW = [sys.executable, str(ROOT / "contracts" / "states.py"), "--check"]
SVG = "{http://www.w3.org/2000/svg}"


def texts() -> list[str]:
    picture = ElementTree.parse(ROOT / "contracts" / "states.svg")
    return [element.text or "" for element in picture.iter(f"{SVG}text")]


@pytest.mark.integration  # it starts a process
def test_the_picture_is_up_to_date() -> None:
    checked = subprocess.run(DRAW, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stderr


def test_every_status_has_one_box() -> None:
    shown = [text for text in texts() if text in list(OrderStatus)]

    assert sorted(shown) == sorted(OrderStatus)


def test_arrows_show_every_transition_of_the_table_and_no_other() -> None:
    labels = [text.split(": ") for text in texts() if ": " in text and "deadline" not in text]

    shown = [pair for who, what in labels for pair in product(who.split(", "), [what.split()[0]])]

    assert sorted(shown) == sorted((transition.party.value, transition.action.word) for transition in TRANSITIONS)
