# pragma version 0.4.3
"""
@title Packed words of the escrow
@license Apache-2.0
@notice Pack fields into storage words and read them back. Nothing is decided here.
@dev Fields are listed from the highest bit down, with their width in bits. A word with an address
     starts with the address. No function checks that a value fits: the escrow limits all it writes.

     buyer_amount_word   buyer (160) | amount (96)
     seller_state_word   seller (160) | status (8) | deadline (40) | terms_id (32) | is_extended (8)
                         | payment_mode (8)
     fee_terms_word      treasury (160) | fee_bps (16) | default_seller_bps (16) | fund_window_s (32)
                         | ship_window_s (32)
     dispute_terms_word  arbiter (160) | transit_window_s (32) | inspection_window_s (32)
                         | dispute_window_s (32)
     offer_word          proposer (160) | seller_bps (16) | status (8) | expiry (40) | free (32)
     totals_word         held (104) | credited (104) | next_order_id (40) | is_paused (8)
     caps_word           day (40) | recorded (72) | per_order (72) | per_day (72)
"""

MAX_AMOUNT: constant(uint256) = 2**96 - 1
MAX_TOTAL: constant(uint256) = 2**104 - 1
MAX_CAP: constant(uint256) = 2**72 - 1

MASK_40: constant(uint256) = 2**40 - 1
MASK_32: constant(uint256) = 2**32 - 1
MASK_16: constant(uint256) = 2**16 - 1
MASK_8: constant(uint256) = 2**8 - 1

# --- an order: buyer_amount_word and seller_state_word -----------------------------------------

@internal
@pure
def buyer_amount_word(buyer: address, amount: uint256) -> uint256:
    return (convert(buyer, uint256) << 96) | amount


@internal
@pure
def buyer(buyer_amount_word: uint256) -> address:
    return convert(buyer_amount_word >> 96, address)


@internal
@pure
def amount(buyer_amount_word: uint256) -> uint256:
    return buyer_amount_word & MAX_AMOUNT


@internal
@pure
def seller_state_word(
    seller: address, status: uint256, deadline: uint256, terms_id: uint256, payment_mode: uint256
) -> uint256:
    return (convert(seller, uint256) << 96) | (status << 88) | (deadline << 48) | (terms_id << 16) | payment_mode


@internal
@pure
def seller(seller_state_word: uint256) -> address:
    return convert(seller_state_word >> 96, address)


@internal
@pure
def with_status(seller_state_word: uint256, status: uint256, deadline: uint256) -> uint256:
    """
    @dev Replace status and deadline.
    """
    return (seller_state_word & ~(MASK_8 << 88 | MASK_40 << 48)) | (status << 88) | (deadline << 48)


@internal
@pure
def status(seller_state_word: uint256) -> uint256:
    return (seller_state_word >> 88) & MASK_8


@internal
@pure
def deadline(seller_state_word: uint256) -> uint256:
    return (seller_state_word >> 48) & MASK_40


@internal
@pure
def terms_id(seller_state_word: uint256) -> uint256:
    return (seller_state_word >> 16) & MASK_32


@internal
@pure
def is_extended(seller_state_word: uint256) -> bool:
    return seller_state_word & (MASK_8 << 8) != 0


@internal
@pure
def with_extended(seller_state_word: uint256) -> uint256:
    return seller_state_word | (1 << 8)


@internal
@pure
def payment_mode(seller_state_word: uint256) -> uint256:
    return seller_state_word & MASK_8

# --- a terms sheet: fee_terms_word and dispute_terms_word --------------------------------------

@internal
@pure
def fee_terms_word(
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
def treasury(fee_terms_word: uint256) -> address:
    return convert(fee_terms_word >> 96, address)


@internal
@pure
def fee_bps(fee_terms_word: uint256) -> uint256:
    return (fee_terms_word >> 80) & MASK_16


@internal
@pure
def default_seller_bps(fee_terms_word: uint256) -> uint256:
    return (fee_terms_word >> 64) & MASK_16


@internal
@pure
def fund_window_s(fee_terms_word: uint256) -> uint256:
    return (fee_terms_word >> 32) & MASK_32


@internal
@pure
def ship_window_s(fee_terms_word: uint256) -> uint256:
    return fee_terms_word & MASK_32


@internal
@pure
def dispute_terms_word(
    arbiter: address, transit_window_s: uint256, inspection_window_s: uint256, dispute_window_s: uint256
) -> uint256:
    return (
        (convert(arbiter, uint256) << 96)
        | (transit_window_s << 64)
        | (inspection_window_s << 32)
        | dispute_window_s
    )


@internal
@pure
def arbiter(dispute_terms_word: uint256) -> address:
    return convert(dispute_terms_word >> 96, address)


@internal
@pure
def transit_window_s(dispute_terms_word: uint256) -> uint256:
    return (dispute_terms_word >> 64) & MASK_32


@internal
@pure
def inspection_window_s(dispute_terms_word: uint256) -> uint256:
    return (dispute_terms_word >> 32) & MASK_32


@internal
@pure
def dispute_window_s(dispute_terms_word: uint256) -> uint256:
    return dispute_terms_word & MASK_32

# --- an offer to settle: offer_word ------------------------------------------------------------

@internal
@pure
def offer_word(proposer: address, seller_bps: uint256, status: uint256, expiry: uint256) -> uint256:
    return (convert(proposer, uint256) << 96) | (seller_bps << 80) | (status << 72) | (expiry << 32)


@internal
@pure
def proposer(offer_word: uint256) -> address:
    return convert(offer_word >> 96, address)


@internal
@pure
def offer_seller_bps(offer_word: uint256) -> uint256:
    return (offer_word >> 80) & MASK_16


@internal
@pure
def offer_status(offer_word: uint256) -> uint256:
    return (offer_word >> 72) & MASK_8


@internal
@pure
def offer_expiry(offer_word: uint256) -> uint256:
    return (offer_word >> 32) & MASK_40

# --- totals: totals_word -----------------------------------------------------------------------

@internal
@pure
def held(totals_word: uint256) -> uint256:
    return totals_word >> 152


@internal
@pure
def credited(totals_word: uint256) -> uint256:
    return (totals_word >> 48) & MAX_TOTAL


@internal
@pure
def next_order_id(totals_word: uint256) -> uint256:
    return (totals_word >> 8) & MASK_40


@internal
@pure
def is_paused(totals_word: uint256) -> bool:
    return totals_word & MASK_8 != 0


@internal
@pure
def with_next_order_id(totals_word: uint256, order_id: uint256) -> uint256:
    return (totals_word & ~(MASK_40 << 8)) | (order_id << 8)


@internal
@pure
def with_paused(totals_word: uint256, is_paused: bool) -> uint256:
    return (totals_word & ~MASK_8) | convert(is_paused, uint256)


@internal
@pure
def with_held_added(totals_word: uint256, amount: uint256) -> uint256:
    return totals_word + (amount << 152)


@internal
@pure
def with_held_paid_out(totals_word: uint256, amount: uint256, fee: uint256) -> uint256:
    """
    @dev Release a held amount and credit the fee that is part of it.
    """
    return totals_word - (amount << 152) + (fee << 48)


@internal
@pure
def with_credited_added(totals_word: uint256, amount: uint256) -> uint256:
    return totals_word + (amount << 48)


@internal
@pure
def with_credited_paid_out(totals_word: uint256, amount: uint256) -> uint256:
    return totals_word - (amount << 48)

# --- the oracle's caps: caps_word --------------------------------------------------------------

@internal
@pure
def recorded_on(caps_word: uint256, day: uint256) -> uint256:
    """
    @dev The amount recorded on this day, zero if the last record is from another day.
    """
    return (caps_word >> 144) & MAX_CAP if caps_word >> 216 == day else 0


@internal
@pure
def per_order(caps_word: uint256) -> uint256:
    return (caps_word >> 72) & MAX_CAP


@internal
@pure
def per_day(caps_word: uint256) -> uint256:
    return caps_word & MAX_CAP


@internal
@pure
def with_recorded(caps_word: uint256, day: uint256, recorded: uint256) -> uint256:
    return (day << 216) | (recorded << 144) | (caps_word & (2**144 - 1))


@internal
@pure
def with_caps(caps_word: uint256, per_order: uint256, per_day: uint256) -> uint256:
    return ((caps_word >> 144) << 144) | (per_order << 72) | per_day
