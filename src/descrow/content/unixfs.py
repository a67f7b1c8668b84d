"""UnixFS nodes, as dag-pb blocks hold them: what a file or a folder is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from descrow.content.cids import Cid
from descrow.content.protobuf import field, fields

_PBNODE_DATA, _PBNODE_LINK = 1, 2
_LINK_CID, _LINK_NAME, _LINK_DAG_BYTES = 1, 2, 3
_UNIXFS_TYPE, _UNIXFS_DATA, _UNIXFS_FILE_BYTES, _UNIXFS_CHILD_BYTES = 1, 2, 3, 4


class Kind(IntEnum):
    """Describe what a node is; the numbers are UnixFS's."""

    RAW = 0
    FOLDER = 1
    FILE = 2
    METADATA = 3
    SYMLINK = 4
    SHARDED_FOLDER = 5


@dataclass(frozen=True, slots=True)
class NodeLink:
    cid: Cid
    name: str
    """Of what is in a folder; empty in a file."""


@dataclass(frozen=True, slots=True)
class UnixfsNode:
    kind: Kind
    data: bytes
    """Bytes of the file in the node itself."""
    links: tuple[NodeLink, ...]
    child_bytes: tuple[int, ...]
    """Of a file: how many of its bytes are under each link."""

    def objection(self) -> str | None:
        """Return why this is no node of a file that can be read here, if it is none."""
        if self.kind in (Kind.FOLDER, Kind.SHARDED_FOLDER):
            return "is a folder, and no file"
        if self.kind not in (Kind.FILE, Kind.RAW):
            return f"is no file, but a {self.kind.name.lower()}"
        if self.links and self.data:
            return "has bytes of the file beside its links, which is not supported"
        if len(self.links) != len(self.child_bytes) or 0 in self.child_bytes:
            return "does not say how many bytes are under each link"
        return None


def read_node(block: bytes) -> UnixfsNode:
    """Read a dag-pb block. Raises ValueError, or CidNotValid for a link that is named otherwise than we can read."""
    links: list[NodeLink] = []
    content: bytes | None = None
    for number, value in fields(block):
        if number == _PBNODE_LINK and isinstance(value, bytes):
            links.append(_read_link(value))
        elif number == _PBNODE_DATA and isinstance(value, bytes):
            content = value
    if content is None:
        raise ValueError("a node without content")

    kind: int | bytes | None = None
    data = b""
    child_bytes: list[int] = []
    for number, value in fields(content):
        if number == _UNIXFS_TYPE:
            kind = value
        elif number == _UNIXFS_CHILD_BYTES and isinstance(value, int):
            child_bytes.append(value)
        elif number == _UNIXFS_DATA and isinstance(value, bytes):
            data = value
    if not isinstance(kind, int):
        raise ValueError("a node of no kind")
    return UnixfsNode(Kind(kind), data, tuple(links), tuple(child_bytes))


def _read_link(link: bytes) -> NodeLink:
    cid: Cid | None = None
    name = ""
    for number, value in fields(link):
        if number == _LINK_CID and isinstance(value, bytes):
            cid = Cid.from_bytes(value)
        elif number == _LINK_NAME and isinstance(value, bytes):
            name = value.decode(errors="replace")
    if cid is None:
        raise ValueError("a link to nothing")
    return NodeLink(cid, name)


@dataclass(frozen=True, slots=True)
class FileLink:
    """A link of a file's node, as it is written."""

    cid: Cid
    file_bytes: int
    """Bytes of the file under it."""
    dag_bytes: int
    """Bytes of all blocks under it, itself included."""


def write_node(links: Sequence[FileLink]) -> bytes:
    """Write a file's node. dag-pb wants the links before the content, and in each link a name, if an empty one."""
    file = (
        field(_UNIXFS_TYPE, Kind.FILE)
        + field(_UNIXFS_FILE_BYTES, sum(link.file_bytes for link in links))
        + b"".join(field(_UNIXFS_CHILD_BYTES, link.file_bytes) for link in links)
    )
    return b"".join(
        field(
            _PBNODE_LINK,
            field(_LINK_CID, bytes(link.cid)) + field(_LINK_NAME, b"") + field(_LINK_DAG_BYTES, link.dag_bytes),
        )
        for link in links
    ) + field(_PBNODE_DATA, file)
