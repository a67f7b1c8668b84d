"""The running simulator, a merchant who uses it over HTTP, and the address to which its callbacks go."""

import base64
import json
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.servers import free_port
from tests.waiting import wait_until

Json = dict[str, Any]

PAYER = "254712345678"
SELLER = "254110000001"
SHILLING = 100  # cents
PATIENCE_S = 60.0


class Inbox:
    """Describe where callbacks arrive. It answers 200, and keeps what came, in order."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, str], Json]] = []
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                inbox.received.append((self.path, dict(self.headers.items()), json.loads(body)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Not on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def bodies(self, path: str) -> list[Json]:
        return [body for came_to, _, body in list(self.received) if came_to == path]

    def wait(self, path: str, count: int = 1) -> list[Json]:
        """The bodies that came to a path, once there are so many."""
        wait_until(lambda: len(self.bodies(path)) >= count, within_s=PATIENCE_S)
        return self.bodies(path)


class Daraja:
    """The simulator as a process of its own, and what a merchant and an operator may ask of it."""

    def __init__(self, data: Path, inbox: Inbox, **options: object) -> None:
        self._data = data
        self.inbox = inbox
        self.token = ""
        self._options = {"result_delay_s": 0.02, "repeat_window_s": 0, **options}
        self.start()

    def start(self, *flags: str, **options: object) -> None:
        """Start it, or start it again on the same file."""
        self._options.update(options)
        port = free_port()
        arguments = [f"--{name.replace('_', '-')}={value}" for name, value in self._options.items()]
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "descrow.app.devstack.daraja",
                f"--port={port}",
                f"--data={self._data}",
                *arguments,
                *flags,
            ]
        )
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S)
        wait_until(self._is_up, within_s=PATIENCE_S)
        self.merchant: Json = self.http.get("/control/merchant").json()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.http.close()

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(timeout=PATIENCE_S)
        self.http.close()
        return code

    # The merchant

    def authorize(self) -> str:
        self.token = self.ask_for_token().json()["access_token"]
        return self.token

    def ask_for_token(self, *, secret: str | None = None) -> httpx.Response:
        basic = (self.merchant["consumer_key"], secret or self.merchant["consumer_secret"])
        return self.http.get("/oauth/v1/generate", params={"grant_type": "client_credentials"}, auth=basic)

    def call(self, path: str, body: Json, *, token: str | None = None) -> httpx.Response:
        if token is None and not self.token:
            self.authorize()
        return self.http.post(path, json=body, headers={"Authorization": f"Bearer {token or self.token}"})

    def push_body(self, **changed: object) -> Json:
        timestamp = datetime.now(UTC).astimezone().strftime("%Y%m%d%H%M%S")
        shortcode, passkey = self.merchant["shortcode"], self.merchant["passkey"]
        return {
            "BusinessShortCode": int(shortcode),
            "Password": base64.b64encode(f"{shortcode}{passkey}{timestamp}".encode()).decode(),
            "Timestamp": timestamp,
            "TransactionType": "CustomerPayBillOnline",
            "Amount": "100",
            "PartyA": PAYER,
            "PartyB": shortcode,
            "PhoneNumber": changed.get("PartyA", PAYER),
            "CallBackURL": f"{self.inbox.url}/stk",
            "AccountReference": "ORDER-17",
            "TransactionDesc": "Order 17",
            **changed,
        }

    def push(self, **changed: object) -> httpx.Response:
        return self.call("/mpesa/stkpush/v1/processrequest", self.push_body(**changed))

    def query(self, checkout_request_id: str) -> httpx.Response:
        body = {name: self.push_body()[name] for name in ("BusinessShortCode", "Password", "Timestamp")}
        return self.call("/mpesa/stkpushquery/v1/query", {**body, "CheckoutRequestID": checkout_request_id})

    def security_credential(self, password: str | None = None) -> str:
        certificate = x509.load_pem_x509_certificate(self.http.get("/control/certificate").content)
        key = certificate.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        plain = (password or self.merchant["initiator_password"]).encode()
        return base64.b64encode(key.encrypt(plain, padding.PKCS1v15())).decode()

    def pay_out(self, conversation: str, amount: int = 50, *, path: str = "/b2c", **changed: object) -> httpx.Response:
        body = {
            "OriginatorConversationID": conversation,
            "InitiatorName": self.merchant["initiator"],
            "SecurityCredential": self.security_credential(),
            "CommandID": "BusinessPayment",
            "Amount": amount,
            "PartyA": self.merchant["shortcode"],
            "PartyB": SELLER,
            "Remarks": "Order 17",
            "QueueTimeOutURL": f"{self.inbox.url}{path}/timeout",
            "ResultURL": f"{self.inbox.url}{path}",
            "Occassion": "",
            **changed,
        }
        return self.call("/mpesa/b2c/v3/paymentrequest", body)

    def command(self, path: str, command: str, to: str, **fields: object) -> httpx.Response:
        body = {
            "Initiator": self.merchant["initiator"],
            "SecurityCredential": self.security_credential(),
            "CommandID": command,
            "Remarks": "Order 17",
            "QueueTimeOutURL": f"{self.inbox.url}{to}/timeout",
            "ResultURL": f"{self.inbox.url}{to}",
            **fields,
        }
        return self.call(path, body)

    def reverse(self, receipt: str, amount: int = 100, *, to: str = "/reversal", **changed: object) -> httpx.Response:
        fields = {
            "TransactionID": receipt,
            "Amount": amount,
            "ReceiverParty": self.merchant["shortcode"],
            "RecieverIdentifierType": "11",
            **changed,
        }
        return self.command("/mpesa/reversal/v1/request", "TransactionReversal", to, **fields)

    def ask_status(self, *, to: str = "/status", **asked: object) -> httpx.Response:
        fields = {"PartyA": self.merchant["shortcode"], "IdentifierType": "4", "Occasion": "", **asked}
        return self.command("/mpesa/transactionstatus/v1/query", "TransactionStatusQuery", to, **fields)

    def ask_balance(self, *, to: str = "/balance") -> httpx.Response:
        fields = {"PartyA": self.merchant["shortcode"], "IdentifierType": "4"}
        return self.command("/mpesa/accountbalance/v1/query", "AccountBalance", to, **fields)

    # The operator

    def control(self, method: str, path: str, body: Json | None = None) -> Any:
        response = self.http.request(method, f"/control{path}", json=body)
        assert response.status_code < 300, response.text
        return response.json()

    def a_phone(self, msisdn: str = PAYER, balance_kes: int = 1000, **changed: object) -> str:
        body = {"msisdn": msisdn, "name": "Wanjiru Kamau", "balance_cents": balance_kes * SHILLING, **changed}
        self.control("POST", "/phones", body)
        return msisdn

    def phone(self, msisdn: str = PAYER) -> Json:
        shown: Json = self.control("GET", f"/phones/{msisdn}")
        return shown

    def answer(self, msisdn: str = PAYER, **answer: object) -> Json:
        decided: Json = self.control("POST", f"/phones/{msisdn}/answer", answer or {"pin": "1234"})
        return decided

    def faults(self, *, seed: int = 0, **settings: Json) -> None:
        self.control("PUT", "/faults", {"seed": seed, "faults": settings})

    def fault(self, name: str, **setting: float) -> None:
        """Switch one fault on, and all others off."""
        self.control("PUT", "/faults", {"faults": {name: setting}})

    def balance(self, kind: str, owner: str | None = None) -> int:
        """Return what an account holds, in cents."""
        owner = owner or self.merchant["shortcode"]
        accounts = self.control("GET", "/books")["accounts"]
        found = [a["balance_cents"] for a in accounts if (a["kind"], a["owner"]) == (kind, owner)]
        assert len(found) == 1
        return int(found[0])

    def transactions(self, bearing: str = "") -> list[Json]:
        found: list[Json] = self.http.get("/control/transactions", params={"bearing": bearing}).json()
        return found

    def transaction(self, bearing: str) -> Json:
        """The one transaction that bears this id, with all that befell it."""
        (found,) = self.transactions(bearing)
        shown: Json = self.control("GET", f"/transactions/{found['number']}")
        return shown

    def faults_struck(self) -> list[str]:
        """The names of the faults that struck, in order."""
        events = self.http.get("/control/history", params={"limit": 10_000}).json()
        return [event["detail"].split()[0] for event in events if event["what"] == "fault"]

    def paid_push(self, **changed: object) -> tuple[str, Json]:
        """A push that was paid: its CheckoutRequestID, and the transaction."""
        request_id: str = self.push(**changed).json()["CheckoutRequestID"]
        return request_id, self.answer(str(changed.get("PartyA", PAYER)))

    def _is_up(self) -> bool:
        assert self.process.poll() is None, "the simulator has ended"
        try:
            return self.http.get("/health").status_code == 200
        except httpx.TransportError:
            return False


def nairobi_now() -> datetime:
    return datetime.now(UTC) + timedelta(hours=3)


def result_of(body: Json) -> Json:
    result: Json = body["Result"]
    return result


def parameters_of(body: Json) -> Json:
    """The parameters by key; the last one where a key appears twice."""
    items = body["Result"]["ResultParameters"]["ResultParameter"]
    return {item["Key"]: item.get("Value") for item in items}
