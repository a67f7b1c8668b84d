"""CIDs of files that nobody has: for calls that need only the digest."""

from descrow.content.cids import Cid, Codec


def raw_cid_of(content_digest: bytes) -> str:
    """Return the CID of one raw block with this SHA-256 digest."""
    return str(Cid(Codec.RAW, content_digest))
