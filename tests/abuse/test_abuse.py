"""The attacks of `python -m tests.abuse`, fewer of each: honest people get their answers, and memory stays bounded."""

import pytest

from tests.abuse.__main__ import AT_MOST_LARGER, Seen, judge, run

A_FEW = {
    "all at once": {
        "silent connections": 200,
        "idle connections": 200,
        "slow bodies": 50,
        "long polls": 50,
        "sockets without a token": 200,
        "endless messages": 4,
    }
}


@pytest.mark.takes(30)
async def test_honest_people_are_served_while_others_attack(capsys: pytest.CaptureFixture[str]) -> None:
    complaints = await run(seconds=5, attacks=A_FEW)

    assert [complaint for complaint in complaints if "p99" not in complaint] == []  # how fast says the command
    assert "all at once" in capsys.readouterr().out


def test_the_judge_notices_slowness_errors_and_memory() -> None:
    quiet = Seen([20.0] * 100, [])

    assert judge("", quiet, quiet, 100, 100 * AT_MOST_LARGER) == []
    assert "p99" in judge("", quiet, Seen([20.0] * 98 + [50.0] * 2, []), 100, 100)[0]
    assert "errors" in judge("", quiet, Seen([20.0] * 100, ["ReadError"]), 100, 100)[0]
    assert "MB" in judge("", quiet, quiet, 100, 151)[0]
