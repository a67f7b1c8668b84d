"""The process that opens pictures: one job a line, from its standard input, until that ends.

What it reads was made by strangers. So it has no more memory than `content.picture_workers` grants, does not outlive a
job that nobody stops, and is given none of the shop's secrets.
"""

import os
import resource
import signal
import sys
from pathlib import Path

import msgspec

from descrow.content.media_types import MediaType

READY = b"ready\n"


class PictureJob(msgspec.Struct):
    """Name the file to open, and the two to write."""

    source: str
    media_type: MediaType
    picture: str
    thumbnail: str


class PictureResult(msgspec.Struct):
    """Say what came of a job: the code of its refusal, or None."""

    refusal: str | None


def main(memory_bytes: int, time_limit_s: int) -> None:
    """Work until the standard input ends."""
    _set_limits(memory_bytes)
    from descrow.content.errors import PictureNotReadable, PictureTooComplex, PictureTooLarge
    from descrow.content.pictures import remake

    answers = sys.stdout.buffer
    answers.write(READY)
    answers.flush()
    for line in sys.stdin.buffer:
        job = msgspec.json.decode(line, type=PictureJob)
        refusal = None
        signal.alarm(2 * time_limit_s)  # kills: for when nobody is left who would
        try:
            remake(Path(job.source), job.media_type, picture=Path(job.picture), thumbnail=Path(job.thumbnail))
        except (PictureNotReadable, PictureTooComplex, PictureTooLarge) as error:
            refusal = error.code
        except MemoryError:
            refusal = PictureTooComplex.code
        signal.alarm(0)
        answers.write(msgspec.json.encode(PictureResult(refusal)) + b"\n")
        answers.flush()


def _set_limits(memory_bytes: int) -> None:
    """Bound what the process writes to. Its code, some 20 MB, comes on top and is shared."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)  # requests come first


if __name__ == "__main__":
    main(memory_bytes=int(sys.argv[1]), time_limit_s=int(sys.argv[2]))
