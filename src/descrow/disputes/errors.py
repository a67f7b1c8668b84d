"""Refusals around disputes."""

from typing import ClassVar

from descrow.contract.order_status import OrderStatus
from descrow.kernel.errors import Conflict, DescrowError, NotFound


class DisputeNotFound(NotFound):
    """For those who may know the order; to all others even that is not there."""

    code: ClassVar[str] = "dispute_not_found"

    def __init__(self, order_id: int) -> None:
        super().__init__("Nobody has disputed this order.", order_id=order_id)


class ThreadClosed(Conflict):
    """The table of moves lets this caller show the arbiter nothing in this status."""

    code: ClassVar[str] = "thread_closed"

    def __init__(self, order_id: int, status: OrderStatus) -> None:
        super().__init__(
            f"An order that is {status} does not allow you to add to its dispute.", order_id=order_id, status=status
        )


class ThreadFull(Conflict):
    code: ClassVar[str] = "thread_full"

    def __init__(self, order_id: int, *, most: int) -> None:
        super().__init__(f"A dispute has {most} entries at most.", order_id=order_id, most=most)


class EvidenceNotOffered(Conflict):
    """The operator has set no key to encrypt files with."""

    code: ClassVar[str] = "evidence_not_offered"

    def __init__(self) -> None:
        super().__init__("This shop takes no files in disputes; write what there is to say.")


class EvidenceNotFound(NotFound):
    code: ClassVar[str] = "evidence_not_found"

    def __init__(self, order_id: int, number: int) -> None:
        super().__init__("There is no such file in this dispute.", order_id=order_id, number=number)


class EvidenceErased(DescrowError):
    """Its entry stays in the thread, and says by whom."""

    code: ClassVar[str] = "evidence_erased"
    status: ClassVar[int] = 410

    def __init__(self, order_id: int, number: int) -> None:
        super().__init__("This file was erased. Nobody can read it any more.", order_id=order_id, number=number)


class EvidenceNotYours(DescrowError):
    code: ClassVar[str] = "evidence_not_yours"
    status: ClassVar[int] = 403

    def __init__(self, order_id: int, number: int) -> None:
        super().__init__("Only who showed the file, or the arbiter, can erase it.", order_id=order_id, number=number)


class EvidenceSealed(DescrowError):
    """Refuse the files of a dispute to staff, who may read its thread but do not hold the files' keys."""

    code: ClassVar[str] = "evidence_sealed"
    status: ClassVar[int] = 403

    def __init__(self, order_id: int, number: int) -> None:
        super().__init__(
            "Only buyer, seller and the order's arbiter can read this file.", order_id=order_id, number=number
        )


class EvidenceUnreadable(DescrowError):
    """The master key is another than the one the file was sealed under, or what is stored was altered."""

    code: ClassVar[str] = "evidence_unreadable"

    def __init__(self, order_id: int, number: int) -> None:
        super().__init__(
            "This file cannot be decrypted. The operator should look at DESCROW_EVIDENCE_KEY.",
            order_id=order_id,
            number=number,
        )


class ParcelNoteNotFound(NotFound):
    """The order was shipped without a sealed note, with a public file, or not yet."""

    code: ClassVar[str] = "parcel_note_not_found"

    def __init__(self, order_id: int) -> None:
        super().__init__("There is no sealed note on this order's parcel.", order_id=order_id)


class ParcelNoteUnreadable(DescrowError):
    """The master key is another than the one the note was sealed under, or what is stored was altered."""

    code: ClassVar[str] = "parcel_note_unreadable"

    def __init__(self, order_id: int) -> None:
        super().__init__(
            "This note cannot be decrypted. The operator should look at DESCROW_EVIDENCE_KEY.", order_id=order_id
        )


class BundleNotOffered(Conflict):
    """The operator has set no key to sign with."""

    code: ClassVar[str] = "bundle_not_offered"

    def __init__(self) -> None:
        super().__init__("This shop signs no bundles of disputes.")


class PartNotNext(Conflict):
    """Refuse a part that does not follow what is received: an answer was lost, or another file took its place."""

    code: ClassVar[str] = "part_not_next"

    def __init__(self, offset: int, *, received_bytes: int) -> None:
        super().__init__(
            f"The next part begins at {received_bytes}, not at {offset}.", offset=offset, received_bytes=received_bytes
        )


class FileNotWhole(Conflict):
    code: ClassVar[str] = "file_not_whole"

    def __init__(self, *, received_bytes: int) -> None:
        super().__init__(
            f"The {received_bytes} bytes received are not yet those of this digest.", received_bytes=received_bytes
        )
