"""Sends the API many requests of all kinds, signed in as each role in turn, and says what was answered wrongly.

uv run python -m tests.app.openapi.fuzz --requests 20000 --as all --seed 1
"""

import argparse
import logging
import os
import sys

import pytest
import structlog

from tests.app.openapi.fuzzing import AS, EVERYBODY, REQUESTS, SEED


def main() -> int:
    parser = argparse.ArgumentParser(description="Hold the API to its description, with real parts behind it.")
    parser.add_argument("--requests", type=int, default=20_000, help="in all, shared by those who ask")
    parser.add_argument("--as", dest="who", choices=("all", *EVERYBODY), default="all")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()

    who = EVERYBODY if wanted.who == "all" else (wanted.who,)
    os.environ |= {AS: ",".join(who), REQUESTS: str(-(-wanted.requests // len(who))), SEED: str(wanted.seed)}
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return int(pytest.main(["tests/openapi/test_fuzz.py", "-n", "0", "-q", "-s", "--tb=no"]))


if __name__ == "__main__":
    sys.exit(main())
