"""Define who is asking: read from an access token once, and carried by every request of somebody who is signed in."""

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.security.jwt import Token


class Caller(msgspec.Struct, frozen=True):
    """Describe who signed in. Read from the token alone; no request asks the database for it."""

    account_id: int
    address: str
    evm_address: str
    session_id: str = ""
    """Where they are signed in; the token outlives its session by minutes at most."""
    roles: tuple[str, ...] = ()
    """Names of `accounts.models.Role`, as they were when the token was made: what to show. What staff may do is asked
    of the database.
    """


CallerRequest = Request[Caller, Token, State]
"""A request of somebody who is signed in."""
