# pragma version 0.4.3
"""
@title Packed words of the escrow
@license Apache-2.0
@notice Where each field lies in the words that the escrow stores. Nothing is decided here.
@dev Fields are named from the highest bit down, with their width in bits. A word with an address
     begins with it. No function checks that a value fits: the escrow bounds all it writes.

     purse    buyer (160) | amount (96)
     course   seller (160) | status (8) | deadline (40) | terms_id (32) | payment_mode (16)
     paying   treasury (160) | fee_bps (16) | default_seller_bps (16) | fund_window_s (32) | ship_window_s (32)
     judging  arbiter (160) | inspection_window_s (32) | dispute_window_s (32) | free (32)
     offer    proposer (160) | seller_bps (16) | status (8) | expiry (40) | free (32)
     books    held (104) | credited (104) | next_order_id (40) | paused (8)
     caps     day (40) | recorded (72) | per_order (72) | per_day (72)
"""

MAX_AMOUNT: constant(uint256) = 2**96 - 1
MAX_IN_BOOKS: constant(uint256) = 2**104 - 1
MAX_CAP: constant(uint256) = 2**72 - 1

MASK_40: constant(uint256) = 2**40 - 1
MASK_32: constant(uint256) = 2**32 - 1
MASK_16: constant(uint256) = 2**16 - 1
MASK_8: constant(uint256) = 2**8 - 1


@internal
@pure
def first_address(word: uint256) -> address:
    return convert(word >> 96, address)

# --- an order: purse and course ----------------------------------------------------------------

@internal
@pure
def purse(buyer: address, amount: uint256) -> uint256:
    return (convert(buyer, uint256) << 96) | amount


@internal
@pure
def amount(purse: uint256) -> uint256:
    return purse & MAX_AMOUNT


@internal
@pure
def course(
    seller: address, status: uint256, deadline: uint256, terms_id: uint256, payment_mode: uint256
) -> uint256:
    return (convert(seller, uint256) << 96) | (status << 88) | (deadline << 48) | (terms_id << 16) | payment_mode


@internal
@pure
def moved(course: uint256, status: uint256, deadline: uint256) -> uint256:
    """
    @dev The same course with another status and deadline.
    """
    return (course & ~(MASK_8 << 88 | MASK_40 << 48)) | (status << 88) | (deadline << 48)


@internal
@pure
def status(course: uint256) -> uint256:
    return (course >> 88) & MASK_8


@internal
@pure
def deadline(course: uint256) -> uint256:
    return (course >> 48) & MASK_40


@internal
@pure
def terms_id(course: uint256) -> uint256:
    return (course >> 16) & MASK_32


@internal
@pure
def payment_mode(course: uint256) -> uint256:
    return course & MASK_16

# --- a terms sheet: paying and judging ---------------------------------------------------------

@internal
@pure
def paying(
    treasury: address, fee_bps: uint256, default_seller_bps: uint256, fund_window_s: uint256, ship_window_s: uint256
) -> uint256:
    return (
        (convert(treasury, uint256) << 96)
        | (fee_bps << 80)
        | (default_seller_bps << 64)
        | (fund_window_s << 32)
        | ship_window_s
    )


@internal
@pure
def fee_bps(paying: uint256) -> uint256:
    return (paying >> 80) & MASK_16


@internal
@pure
def default_seller_bps(paying: uint256) -> uint256:
    return (paying >> 64) & MASK_16


@internal
@pure
def fund_window_s(paying: uint256) -> uint256:
    return (paying >> 32) & MASK_32


@internal
@pure
def ship_window_s(paying: uint256) -> uint256:
    return paying & MASK_32


@internal
@pure
def judging(arbiter: address, inspection_window_s: uint256, dispute_window_s: uint256) -> uint256:
    return (convert(arbiter, uint256) << 96) | (inspection_window_s << 64) | (dispute_window_s << 32)


@internal
@pure
def inspection_window_s(judging: uint256) -> uint256:
    return (judging >> 64) & MASK_32


@internal
@pure
def dispute_window_s(judging: uint256) -> uint256:
    return (judging >> 32) & MASK_32

# --- an offer to settle ------------------------------------------------------------------------

@internal
@pure
def offer(proposer: address, seller_bps: uint256, status: uint256, expiry: uint256) -> uint256:
    return (convert(proposer, uint256) << 96) | (seller_bps << 80) | (status << 72) | (expiry << 32)


@internal
@pure
def offered_bps(offer: uint256) -> uint256:
    return (offer >> 80) & MASK_16


@internal
@pure
def offered_in(offer: uint256) -> uint256:
    return (offer >> 72) & MASK_8


@internal
@pure
def expiry(offer: uint256) -> uint256:
    return (offer >> 32) & MASK_40

# --- the books ---------------------------------------------------------------------------------

@internal
@pure
def held(books: uint256) -> uint256:
    return books >> 152


@internal
@pure
def credited(books: uint256) -> uint256:
    return (books >> 48) & MAX_IN_BOOKS


@internal
@pure
def next_order_id(books: uint256) -> uint256:
    return (books >> 8) & MASK_40


@internal
@pure
def is_paused(books: uint256) -> bool:
    return books & MASK_8 != 0


@internal
@pure
def with_next_order_id(books: uint256, order_id: uint256) -> uint256:
    return (books & ~(MASK_40 << 8)) | (order_id << 8)


@internal
@pure
def with_paused(books: uint256, is_paused: bool) -> uint256:
    return (books & ~MASK_8) | convert(is_paused, uint256)


@internal
@pure
def with_held_added(books: uint256, amount: uint256) -> uint256:
    return books + (amount << 152)


@internal
@pure
def with_held_paid_out(books: uint256, amount: uint256, fee: uint256) -> uint256:
    """
    @dev The amount is held no longer; the fee in it is credited.
    """
    return books - (amount << 152) + (fee << 48)


@internal
@pure
def with_credited_added(books: uint256, amount: uint256) -> uint256:
    return books + (amount << 48)


@internal
@pure
def with_credited_paid_out(books: uint256, amount: uint256) -> uint256:
    return books - (amount << 48)

# --- the oracle's caps -------------------------------------------------------------------------

@internal
@pure
def recorded_on(caps: uint256, day: uint256) -> uint256:
    """
    @dev What was recorded on this day: nothing when the last day with a record is another.
    """
    return (caps >> 144) & MAX_CAP if caps >> 216 == day else 0


@internal
@pure
def per_order(caps: uint256) -> uint256:
    return (caps >> 72) & MAX_CAP


@internal
@pure
def per_day(caps: uint256) -> uint256:
    return caps & MAX_CAP


@internal
@pure
def with_recorded(caps: uint256, day: uint256, recorded: uint256) -> uint256:
    return (day << 216) | (recorded << 144) | (caps & (2**144 - 1))


@internal
@pure
def with_caps(caps: uint256, per_order: uint256, per_day: uint256) -> uint256:
    return ((caps >> 144) << 144) | (per_order << 72) | per_day
