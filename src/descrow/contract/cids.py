"""CIDs as the contract keeps them: the 32 bytes of their SHA-256 digest."""

from descrow.content.cids import Cid

NO_DIGEST = bytes(32)


def digest_of_cid(cid: str) -> bytes:
    """The digest in a base32 CIDv1 (raw or dag-pb, SHA-256). Raises CidNotValid for any other text."""
    return Cid.parse(cid).digest
