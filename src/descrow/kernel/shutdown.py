"""Define how a process ends that was asked to: by itself, and soon."""

import os
import threading

STOPS_WITHIN_S = 10


def leave_after(seconds: float) -> None:
    """End the process then, come what may: whoever still listens or works would hold it, however long.

    Nothing is lost by it. What was not committed is rolled back, what was sent is asked after at the next start, and a
    browser comes back with its last number.
    """
    timer = threading.Timer(seconds, os._exit, [0])
    timer.daemon = True
    timer.start()
