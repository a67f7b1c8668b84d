"""Define who signs for a role, as settings say it: a seed, a development path, a keystore file, or another process."""

import asyncio
from pathlib import Path

from descrow.chain.client import ChainClient
from descrow.chain.errors import KeyNotUsable
from descrow.chain.keys import Keypair, KeySource, Signer
from descrow.chain.keystore import read_keystore, read_private_file
from descrow.chain.remote_signer import RemoteSigner


class DevelopmentKeyRefused(KeyNotUsable):
    """Everybody knows the development keys: what they own on a live chain is soon somebody else's."""

    code = "development_key_refused"


async def open_signer(source: KeySource, chain: ChainClient) -> Signer:
    """The signer that settings name, for use on this chain.

    Raises KeyNotUsable with a reason; ChainUnreachable or SignerUnreachable, after which it may be tried again.
    """
    if source.is_development_path and not await chain.is_development():
        raise DevelopmentKeyRefused("a //Name key is for development chains only, and this chain is not one")
    return await read_signer(source)


async def read_signer(source: KeySource) -> Signer:
    """The signer that settings name, whatever it is to be used for. Raises as `open_signer`."""
    match source.location.partition(":"):
        case "file", _, path:
            password = _password_of(source)
            if password is None:
                raise KeyNotUsable(f"the keystore {path} needs a password")
            return await asyncio.to_thread(read_keystore, Path(path), password)  # scrypt takes its time
        case "signer", _, place:
            return await RemoteSigner.connect(place, token=_password_of(source))
    try:
        return Keypair.from_uri(source.location)
    except ValueError as error:
        raise KeyNotUsable(str(error)) from error


def _password_of(source: KeySource) -> str | None:
    if source.password is not None or source.password_file is None:
        return source.password
    return read_private_file(source.password_file).rstrip("\r\n")
