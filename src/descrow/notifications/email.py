"""E-mail, by SMTP."""

import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from descrow.notifications.outcomes import DeliveryUnknown, NotTaken, Outcome, Taken
from descrow.notifications.texts import NotificationText

CONNECT_TIMEOUT_S = 10
ANSWER_TIMEOUT_S = 30


@dataclass(frozen=True)
class SmtpServer:
    """`smtps://` speaks TLS from the start; `smtp://` takes STARTTLS where it can, and always with a password."""

    host: str
    port: int
    is_tls: bool
    username: str | None
    password: str | None

    @classmethod
    def of_url(cls, url: str) -> "SmtpServer":
        """Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("not an address like smtp://user:password@host:587")
        is_tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if is_tls else 587),
            is_tls=is_tls,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )


class Mailer:
    def __init__(self, server: SmtpServer, sender: str) -> None:
        self._server = server
        self._sender = sender

    async def send(self, to: str, text: NotificationText, reference: str) -> Outcome:
        """`reference` names the message: a mailbox that gets it twice can tell that it is one."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, to, text.subject
        message["Message-ID"] = f"<{reference}@{self._sender.rpartition('@')[2].rstrip('>')}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text.body)

        server = self._server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.is_tls,
            start_tls=True if server.password is not None and not server.is_tls else None,
            username=server.username,
            password=server.password,
            timeout=CONNECT_TIMEOUT_S,
            tls_context=ssl.create_default_context(),
        )
        try:
            return await self._hand_over(smtp, to, bytes(message))
        finally:
            smtp.close()

    async def _hand_over(self, smtp: SMTP, to: str, message: bytes) -> Outcome:
        """Until the message itself has begun to leave, nothing has been sent, whatever happens.

        What is said to us before the recipient is named is about us, and passes when the operator has seen to it.
        """
        try:
            await smtp.connect()
            await smtp.mail(parseaddr(self._sender)[1])
        except SMTPResponseException as refusal:
            return NotTaken(f"SMTP {refusal.code}")
        except (SMTPException, OSError) as error:
            return NotTaken(f"no connection: {type(error).__name__}")
        try:
            await smtp.rcpt(to)
        except SMTPResponseException as refusal:
            return _refused(refusal)
        except (SMTPException, OSError) as error:
            return NotTaken(f"connection lost: {type(error).__name__}")
        try:
            answer = await smtp.data(message, timeout=ANSWER_TIMEOUT_S)
        except SMTPResponseException as refusal:
            return _refused(refusal)
        except (SMTPException, OSError) as error:
            return DeliveryUnknown(f"no answer: {type(error).__name__}")
        return Taken(answer.message[:200])


def _refused(refusal: SMTPResponseException) -> Outcome:
    """5xx is for good, 4xx for now (RFC 5321, 4.2.1). A code that is neither tells nothing."""
    if not 400 <= refusal.code < 600:
        return DeliveryUnknown(f"SMTP {refusal.code}")
    return NotTaken(f"SMTP {refusal.code}", for_good=refusal.code >= 500)
