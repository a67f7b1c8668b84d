# pragma version 0.4.3
# pragma optimize gas
"""
@title Descrow escrow
@license Apache-2.0
@notice Hold a buyer's payment until the order is delivered, refunded, resolved or expired.
@dev An order is paid in DOT, which the contract holds, or by M-Pesa. For M-Pesa the contract holds
     no coin: its events state what the platform owes to whom. Amounts are in units of 10**-18 DOT
     or in KES cents. Every amount and every part of one is in whole planck or in whole shillings.
     An order takes two packed storage words, because the chain charges a deposit for each word.
     From every state that holds money there is a date after which anybody may end the order with
     `settle_expired`; no role can prevent that. A payee without an account gets a credit, never
     coin: on pallet-revive it would reach an account that the payee's wallet does not show.
"""

# Roles, layout of the stored words, and M-Pesa receipts.
import authority
import packing
import receipts

initializes: authority
initializes: receipts[authority := authority]

exports: authority.__interface__
exports: receipts.__interface__

# --- constants ---------------------------------------------------------------------------------

# One planck, the chain's smallest unit, in units of 10**-18 DOT.
PLANCK: constant(uint256) = 10**8

# One shilling, the smallest amount M-Pesa pays, in KES cents.
SHILLING: constant(uint256) = 100

BASIS_POINTS: constant(uint256) = 10_000
MAX_FEE_BPS: constant(uint256) = 1_000
MIN_WINDOW_S: constant(uint256) = 60
MAX_WINDOW_S: constant(uint256) = 365 * 86_400
MAX_BATCH: constant(uint256) = 50

# Gas offered to a payee's contract for accepting a payout: enough for a small computation and a
# log, too little to make the caller's transaction expensive. On pallet-revive it buys less than on
# a plain EVM: a payee that reads storage or makes a call gets a credit instead.
PAYOUT_GAS: constant(uint256) = 20_000

# With this much gas left after a failed payout, the payee was certainly offered PAYOUT_GAS in full:
# a call passes on at most 63/64 of the gas, and returns what the payee left of its 2300 stipend.
PAYOUT_GAS_PROOF: constant(uint256) = PAYOUT_GAS * 64 // 63 + 2_301

# What an existing account without code has as its code hash. An address without an account has 0.
NO_CODE: constant(bytes32) = keccak256(b"")

# pallet-revive's System precompile. `toAccountId(address)` answers with 32 bytes, encoded in 96: the
# key of the account that is mapped to an address, or the address followed by twelve 0xEE (238). The
# latter is the fallback account, which receives whatever is sent to an address without a key.
SYSTEM: constant(address) = 0x0000000000000000000000000000000000000900
TO_ACCOUNT_ID: constant(Bytes[4]) = method_id("toAccountId(address)")
ACCOUNT_ID_SIZE: constant(uint256) = 96
FALLBACK_SUFFIX: constant(uint256) = 238 * ((2**96 - 1) // 255)

# Payment modes.
DOT: constant(uint256) = 0
MPESA: constant(uint256) = 1

# Order statuses; 0 means that there is no order.
CREATED: constant(uint256) = 1
FUNDED: constant(uint256) = 2
SHIPPED: constant(uint256) = 3
DELIVERED: constant(uint256) = 4
CANCELLED: constant(uint256) = 5
EXPIRED: constant(uint256) = 6
REFUNDED: constant(uint256) = 7
DISPUTED: constant(uint256) = 8
RESOLVED: constant(uint256) = 9
RECEIVED: constant(uint256) = 10

# Set in a treasury's credit word, so that the word is never zero. Otherwise the first buyer to
# confirm after a withdrawal would pay the deposit of a new storage word, to the treasury's gain.
ACCOUNT_OPEN: constant(uint256) = 2**255

# --- structs -----------------------------------------------------------------------------------

struct NewOrder:
    buyer: address
    seller: address
    amount: uint256
    terms_id: uint256
    payment_mode: uint8
    reference: bytes32
    metadata: bytes32

struct Order:
    buyer: address
    seller: address
    amount: uint256
    terms_id: uint256
    payment_mode: uint8
    status: uint8
    deadline: uint256

struct OffchainPayment:
    order_id: uint256
    amount: uint256
    receipt: bytes32

struct Offer:
    proposer: address
    seller_bps: uint256
    expiry: uint256

struct Terms:
    treasury: address
    arbiter: address
    fee_bps: uint256
    default_seller_bps: uint256
    fund_window_s: uint256
    ship_window_s: uint256
    transit_window_s: uint256
    inspection_window_s: uint256
    dispute_window_s: uint256

# `packing.vy` lists the fields of these words and of the single words in storage.
struct PackedOrder:
    buyer_amount_word: uint256
    seller_state_word: uint256

struct PackedTerms:
    fee_terms_word: uint256
    dispute_terms_word: uint256

# --- storage -----------------------------------------------------------------------------------

# The id of the next terms sheet, from 1. Incremented when the owner publishes a sheet.
next_terms_id: public(uint256)

# What every payment in DOT touches, in one word: the next order id, the pause flag, and what orders
# hold and payees may withdraw, both in 10**-18 DOT. Changed by every function that creates, funds
# or pays out; paused by the guardian and the owner.
_totals_word: uint256

# Terms sheets by id. Written once by the owner, never changed.
_terms: HashMap[uint256, PackedTerms]

# Orders by id. Created by the operator, changed by their parties and their arbiter, and by anybody
# after a deadline.
_orders: HashMap[uint256, PackedOrder]

# The last settlement offer of an order, by order id. Made and withdrawn by the parties. It is void
# as soon as the order leaves the status in which the offer was made.
_offers: HashMap[uint256, uint256]

# What a payee may withdraw, in 10**-18 DOT. Increased by fees and by payouts that failed.
# ACCOUNT_OPEN is set for treasuries, when the owner publishes their terms.
_credits: HashMap[address, uint256]

# --- events ------------------------------------------------------------------------------------

event TermsPublished:
    terms_id: indexed(uint256)
    arbiter: indexed(address)
    treasury: address
    fee_bps: uint256
    default_seller_bps: uint256
    fund_window_s: uint256
    ship_window_s: uint256
    transit_window_s: uint256
    inspection_window_s: uint256
    dispute_window_s: uint256

event OrderCreated:
    order_id: indexed(uint256)
    buyer: indexed(address)
    seller: indexed(address)
    amount: uint256
    terms_id: uint256
    payment_mode: uint8
    deadline: uint256
    reference: bytes32
    metadata: bytes32

event OrderFunded:
    order_id: indexed(uint256)
    buyer: indexed(address)
    amount: uint256
    deadline: uint256

event OffchainPaymentRecorded:
    order_id: indexed(uint256)
    receipt: indexed(bytes32)
    amount: uint256

event OrderShipped:
    order_id: indexed(uint256)
    seller: indexed(address)
    tracking: bytes32
    deadline: uint256
    by: address

event TransitExtended:
    order_id: indexed(uint256)
    buyer: indexed(address)
    deadline: uint256
    by: address

event OrderReceived:
    order_id: indexed(uint256)
    buyer: indexed(address)
    deadline: uint256
    by: address

event OrderDelivered:
    order_id: indexed(uint256)
    seller: indexed(address)
    seller_amount: uint256
    fee: uint256
    by: address

event OrderRefunded:
    order_id: indexed(uint256)
    buyer: indexed(address)
    amount: uint256
    by: address

event OrderCancelled:
    order_id: indexed(uint256)
    by: indexed(address)

event OrderExpired:
    order_id: indexed(uint256)

event OrderDisputed:
    order_id: indexed(uint256)
    buyer: indexed(address)
    evidence: bytes32
    deadline: uint256
    by: address

event EvidenceAdded:
    order_id: indexed(uint256)
    by: indexed(address)
    evidence: bytes32

event SettlementProposed:
    order_id: indexed(uint256)
    by: indexed(address)
    seller_bps: uint256
    expiry: uint256

event SettlementWithdrawn:
    order_id: indexed(uint256)
    by: indexed(address)

event OrderResolved:
    order_id: indexed(uint256)
    seller: indexed(address)
    seller_amount: uint256
    buyer_amount: uint256
    fee: uint256
    by: address

event PaidOut:
    order_id: indexed(uint256)
    payee: indexed(address)
    amount: uint256

event Credited:
    order_id: indexed(uint256)
    payee: indexed(address)
    amount: uint256

event Withdrawn:
    payee: indexed(address)
    to: indexed(address)
    amount: uint256

event Paused:
    by: indexed(address)

event Unpaused:
    by: indexed(address)

# --- deployment and terms ----------------------------------------------------------------------

@deploy
def __init__(operator: address, oracle: address, guardian: address):
    """
    @notice Make the deployer the owner. The oracle can record nothing until its caps are set.
    """
    authority.__init__(operator, oracle, guardian)
    self.next_terms_id = 1
    self._totals_word = packing.with_next_order_id(0, 1)


@external
def publish_terms(
    treasury: address,
    arbiter: address,
    fee_bps: uint256,
    default_seller_bps: uint256,
    fund_window_s: uint256,
    ship_window_s: uint256,
    transit_window_s: uint256,
    inspection_window_s: uint256,
    dispute_window_s: uint256,
) -> uint256:
    """
    @notice Publish a terms sheet that orders can refer to. It can never be changed.
    @param fee_bps The treasury's share of what a seller gets, in basis points.
    @param default_seller_bps The seller's share when a dispute is not decided in time.
    @return The id of the sheet, counted from 1.
    """
    authority.check_owner()
    authority.check_address(treasury)
    authority.check_address(arbiter)
    assert fee_bps <= MAX_FEE_BPS, "escrow: fee is too high"
    self._check_share(default_seller_bps)
    self._check_window(fund_window_s)
    self._check_window(ship_window_s)
    self._check_window(transit_window_s)
    self._check_window(inspection_window_s)
    self._check_window(dispute_window_s)

    terms_id: uint256 = self.next_terms_id
    self.next_terms_id = terms_id + 1
    self._credits[treasury] = self._credits[treasury] | ACCOUNT_OPEN
    self._terms[terms_id] = PackedTerms(
        fee_terms_word=packing.fee_terms_word(treasury, fee_bps, default_seller_bps, fund_window_s, ship_window_s),
        dispute_terms_word=packing.dispute_terms_word(
            arbiter, transit_window_s, inspection_window_s, dispute_window_s
        ),
    )
    log TermsPublished(
        terms_id=terms_id,
        arbiter=arbiter,
        treasury=treasury,
        fee_bps=fee_bps,
        default_seller_bps=default_seller_bps,
        fund_window_s=fund_window_s,
        ship_window_s=ship_window_s,
        transit_window_s=transit_window_s,
        inspection_window_s=inspection_window_s,
        dispute_window_s=dispute_window_s,
    )
    return terms_id

# --- orders ------------------------------------------------------------------------------------

@external
def create_order(
    buyer: address,
    seller: address,
    amount: uint256,
    terms_id: uint256,
    payment_mode: uint8,
    reference: bytes32,
    metadata: bytes32,
) -> uint256:
    """
    @notice Create an order that the buyer may now pay.
    @param amount In units of 10**-18 DOT, or in KES cents.
    @param payment_mode 0 for DOT, 1 for M-Pesa.
    @param reference The platform's random reference for its own record; only logged.
    @param metadata The sha2-256 digest in the CID of the product's metadata; only logged.
    @return The id of the order, counted from 1.
    """
    totals_word: uint256 = self._totals_word
    self._check_may_create(totals_word)

    order_id: uint256 = packing.next_order_id(totals_word)
    self._totals_word = packing.with_next_order_id(totals_word, order_id + 1)
    self._create(
        order_id,
        NewOrder(
            buyer=buyer, seller=seller, amount=amount, terms_id=terms_id,
            payment_mode=payment_mode, reference=reference, metadata=metadata,
        ),
    )
    return order_id


@external
def create_orders(new_orders: DynArray[NewOrder, MAX_BATCH]) -> DynArray[uint256, MAX_BATCH]:
    """
    @notice Create several orders at once. If one is refused, none is created.
    @return The ids, in the order given.
    """
    totals_word: uint256 = self._totals_word
    self._check_may_create(totals_word)

    order_id: uint256 = packing.next_order_id(totals_word)
    self._totals_word = packing.with_next_order_id(totals_word, order_id + len(new_orders))
    order_ids: DynArray[uint256, MAX_BATCH] = []
    for new_order: NewOrder in new_orders:
        self._create(order_id, new_order)
        order_ids.append(order_id)
        order_id += 1
    return order_ids


@external
@payable
def fund_order_dot(order_id: uint256):
    """
    @notice Pay for an order: the exact amount, from the buyer, before the deadline.
    """
    totals_word: uint256 = self._totals_word
    self._check_not_paused(totals_word)
    seller_state_word: uint256 = self._seller_state_word(order_id)
    buyer_amount_word: uint256 = self._orders[order_id].buyer_amount_word
    amount: uint256 = packing.amount(buyer_amount_word)
    assert msg.sender == packing.buyer(buyer_amount_word), "escrow: caller is not the buyer"
    assert packing.payment_mode(seller_state_word) == DOT, "escrow: order is not paid in DOT"
    self._check_awaits_payment(seller_state_word, amount, msg.value)
    # All coin enters here, so neither total can exceed its field elsewhere.
    assert (
        packing.held(totals_word) + packing.credited(totals_word) + amount <= packing.MAX_TOTAL
    ), "escrow: total is too large"

    self._totals_word = packing.with_held_added(totals_word, amount)
    self._fund(order_id, buyer_amount_word, seller_state_word)


@external
def record_offchain_payment(order_id: uint256, amount: uint256, receipt: bytes32):
    """
    @notice Record a buyer's M-Pesa payment: the exact amount, before the deadline, once.
    @dev The time of recording counts. A payment recorded too late is refunded by M-Pesa.
    @param receipt The sha2-256 digest of the receipt number.
    """
    self._check_may_record()
    self._record(OffchainPayment(order_id=order_id, amount=amount, receipt=receipt))


@external
def record_offchain_payments(payments: DynArray[OffchainPayment, MAX_BATCH]):
    """
    @notice Record several payments at once. If one is refused, none is recorded.
    """
    self._check_may_record()
    for payment: OffchainPayment in payments:
        self._record(payment)


@external
def cancel_order(order_id: uint256):
    """
    @notice Cancel an unpaid order. Either party or the operator may call.
    """
    seller_state_word: uint256 = self._seller_state_word(order_id)
    is_allowed: bool = self._is_party(order_id, seller_state_word) or msg.sender == authority.operator
    assert is_allowed, "escrow: caller is neither party nor operator"
    assert packing.status(seller_state_word) == CREATED, "escrow: order is not awaiting payment"

    self._set_status(order_id, seller_state_word, CANCELLED, 0)
    log OrderCancelled(order_id=order_id, by=msg.sender)


@external
def mark_shipped(order_id: uint256, tracking: bytes32):
    """
    @notice Mark the goods as shipped and start the transit window, which the inspection follows.
    @dev Refused after the deadline: from then on the buyer is entitled to the refund.
    @param tracking The seller's shipping proof, such as a digest; only logged.
    """
    seller_state_word: uint256 = self._seller_state_word(order_id)
    seller: address = packing.seller(seller_state_word)
    assert self._is_party_or_relay(seller, seller_state_word), "escrow: caller is not the seller"
    assert packing.status(seller_state_word) == FUNDED, "escrow: order is not funded"
    assert block.timestamp < packing.deadline(seller_state_word), "escrow: time to ship is over"

    dispute_terms_word: uint256 = self._dispute_terms_word(seller_state_word)
    deadline: uint256 = (
        block.timestamp
        + packing.transit_window_s(dispute_terms_word)
        + packing.inspection_window_s(dispute_terms_word)
    )
    self._set_status(order_id, seller_state_word, SHIPPED, deadline)
    log OrderShipped(order_id=order_id, seller=seller, tracking=tracking, deadline=deadline, by=msg.sender)


@external
def extend_transit(order_id: uint256):
    """
    @notice Add another transit window to the deadline of a shipped order, once.
    @dev Refused after the deadline: from then on the seller is entitled to the payment.
    """
    seller_state_word: uint256 = self._seller_state_word(order_id)
    buyer: address = self._buyer(order_id)
    self._check_in_transit(buyer, seller_state_word)
    assert not packing.is_extended(seller_state_word), "escrow: transit was extended before"

    dispute_terms_word: uint256 = self._dispute_terms_word(seller_state_word)
    deadline: uint256 = packing.deadline(seller_state_word) + packing.transit_window_s(dispute_terms_word)
    self._set_status(order_id, packing.with_extended(seller_state_word), SHIPPED, deadline)
    log TransitExtended(order_id=order_id, buyer=buyer, deadline=deadline, by=msg.sender)


@external
def confirm_receipt(order_id: uint256):
    """
    @notice Confirm that the goods have arrived, and start the buyer's inspection window.
    @dev Refused after the deadline: from then on the seller is entitled to the payment.
    """
    seller_state_word: uint256 = self._seller_state_word(order_id)
    buyer: address = self._buyer(order_id)
    self._check_in_transit(buyer, seller_state_word)

    dispute_terms_word: uint256 = self._dispute_terms_word(seller_state_word)
    deadline: uint256 = block.timestamp + packing.inspection_window_s(dispute_terms_word)
    self._set_status(order_id, seller_state_word, RECEIVED, deadline)
    log OrderReceived(order_id=order_id, buyer=buyer, deadline=deadline, by=msg.sender)


@external
@nonreentrant
def confirm_delivery(order_id: uint256):
    """
    @notice Confirm delivery and pay the seller, less the fee.
    @dev Allowed after the deadline until somebody settles the order. During a dispute only the
         buyer in person may call: a call relayed by the oracle must never end a dispute.
    """
    seller_state_word: uint256 = self._seller_state_word(order_id)
    buyer: address = self._buyer(order_id)
    assert self._is_party_or_relay(buyer, seller_state_word), "escrow: caller is not the buyer"
    is_open: bool = self._is_shipped_or_received(seller_state_word)
    is_disputed: bool = packing.status(seller_state_word) == DISPUTED
    assert is_open or (is_disputed and msg.sender == buyer), "escrow: order is not shipped"

    self._end_order(order_id, seller_state_word, DELIVERED, BASIS_POINTS)


@external
@nonreentrant
def refund(order_id: uint256):
    """
    @notice Refund the buyer in full. The seller may call while the order holds a payment.
    """
    seller_state_word: uint256 = self._seller_state_word(order_id)
    assert msg.sender == packing.seller(seller_state_word), "escrow: caller is not the seller"
    self._check_holds_payment(seller_state_word)

    self._end_order(order_id, seller_state_word, REFUNDED, 0)


@external
@nonreentrant
def settle_expired(order_ids: DynArray[uint256, MAX_BATCH]) -> uint256:
    """
    @notice End all given orders whose deadline has passed. Anybody may call.
    @dev Unpaid orders expire. Unshipped orders are refunded. Shipped and received orders pay the
         seller. Disputed orders are split by the terms. Orders that are not due are skipped, so that one
         order settled by somebody else does not revert the call.
    @return The number of orders ended.
    """
    settled: uint256 = 0
    for order_id: uint256 in order_ids:
        seller_state_word: uint256 = self._orders[order_id].seller_state_word
        deadline: uint256 = packing.deadline(seller_state_word)
        if deadline == 0 or block.timestamp < deadline:
            continue
        settled += 1
        status: uint256 = packing.status(seller_state_word)
        if status == CREATED:
            self._set_status(order_id, seller_state_word, EXPIRED, 0)
            log OrderExpired(order_id=order_id)
        elif status == FUNDED:
            self._end_order(order_id, seller_state_word, REFUNDED, 0)
        elif self._is_shipped_or_received(seller_state_word):
            self._end_order(order_id, seller_state_word, DELIVERED, BASIS_POINTS)
        else:
            fee_terms_word: uint256 = self._terms[packing.terms_id(seller_state_word)].fee_terms_word
            self._end_order(order_id, seller_state_word, RESOLVED, packing.default_seller_bps(fee_terms_word))
    assert settled > 0, "escrow: nothing is due"
    return settled

# --- disputes and settlements ------------------------------------------------------------------

@external
def raise_dispute(order_id: uint256, evidence: bytes32):
    """
    @notice Dispute a shipped or received order and start the arbiter's time to decide.
    @param evidence The sha2-256 digest in the CID of the buyer's evidence; only logged.
    """
    seller_state_word: uint256 = self._seller_state_word(order_id)
    buyer: address = self._buyer(order_id)
    assert self._is_party_or_relay(buyer, seller_state_word), "escrow: caller is not the buyer"
    assert self._is_shipped_or_received(seller_state_word), "escrow: order is not shipped"
    assert block.timestamp < packing.deadline(seller_state_word), "escrow: time to dispute is over"

    dispute_terms_word: uint256 = self._dispute_terms_word(seller_state_word)
    deadline: uint256 = block.timestamp + packing.dispute_window_s(dispute_terms_word)
    self._set_status(order_id, seller_state_word, DISPUTED, deadline)
    log OrderDisputed(order_id=order_id, buyer=buyer, evidence=evidence, deadline=deadline, by=msg.sender)


@external
def add_evidence(order_id: uint256, evidence: bytes32):
    """
    @notice Add evidence to a dispute. Either party or the arbiter may call.
    @param evidence The sha2-256 digest in the evidence's CID; only logged.
    """
    seller_state_word: uint256 = self._seller_state_word(order_id)
    is_allowed: bool = self._is_party(order_id, seller_state_word) or msg.sender == self._arbiter(seller_state_word)
    assert is_allowed, "escrow: caller is neither party nor arbiter"
    assert packing.status(seller_state_word) == DISPUTED, "escrow: order is not disputed"

    log EvidenceAdded(order_id=order_id, by=msg.sender, evidence=evidence)


@external
@nonreentrant
def resolve_dispute(order_id: uint256, seller_bps: uint256):
    """
    @notice Split a disputed order's amount as the arbiter decides.
    @dev Refused after the deadline: from then on the split in the terms applies.
    @param seller_bps The seller's share in basis points; the fee is taken from it.
    """
    seller_state_word: uint256 = self._seller_state_word(order_id)
    assert msg.sender == self._arbiter(seller_state_word), "escrow: caller is not the arbiter"
    assert packing.status(seller_state_word) == DISPUTED, "escrow: order is not disputed"
    assert block.timestamp < packing.deadline(seller_state_word), "escrow: time to decide is over"
    self._check_share(seller_bps)

    self._end_order(order_id, seller_state_word, RESOLVED, seller_bps)


@external
def propose_settlement(order_id: uint256, seller_bps: uint256, valid_for_s: uint256):
    """
    @notice Offer the other party a split of the order's amount. Replaces any earlier offer.
    @dev The offer is void once it has expired or the order's status has changed.
    @param seller_bps The seller's share in basis points; the fee is taken from it.
    """
    seller_state_word: uint256 = self._seller_state_word(order_id)
    assert self._is_party(order_id, seller_state_word), "escrow: caller is not a party"
    self._check_holds_payment(seller_state_word)
    self._check_share(seller_bps)
    self._check_window(valid_for_s)

    expiry: uint256 = block.timestamp + valid_for_s
    self._offers[order_id] = packing.offer_word(msg.sender, seller_bps, packing.status(seller_state_word), expiry)
    log SettlementProposed(order_id=order_id, by=msg.sender, seller_bps=seller_bps, expiry=expiry)


@external
def withdraw_settlement(order_id: uint256):
    """
    @notice Withdraw the caller's own offer.
    """
    offer_word: uint256 = self._offer_word(self._seller_state_word(order_id), order_id)
    assert msg.sender == packing.proposer(offer_word), "escrow: caller is not the proposer"

    self._offers[order_id] = 0
    log SettlementWithdrawn(order_id=order_id, by=msg.sender)


@external
@nonreentrant
def accept_settlement(order_id: uint256, seller_bps: uint256):
    """
    @notice Accept the other party's offer and split the order's amount at once.
    @param seller_bps The accepted share: protects the caller from an offer replaced meanwhile.
    """
    seller_state_word: uint256 = self._seller_state_word(order_id)
    assert self._is_party(order_id, seller_state_word), "escrow: caller is not a party"
    offer_word: uint256 = self._offer_word(seller_state_word, order_id)
    assert msg.sender != packing.proposer(offer_word), "escrow: caller is the proposer"
    assert block.timestamp < packing.offer_expiry(offer_word), "escrow: offer has expired"
    assert seller_bps == packing.offer_seller_bps(offer_word), "escrow: share is not the one offered"

    self._end_order(order_id, seller_state_word, RESOLVED, seller_bps)

# --- credits -----------------------------------------------------------------------------------

@external
@nonreentrant
def withdraw() -> uint256:
    """
    @notice Pay the caller's credit to the caller.
    @dev Works for every caller, also for a fallback account, whose key an Ethereum wallet holds.
    @return The amount sent.
    """
    return self._withdraw(msg.sender, msg.sender)


@external
@nonreentrant
def withdraw_for(payee: address) -> uint256:
    """
    @notice Pay a payee's credit to the payee's account. Anybody may call, at their own cost.
    @dev Refused while the payee has no account.
    @return The amount sent.
    """
    return self._withdraw(payee, payee)


@external
@nonreentrant
def withdraw_to(to: address) -> uint256:
    """
    @notice Pay the caller's credit to another account, for a payee that cannot receive.
    @return The amount sent.
    """
    authority.check_address(to)
    return self._withdraw(msg.sender, to)

# --- pause -------------------------------------------------------------------------------------

@external
def pause():
    """
    @notice Stop new orders and payments. Every way to end an order stays open.
    """
    assert msg.sender == authority.guardian or msg.sender == authority.owner, "escrow: caller is not guardian or owner"
    totals_word: uint256 = self._totals_word
    assert not packing.is_paused(totals_word), "escrow: already paused"
    self._totals_word = packing.with_paused(totals_word, True)
    log Paused(by=msg.sender)


@external
def unpause():
    """
    @notice Allow new orders and payments again.
    """
    authority.check_owner()
    totals_word: uint256 = self._totals_word
    assert packing.is_paused(totals_word), "escrow: not paused"
    self._totals_word = packing.with_paused(totals_word, False)
    log Unpaused(by=msg.sender)

# --- views -------------------------------------------------------------------------------------

@external
@view
def order(order_id: uint256) -> Order:
    """
    @notice Return an order; all fields are zero if it does not exist.
    @dev From `deadline` on, anybody may settle the order in its current status.
    """
    return self._order(order_id)


@external
@view
def orders(order_ids: DynArray[uint256, MAX_BATCH]) -> DynArray[Order, MAX_BATCH]:
    """
    @notice Return several orders, in the order requested.
    """
    found: DynArray[Order, MAX_BATCH] = []
    for order_id: uint256 in order_ids:
        found.append(self._order(order_id))
    return found


@external
@view
def offer(order_id: uint256) -> Offer:
    """
    @notice Return the offer that the other party may accept now; all zero if there is none.
    """
    offer_word: uint256 = self._offers[order_id]
    status: uint256 = packing.status(self._orders[order_id].seller_state_word)
    if packing.offer_status(offer_word) != status or block.timestamp >= packing.offer_expiry(offer_word):
        return empty(Offer)
    proposer: address = packing.proposer(offer_word)
    return Offer(
        proposer=proposer,
        seller_bps=packing.offer_seller_bps(offer_word),
        expiry=packing.offer_expiry(offer_word),
    )


@external
@view
def terms(terms_id: uint256) -> Terms:
    """
    @notice Return a terms sheet; all zero if it does not exist.
    """
    packed: PackedTerms = self._terms[terms_id]
    return Terms(
        treasury=packing.treasury(packed.fee_terms_word),
        arbiter=packing.arbiter(packed.dispute_terms_word),
        fee_bps=packing.fee_bps(packed.fee_terms_word),
        default_seller_bps=packing.default_seller_bps(packed.fee_terms_word),
        fund_window_s=packing.fund_window_s(packed.fee_terms_word),
        ship_window_s=packing.ship_window_s(packed.fee_terms_word),
        transit_window_s=packing.transit_window_s(packed.dispute_terms_word),
        inspection_window_s=packing.inspection_window_s(packed.dispute_terms_word),
        dispute_window_s=packing.dispute_window_s(packed.dispute_terms_word),
    )


@external
@view
def credit_of(payee: address) -> uint256:
    """
    @notice Return the amount that the payee may withdraw.
    """
    return self._credits[payee] & ~ACCOUNT_OPEN


@external
@view
def totals() -> (uint256, uint256):
    """
    @notice Return what orders hold and what payees may withdraw. The sum never exceeds the balance.
    """
    totals_word: uint256 = self._totals_word
    return packing.held(totals_word), packing.credited(totals_word)


@external
@view
def next_order_id() -> uint256:
    """
    @notice Return the id of the next order.
    """
    return packing.next_order_id(self._totals_word)


@external
@view
def paused() -> bool:
    """
    @notice Return true while new orders and payments are stopped.
    """
    return packing.is_paused(self._totals_word)

# --- internal: order transitions ---------------------------------------------------------------

@internal
def _create(order_id: uint256, new_order: NewOrder):
    authority.check_address(new_order.buyer)
    authority.check_address(new_order.seller)
    assert new_order.buyer != new_order.seller, "escrow: buyer is the seller"
    assert new_order.amount > 0, "escrow: amount is zero"
    assert new_order.amount <= packing.MAX_AMOUNT, "escrow: amount is too large"
    payment_mode: uint256 = convert(new_order.payment_mode, uint256)
    assert payment_mode <= MPESA, "escrow: no such payment mode"
    if payment_mode == DOT:
        assert new_order.amount % PLANCK == 0, "escrow: amount is not in whole planck"
    else:
        assert new_order.amount % SHILLING == 0, "escrow: amount is not in whole shillings"
    fee_terms_word: uint256 = self._terms[new_order.terms_id].fee_terms_word
    assert fee_terms_word != 0, "escrow: no such terms"

    deadline: uint256 = block.timestamp + packing.fund_window_s(fee_terms_word)
    self._orders[order_id] = PackedOrder(
        buyer_amount_word=packing.buyer_amount_word(new_order.buyer, new_order.amount),
        seller_state_word=packing.seller_state_word(
            new_order.seller, CREATED, deadline, new_order.terms_id, payment_mode
        ),
    )
    log OrderCreated(
        order_id=order_id,
        buyer=new_order.buyer,
        seller=new_order.seller,
        amount=new_order.amount,
        terms_id=new_order.terms_id,
        payment_mode=new_order.payment_mode,
        deadline=deadline,
        reference=new_order.reference,
        metadata=new_order.metadata,
    )


@internal
def _record(payment: OffchainPayment):
    seller_state_word: uint256 = self._seller_state_word(payment.order_id)
    buyer_amount_word: uint256 = self._orders[payment.order_id].buyer_amount_word
    assert packing.payment_mode(seller_state_word) == MPESA, "escrow: order is not paid by M-Pesa"
    self._check_awaits_payment(seller_state_word, packing.amount(buyer_amount_word), payment.amount)

    receipts.use_receipt(payment.receipt, payment.amount)
    log OffchainPaymentRecorded(order_id=payment.order_id, receipt=payment.receipt, amount=payment.amount)
    self._fund(payment.order_id, buyer_amount_word, seller_state_word)


@internal
def _fund(order_id: uint256, buyer_amount_word: uint256, seller_state_word: uint256):
    fee_terms_word: uint256 = self._terms[packing.terms_id(seller_state_word)].fee_terms_word
    deadline: uint256 = block.timestamp + packing.ship_window_s(fee_terms_word)
    self._set_status(order_id, seller_state_word, FUNDED, deadline)
    buyer: address = packing.buyer(buyer_amount_word)
    log OrderFunded(order_id=order_id, buyer=buyer, amount=packing.amount(buyer_amount_word), deadline=deadline)


@internal
def _set_status(order_id: uint256, seller_state_word: uint256, status: uint256, deadline: uint256):
    self._orders[order_id].seller_state_word = packing.with_status(seller_state_word, status, deadline)


@internal
def _end_order(order_id: uint256, seller_state_word: uint256, status: uint256, seller_bps: uint256):
    """
    @notice Split an order's amount, and pay out the parts of an order in DOT.
    @dev The order is ended before anything is sent. The fee is only credited, so a treasury that
         cannot receive blocks nobody.
    """
    buyer_amount_word: uint256 = self._orders[order_id].buyer_amount_word
    amount: uint256 = packing.amount(buyer_amount_word)
    buyer: address = packing.buyer(buyer_amount_word)
    seller: address = packing.seller(seller_state_word)
    payment_mode: uint256 = packing.payment_mode(seller_state_word)
    fee_terms_word: uint256 = self._terms[packing.terms_id(seller_state_word)].fee_terms_word
    unit: uint256 = PLANCK if payment_mode == DOT else SHILLING
    seller_part: uint256 = self._share(amount, seller_bps, unit)
    fee: uint256 = self._share(seller_part, packing.fee_bps(fee_terms_word), unit)
    seller_amount: uint256 = seller_part - fee
    buyer_amount: uint256 = amount - seller_part

    self._set_status(order_id, seller_state_word, status, 0)
    if status == DELIVERED:
        log OrderDelivered(order_id=order_id, seller=seller, seller_amount=seller_amount, fee=fee, by=msg.sender)
    elif status == REFUNDED:
        log OrderRefunded(order_id=order_id, buyer=buyer, amount=buyer_amount, by=msg.sender)
    else:
        log OrderResolved(
            order_id=order_id, seller=seller,
            seller_amount=seller_amount, buyer_amount=buyer_amount, fee=fee, by=msg.sender,
        )
    if payment_mode == MPESA:
        return  # the contract holds no coin of it

    self._totals_word = packing.with_held_paid_out(self._totals_word, amount, fee)
    if fee > 0:
        treasury: address = packing.treasury(fee_terms_word)
        self._credits[treasury] += fee
        log Credited(order_id=order_id, payee=treasury, amount=fee)
    self._pay_out(order_id, seller, seller_amount)
    self._pay_out(order_id, buyer, buyer_amount)


@internal
def _pay_out(order_id: uint256, payee: address, amount: uint256):
    """
    @dev Send a payout, and credit it if the payee has no account or does not accept it. The credit
         is the only change made after a send. The lock is held until it is written, and until then
         the totals are below the balance, never above it.
    """
    if amount == 0:
        return

    if self._has_account(payee):
        is_paid: bool = raw_call(payee, b"", value=amount, gas=PAYOUT_GAS, revert_on_failure=False)
        if is_paid:
            log PaidOut(order_id=order_id, payee=payee, amount=amount)
            return
        self._check_gas_left()
    self._credits[payee] += amount
    self._totals_word = packing.with_credited_added(self._totals_word, amount)
    log Credited(order_id=order_id, payee=payee, amount=amount)


@internal
def _withdraw(payee: address, to: address) -> uint256:
    credit: uint256 = self._credits[payee]
    amount: uint256 = credit & ~ACCOUNT_OPEN
    assert amount > 0, "escrow: no credit"
    # A caller has an account, even if it is a fallback account. Nobody else's coin may go to one.
    assert to == msg.sender or self._has_account(to), "escrow: recipient has no account"

    self._credits[payee] = credit & ACCOUNT_OPEN
    self._totals_word = packing.with_credited_paid_out(self._totals_word, amount)
    log Withdrawn(payee=payee, to=to, amount=amount)
    is_sent: bool = raw_call(to, b"", value=amount, revert_on_failure=False)
    assert is_sent, "escrow: recipient refused the coin"
    return amount

# --- internal: checks and lookups --------------------------------------------------------------

@internal
@view
def _check_may_create(totals_word: uint256):
    assert msg.sender == authority.operator, "escrow: caller is not the operator"
    self._check_not_paused(totals_word)


@internal
@view
def _check_may_record():
    assert msg.sender == authority.oracle, "escrow: caller is not the oracle"
    self._check_not_paused(self._totals_word)


@internal
@pure
def _check_not_paused(totals_word: uint256):
    assert not packing.is_paused(totals_word), "escrow: new orders and payments are paused"


@internal
@view
def _check_awaits_payment(seller_state_word: uint256, amount: uint256, paid: uint256):
    assert packing.status(seller_state_word) == CREATED, "escrow: order is not awaiting payment"
    assert block.timestamp < packing.deadline(seller_state_word), "escrow: time to pay is over"
    assert paid == amount, "escrow: amount is not exact"


@internal
@pure
def _check_holds_payment(seller_state_word: uint256):
    status: uint256 = packing.status(seller_state_word)
    assert (
        status == FUNDED or status == DISPUTED or self._is_shipped_or_received(seller_state_word)
    ), "escrow: order holds no payment"


@internal
@view
def _check_in_transit(buyer: address, seller_state_word: uint256):
    assert self._is_party_or_relay(buyer, seller_state_word), "escrow: caller is not the buyer"
    assert packing.status(seller_state_word) == SHIPPED, "escrow: order is not shipped"
    assert block.timestamp < packing.deadline(seller_state_word), "escrow: order is overdue"


@internal
@view
def _check_gas_left():
    """
    @dev A caller must not turn a payout into a credit by supplying too little gas.
    """
    assert msg.gas >= PAYOUT_GAS_PROOF, "escrow: too little gas for the payout"


@internal
@pure
def _check_share(seller_bps: uint256):
    assert seller_bps <= BASIS_POINTS, "escrow: share is above 100 percent"


@internal
@pure
def _check_window(window_s: uint256):
    assert window_s >= MIN_WINDOW_S, "escrow: window is too short"
    assert window_s <= MAX_WINDOW_S, "escrow: window is too long"


@internal
@view
def _seller_state_word(order_id: uint256) -> uint256:
    seller_state_word: uint256 = self._orders[order_id].seller_state_word
    assert seller_state_word != 0, "escrow: no such order"
    return seller_state_word


@internal
@pure
def _is_shipped_or_received(seller_state_word: uint256) -> bool:
    status: uint256 = packing.status(seller_state_word)
    return status == SHIPPED or status == RECEIVED


@internal
@view
def _has_account(payee: address) -> bool:
    """
    @dev True for a contract, and for an account that is mapped to its own key. False if there is no
         account, or only a fallback account, and also if the precompile does not answer: coin is
         then credited, and can still be withdrawn by its payee in person.
    """
    code_hash: bytes32 = payee.codehash
    if code_hash != NO_CODE:
        return code_hash != empty(bytes32)

    is_answered: bool = False
    account_id: Bytes[ACCOUNT_ID_SIZE] = b""
    is_answered, account_id = raw_call(
        SYSTEM,
        abi_encode(payee, method_id=TO_ACCOUNT_ID),
        max_outsize=ACCOUNT_ID_SIZE,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not is_answered or len(account_id) != ACCOUNT_ID_SIZE:
        self._check_gas_left()
        return False
    return convert(extract32(account_id, 64), uint256) % 2**96 != FALLBACK_SUFFIX


@internal
@view
def _is_party_or_relay(party: address, seller_state_word: uint256) -> bool:
    """
    @dev True for the party in person, and for the oracle as its relay if the order is paid by
         M-Pesa: the parties to such an order may have no coin to pay for a call.
    """
    return msg.sender == party or (packing.payment_mode(seller_state_word) == MPESA and msg.sender == authority.oracle)


@internal
@view
def _is_party(order_id: uint256, seller_state_word: uint256) -> bool:
    return msg.sender == self._buyer(order_id) or msg.sender == packing.seller(seller_state_word)


@internal
@view
def _buyer(order_id: uint256) -> address:
    return packing.buyer(self._orders[order_id].buyer_amount_word)


@internal
@view
def _dispute_terms_word(seller_state_word: uint256) -> uint256:
    return self._terms[packing.terms_id(seller_state_word)].dispute_terms_word


@internal
@view
def _arbiter(seller_state_word: uint256) -> address:
    return packing.arbiter(self._dispute_terms_word(seller_state_word))


@internal
@view
def _offer_word(seller_state_word: uint256, order_id: uint256) -> uint256:
    offer_word: uint256 = self._offers[order_id]
    assert packing.offer_status(offer_word) == packing.status(seller_state_word), "escrow: no open offer"
    return offer_word


@internal
@view
def _order(order_id: uint256) -> Order:
    packed: PackedOrder = self._orders[order_id]
    return Order(
        buyer=packing.buyer(packed.buyer_amount_word),
        seller=packing.seller(packed.seller_state_word),
        amount=packing.amount(packed.buyer_amount_word),
        terms_id=packing.terms_id(packed.seller_state_word),
        payment_mode=convert(packing.payment_mode(packed.seller_state_word), uint8),
        status=convert(packing.status(packed.seller_state_word), uint8),
        deadline=packing.deadline(packed.seller_state_word),
    )

# --- internal: arithmetic ----------------------------------------------------------------------

@internal
@pure
def _share(amount: uint256, bps: uint256, unit: uint256) -> uint256:
    """
    @dev Rounded down to a whole unit, so that the rest of the amount is whole too.
    """
    return amount * bps // (BASIS_POINTS * unit) * unit
