"""Follow the requests and answers on a connection: who speaks next, and whether a request asks for a WebSocket."""

from collections import deque

import httptools

FIRST_FINAL_STATUS = 200
"""Answers below it announce another one."""


class Exchanges:
    """Told what both sides send, as it comes."""

    def __init__(self) -> None:
        self._client = _Requests()
        self._server = _Answers(self._client)
        self._client.parser = httptools.HttpRequestParser(self._client)
        self._server.parser = httptools.HttpResponseParser(self._server)
        self._is_followed = True

    @property
    def is_within_head(self) -> bool:
        return self._client.is_within_head

    @property
    def wants_websocket(self) -> bool:
        """Return whether the latest request asks to go on as a WebSocket (RFC 6455, section 4.1)."""
        return self._client.wants_websocket

    @property
    def forwarded_for(self) -> list[str]:
        """The lines of X-Forwarded-For in the latest request."""
        return self._client.forwarded_for

    @property
    def unanswered(self) -> int:
        """Requests that have begun and have no whole answer yet. Where they cannot be followed, always one."""
        return len(self._client.methods) if self._is_followed else 1

    @property
    def is_answered_early(self) -> bool:
        """Return whether all is answered, though the client has not sent all of its request.

        What it sends next must not be taken for a request of its own.
        """
        return self.unanswered == 0 and self._client.is_within_request

    def client_sent(self, data: bytes) -> None:
        """Raises httptools.HttpParserError for what is no HTTP/1.1."""
        if not self._is_followed:
            return
        try:
            self._client.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if not self.wants_websocket:
                # Another protocol, such as HTTP/2: Granian answers by HTTP/1.1 and goes on. The parser does not.
                self._is_followed = False

    def server_sent(self, data: bytes) -> None:
        self._server.parser.feed_data(data)
        if self._server.is_answer_to_head_whole:
            self._server.is_answer_to_head_whole = False
            self._server.parser = httptools.HttpResponseParser(self._server)


class _Requests:
    """Note what the parser of requests finds."""

    parser: httptools.HttpRequestParser

    def __init__(self) -> None:
        self.is_within_head = True
        self.is_within_request = False
        self.wants_websocket = False
        self.forwarded_for: list[str] = []
        self.methods: deque[bytes] = deque()
        """Of the requests that have no whole answer yet."""

    def on_message_begin(self) -> None:
        self.is_within_head = True
        self.is_within_request = True
        self.wants_websocket = False
        self.forwarded_for = []
        self.methods.append(b"")

    def on_header(self, name: bytes, value: bytes) -> None:
        match name.lower():
            case b"upgrade" if value.strip().lower() == b"websocket":
                self.wants_websocket = True
            case b"x-forwarded-for":
                self.forwarded_for.append(value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        self.is_within_head = False
        self.methods[-1] = self.parser.get_method()

    def on_message_complete(self) -> None:
        self.is_within_request = False


class _Answers:
    """Note what the parser of answers finds."""

    parser: httptools.HttpResponseParser

    def __init__(self, requests: _Requests) -> None:
        self._methods = requests.methods
        self.is_answer_to_head_whole = False
        """It has a length and no body, for which the parser would wait."""

    def on_headers_complete(self) -> None:
        if self._is_final and self._methods and self._methods[0] == b"HEAD":
            self.is_answer_to_head_whole = True
            self._methods.popleft()

    def on_message_complete(self) -> None:
        if self._is_final and self._methods and not self.is_answer_to_head_whole:
            self._methods.popleft()

    @property
    def _is_final(self) -> bool:
        return self.parser.get_status_code() >= FIRST_FINAL_STATUS
