"""Measure how many of Daraja's callbacks a second are kept durably: `uv run python -m bench.callbacks`.

One API process as `descrow api` runs it, PostgreSQL with every commit on disk, and a sender in a process of its own.
Each callback is sent twice, all of them shuffled, over many connections; each that was answered 200 must be in the
database, whole. The same run measures two limits: what the same sender gets from a route that stores nothing, and how
many rows a second PostgreSQL takes with a commit for each.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr
from tests.servers import free_port

from bench.parts import api_process, durable_parts, new_database
from bench.sender import CONNECTIONS
from descrow.app.devstack.mpesa import MERCHANT
from descrow.app.devstack.stack import DevStackEndpoints
from descrow.kernel.db import plain_url
from descrow.mpesa.settings import PREFIX
from descrow.payments.mpesa.callback_urls import code_of
from descrow.payments.mpesa.models import CallbackKind

WANTED_A_SECOND = 1_000
SECRET = SecretStr("the bench's secret for callback addresses")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--callbacks", type=int, default=10_000, help="different ones; each is sent twice")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    asked = parser.parse_args()
    asyncio.run(measure(asked.callbacks, asked.seed))


async def measure(callbacks: int, seed: int) -> None:
    print(f"seed {seed}, {callbacks} callbacks, each twice, {CONNECTIONS} connections, {os.cpu_count()} cores")
    order = [number for number in range(1, callbacks + 1) for _ in range(2)]
    random.Random(seed).shuffle(order)  # noqa: S311 - an order, no secret
    async with durable_parts() as parts:
        database_url = await new_database(parts)
        raw = await _single_commits(database_url)
        async with _api(parts, database_url) as url:
            idle = await _send(url, [("GET", "/health/live", b"")] * (2 * callbacks))
            kept = await _send(url, [("POST", _path(number), _body(number)) for number in order])
        await _check(database_url, callbacks)
    print(f"a route that stores nothing   {idle:8,.0f} a second")
    print(f"rows, a commit for each       {raw:8,.0f} a second")
    print(f"callbacks, kept and answered  {kept:8,.0f} a second: {kept / idle:.2f} of the route that stores nothing")
    print("each answered callback is in the database, twice and whole")
    if kept < WANTED_A_SECOND:
        sys.exit(f"fewer than {WANTED_A_SECOND} a second")


async def _single_commits(database_url: str, rows: int = 2_000) -> float:
    """Return what one connection gets from PostgreSQL when each row is a transaction."""
    connection = await asyncpg.connect(plain_url(database_url))
    await connection.execute("CREATE TABLE raw (id bigserial PRIMARY KEY, body bytea)")
    began = time.perf_counter()
    for number in range(rows):
        await connection.execute("INSERT INTO raw (body) VALUES ($1)", _body(number))
    took_s = time.perf_counter() - began
    await connection.close()
    return rows / took_s


@asynccontextmanager
async def _api(parts: DevStackEndpoints, database_url: str) -> AsyncIterator[str]:
    """An API process that takes M-Pesa; it never asks Daraja for anything here."""
    port = free_port()
    with tempfile.NamedTemporaryFile(suffix=".pem") as certificate:
        certificate.write(_any_certificate())
        certificate.flush()
        merchant = {
            **MERCHANT,
            f"{PREFIX}ENVIRONMENT": "http://127.0.0.1:9",
            f"{PREFIX}CERTIFICATE": certificate.name,
            f"{PREFIX}CALLBACK_BASE_URL": f"http://127.0.0.1:{port}/callbacks",
            f"{PREFIX}CALLBACK_SECRET": SECRET.get_secret_value(),
            f"{PREFIX}KES_CENTS_PER_DOT": "52000",
        }
        async with api_process(parts, database_url, SECRET.get_secret_value(), port=port, settings=merchant):
            yield f"http://127.0.0.1:{port}"


async def _send(url: str, requests: list[tuple[str, str, bytes]]) -> float:
    """Send them all from a process of its own; returns how many a second were answered 200, and all must be."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"url": url, "requests": [(m, p, b.decode()) for m, p, b in requests]}, file)
        file.flush()
        sender = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.sender", file.name, stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await sender.communicate()
    answer = json.loads(printed)
    if answer["statuses"] != {"200": len(requests)}:
        sys.exit(f"not all were answered 200: {answer['statuses']}")
    return len(requests) / float(answer["took_s"])


async def _check(database_url: str, callbacks: int) -> None:
    connection = await asyncpg.connect(plain_url(database_url))
    rows = await connection.fetch("SELECT about_id, body FROM daraja_callbacks")
    await connection.close()
    counts = Counter(row["about_id"] for row in rows)
    if counts != Counter(dict.fromkeys(range(1, callbacks + 1), 2)):
        sys.exit(f"{2 * callbacks} were answered, {len(rows)} are in the database")
    if any(row["body"] != _body(row["about_id"]) for row in rows):
        sys.exit("a body is not what was sent")


def _path(number: int) -> str:
    return f"/callbacks/{CallbackKind.STK}/{number}/{code_of(SECRET, CallbackKind.STK, number)}"


def _body(number: int) -> bytes:
    items = [
        {"Name": "Amount", "Value": 1_000 + number},
        {"Name": "MpesaReceiptNumber", "Value": f"QBE{number:07}"},
        {"Name": "Balance"},
        {"Name": "TransactionDate", "Value": 20261124102115},
        {"Name": "PhoneNumber", "Value": 254712000000 + number},
    ]
    callback = {
        "MerchantRequestID": f"29115-{number}-1",
        "CheckoutRequestID": f"ws_CO_241120261021151{number:09}",
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "CallbackMetadata": {"Item": items},
    }
    return json.dumps({"Body": {"stkCallback": callback}}).encode()


def _any_certificate() -> bytes:
    """Nothing is encrypted for it: it only has to be one."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


if __name__ == "__main__":
    main()
