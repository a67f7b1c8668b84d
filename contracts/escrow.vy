# pragma version 0.4.3
# pragma optimize gas
"""
@title Descrow escrow
@license Apache-2.0
@notice Holds what a buyer pays until the order is delivered, refunded, resolved or out of time.
@dev An order is paid in DOT, which waits here, or by M-Pesa: then no coin is here, and the events
     say what the platform owes to whom. Amounts are in units of 10**-18 DOT, or in KES cents;
     every amount and every part of one is in whole planck, or in whole shillings. An order is two
     packed storage words, since a chain with a deposit on storage asks for it by the word. From
     every state that holds money there is a date after which anybody may end the order with
     `settle_expired`; no role can stop that.
"""

# Who holds which role; where the fields lie in a stored word; which M-Pesa receipts count.
import authority
import packing
import receipts

initializes: authority
initializes: receipts[authority := authority]

exports: authority.__interface__
exports: receipts.__interface__

# --- constants ---------------------------------------------------------------------------------

# One planck, the smallest coin the chain knows, in units of 10**-18 DOT.
PLANCK: constant(uint256) = 10**8

# One shilling, the smallest sum M-Pesa pays, in KES cents.
SHILLING: constant(uint256) = 100

BASIS_POINTS: constant(uint256) = 10_000
MAX_FEE_BPS: constant(uint256) = 1_000
MIN_WINDOW_S: constant(uint256) = 60
MAX_WINDOW_S: constant(uint256) = 365 * 86_400
MAX_BATCH: constant(uint256) = 50

# What a payee's contract may use to take a payout: enough to compute a little and log it, too
# little to make anybody's transaction dear. pallet-revive makes less of it than a plain EVM does:
# there, a payee that reads a stored word or calls on gets a credit instead.
PAYOUT_GAS: constant(uint256) = 20_000

# Left after a failed payout, this much proves that the payee was offered PAYOUT_GAS in full: a
# call passes on at most 63/64 of the gas, and gives back what the payee spared of its 2300 extra.
PAYOUT_GAS_PROOF: constant(uint256) = PAYOUT_GAS * 64 // 63 + 2_301

# How an order is paid.
DOT: constant(uint256) = 0
MPESA: constant(uint256) = 1

# Statuses of an order; 0 is no order.
CREATED: constant(uint256) = 1
FUNDED: constant(uint256) = 2
SHIPPED: constant(uint256) = 3
DELIVERED: constant(uint256) = 4
CANCELLED: constant(uint256) = 5
EXPIRED: constant(uint256) = 6
REFUNDED: constant(uint256) = 7
DISPUTED: constant(uint256) = 8
RESOLVED: constant(uint256) = 9

# Keeps a treasury's credit word from ever being zero. Otherwise the buyer who confirms first after
# a withdrawal would pay for a fresh storage word, and leave its deposit to the treasury.
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
    inspection_window_s: uint256
    dispute_window_s: uint256

# How the fields lie in these words, and in the single ones below, is said in `packing.vy`.
struct PackedOrder:
    purse: uint256
    course: uint256

struct PackedTerms:
    paying: uint256
    judging: uint256

# --- storage -----------------------------------------------------------------------------------

# The id of the next terms sheet, from 1. Counted up when the owner publishes one.
next_terms_id: public(uint256)

# What every payment in DOT touches, in one word: the next order id, whether new orders and money
# are paused, what orders hold and what payees may withdraw, both in 10**-18 DOT. Changed by every
# function that creates, pays in or pays out; paused by guardian and owner.
_books: uint256

# Terms sheets by id. Written once, by the owner, never changed.
_terms: HashMap[uint256, PackedTerms]

# Orders by id. Created by the operator, moved on by their parties, their arbiter or time.
_orders: HashMap[uint256, PackedOrder]

# The last offer to settle an order, by order id. Made and withdrawn by its parties. It is void as
# soon as the order leaves the status it was made in.
_offers: HashMap[uint256, uint256]

# What a payee may withdraw, in 10**-18 DOT. Grows by fees and by payouts the payee could not take.
# ACCOUNT_OPEN is set for treasuries, by the owner who publishes their terms.
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

# --- the beginning -----------------------------------------------------------------------------

@deploy
def __init__(operator: address, oracle: address, guardian: address):
    """
    @notice The deployer becomes the owner. The oracle can record nothing until its caps are set.
    """
    authority.__init__(operator, oracle, guardian)
    self.next_terms_id = 1
    self._books = packing.with_next_order_id(0, 1)


@external
def publish_terms(
    treasury: address,
    arbiter: address,
    fee_bps: uint256,
    default_seller_bps: uint256,
    fund_window_s: uint256,
    ship_window_s: uint256,
    inspection_window_s: uint256,
    dispute_window_s: uint256,
) -> uint256:
    """
    @notice Put up a terms sheet that orders can refer to. It can never be changed.
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
    self._check_window(inspection_window_s)
    self._check_window(dispute_window_s)

    terms_id: uint256 = self.next_terms_id
    self.next_terms_id = terms_id + 1
    self._credits[treasury] = self._credits[treasury] | ACCOUNT_OPEN
    self._terms[terms_id] = PackedTerms(
        paying=packing.paying(treasury, fee_bps, default_seller_bps, fund_window_s, ship_window_s),
        judging=packing.judging(arbiter, inspection_window_s, dispute_window_s),
    )
    log TermsPublished(
        terms_id=terms_id,
        arbiter=arbiter,
        treasury=treasury,
        fee_bps=fee_bps,
        default_seller_bps=default_seller_bps,
        fund_window_s=fund_window_s,
        ship_window_s=ship_window_s,
        inspection_window_s=inspection_window_s,
        dispute_window_s=dispute_window_s,
    )
    return terms_id

# --- an order's life ---------------------------------------------------------------------------

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
    @notice Write down an order that the buyer may now pay.
    @param amount In units of 10**-18 DOT, or in KES cents.
    @param payment_mode 0 for DOT, 1 for M-Pesa.
    @param reference The platform's random reference of its own row; only logged.
    @param metadata The sha2-256 digest in the CID of the product's metadata; only logged.
    @return The id of the order, counted from 1.
    """
    books: uint256 = self._books
    self._check_may_create(books)

    order_id: uint256 = packing.next_order_id(books)
    self._books = packing.with_next_order_id(books, order_id + 1)
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
    @notice Write down many orders at once; all of them or, when one is refused, none.
    @return Their ids, in the order given.
    """
    books: uint256 = self._books
    self._check_may_create(books)

    order_id: uint256 = packing.next_order_id(books)
    self._books = packing.with_next_order_id(books, order_id + len(new_orders))
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
    @notice Pay for an order: exactly its amount, by its buyer, in time.
    """
    books: uint256 = self._books
    self._check_not_paused(books)
    course: uint256 = self._course_of(order_id)
    purse: uint256 = self._orders[order_id].purse
    amount: uint256 = packing.amount(purse)
    assert msg.sender == packing.first_address(purse), "escrow: caller is not the buyer"
    assert packing.payment_mode(course) == DOT, "escrow: order is not paid in DOT"
    self._check_awaits(course, amount, msg.value)
    # All coin comes in here, so no sum in the books can outgrow its field elsewhere.
    assert packing.held(books) + packing.credited(books) + amount <= packing.MAX_IN_BOOKS, "escrow: books are full"

    self._books = packing.with_held_added(books, amount)
    self._fund(order_id, purse, course)


@external
def record_offchain_payment(order_id: uint256, amount: uint256, receipt: bytes32):
    """
    @notice Write down that the buyer has paid for an order by M-Pesa: exactly, in time, once.
    @dev In time means recorded in time. What was paid but comes here late is given back by M-Pesa.
    @param receipt The sha2-256 digest of the number of the receipt.
    """
    self._check_may_record()
    self._record(OffchainPayment(order_id=order_id, amount=amount, receipt=receipt))


@external
def record_offchain_payments(payments: DynArray[OffchainPayment, MAX_BATCH]):
    """
    @notice Write down many payments at once; all of them or, when one is refused, none.
    """
    self._check_may_record()
    for payment: OffchainPayment in payments:
        self._record(payment)


@external
def cancel_order(order_id: uint256):
    """
    @notice Call an order off before it is paid: by either party or the operator.
    """
    course: uint256 = self._course_of(order_id)
    is_allowed: bool = self._is_party(order_id, course) or msg.sender == authority.operator
    assert is_allowed, "escrow: caller is neither party nor operator"
    assert packing.status(course) == CREATED, "escrow: order is not awaiting payment"

    self._orders[order_id].course = packing.moved(course, CANCELLED, 0)
    log OrderCancelled(order_id=order_id, by=msg.sender)


@external
def mark_shipped(order_id: uint256, tracking: bytes32):
    """
    @notice Say that the goods are on their way; the buyer's time to inspect begins.
    @dev Refused after the deadline: from then on the buyer's refund is certain.
    @param tracking What the seller wants to be held to, such as a digest; only logged.
    """
    course: uint256 = self._course_of(order_id)
    seller: address = packing.first_address(course)
    assert self._is_said_by(seller, course), "escrow: caller is not the seller"
    assert packing.status(course) == FUNDED, "escrow: order is not funded"
    assert block.timestamp < packing.deadline(course), "escrow: time to ship is over"

    judging: uint256 = self._terms[packing.terms_id(course)].judging
    deadline: uint256 = block.timestamp + packing.inspection_window_s(judging)
    self._orders[order_id].course = packing.moved(course, SHIPPED, deadline)
    log OrderShipped(order_id=order_id, seller=seller, tracking=tracking, deadline=deadline, by=msg.sender)


@external
@nonreentrant
def confirm_delivery(order_id: uint256):
    """
    @notice The buyer has the goods: pay the seller, less the fee.
    @dev Also after the deadline, as long as nobody has settled the order; and during a dispute, but
         then by the buyer in person: what the oracle relays must never end a dispute.
    """
    course: uint256 = self._course_of(order_id)
    buyer: address = self._buyer(order_id)
    assert self._is_said_by(buyer, course), "escrow: caller is not the buyer"
    status: uint256 = packing.status(course)
    assert status == SHIPPED or (status == DISPUTED and msg.sender == buyer), "escrow: order is not shipped"

    self._end(order_id, course, DELIVERED, BASIS_POINTS)


@external
@nonreentrant
def refund(order_id: uint256):
    """
    @notice The seller gives the buyer everything back: shipped or not, disputed or not.
    """
    course: uint256 = self._course_of(order_id)
    assert msg.sender == packing.first_address(course), "escrow: caller is not the seller"
    self._check_holds_payment(course)

    self._end(order_id, course, REFUNDED, 0)


@external
@nonreentrant
def settle_expired(order_ids: DynArray[uint256, MAX_BATCH]) -> uint256:
    """
    @notice End every order given whose time is over; anybody may call.
    @dev Not paid in time: expired. Not shipped in time: the buyer is refunded. Shipped and the
         buyer silent: the seller is paid. Disputed and not decided: split as the terms say. Orders
         that are not due are skipped, so that a race for one does not spoil the others.
    @return How many were ended.
    """
    settled: uint256 = 0
    for order_id: uint256 in order_ids:
        course: uint256 = self._orders[order_id].course
        deadline: uint256 = packing.deadline(course)
        if deadline == 0 or block.timestamp < deadline:
            continue
        settled += 1
        status: uint256 = packing.status(course)
        if status == CREATED:
            self._orders[order_id].course = packing.moved(course, EXPIRED, 0)
            log OrderExpired(order_id=order_id)
        elif status == FUNDED:
            self._end(order_id, course, REFUNDED, 0)
        elif status == SHIPPED:
            self._end(order_id, course, DELIVERED, BASIS_POINTS)
        else:
            paying: uint256 = self._terms[packing.terms_id(course)].paying
            self._end(order_id, course, RESOLVED, packing.default_seller_bps(paying))
    assert settled > 0, "escrow: nothing is due"
    return settled

# --- disagreement ------------------------------------------------------------------------------

@external
def raise_dispute(order_id: uint256, evidence: bytes32):
    """
    @notice The buyer is not content with what came: the arbiter's time to decide begins.
    @param evidence The sha2-256 digest in the CID of what the buyer shows; only logged.
    """
    course: uint256 = self._course_of(order_id)
    buyer: address = self._buyer(order_id)
    assert self._is_said_by(buyer, course), "escrow: caller is not the buyer"
    assert packing.status(course) == SHIPPED, "escrow: order is not shipped"
    assert block.timestamp < packing.deadline(course), "escrow: time to dispute is over"

    judging: uint256 = self._terms[packing.terms_id(course)].judging
    deadline: uint256 = block.timestamp + packing.dispute_window_s(judging)
    self._orders[order_id].course = packing.moved(course, DISPUTED, deadline)
    log OrderDisputed(order_id=order_id, buyer=buyer, evidence=evidence, deadline=deadline, by=msg.sender)


@external
def add_evidence(order_id: uint256, evidence: bytes32):
    """
    @notice Show something to whoever follows the dispute: by either party or the arbiter.
    @param evidence The sha2-256 digest in its CID; only logged.
    """
    course: uint256 = self._course_of(order_id)
    is_allowed: bool = self._is_party(order_id, course) or msg.sender == self._arbiter(course)
    assert is_allowed, "escrow: caller is neither party nor arbiter"
    assert packing.status(course) == DISPUTED, "escrow: order is not disputed"

    log EvidenceAdded(order_id=order_id, by=msg.sender, evidence=evidence)


@external
@nonreentrant
def resolve_dispute(order_id: uint256, seller_bps: uint256):
    """
    @notice The arbiter splits what the order holds.
    @dev Refused after the deadline: from then on the split in the terms is certain.
    @param seller_bps The seller's share, in basis points; the fee comes out of it.
    """
    course: uint256 = self._course_of(order_id)
    assert msg.sender == self._arbiter(course), "escrow: caller is not the arbiter"
    assert packing.status(course) == DISPUTED, "escrow: order is not disputed"
    assert block.timestamp < packing.deadline(course), "escrow: time to decide is over"
    self._check_share(seller_bps)

    self._end(order_id, course, RESOLVED, seller_bps)


@external
def propose_settlement(order_id: uint256, seller_bps: uint256, valid_for_s: uint256):
    """
    @notice Offer the other party to split what the order holds; replaces any earlier offer.
    @dev The offer is void once it has expired, or as soon as the order moves on.
    @param seller_bps The seller's share, in basis points; the fee comes out of it.
    """
    course: uint256 = self._course_of(order_id)
    assert self._is_party(order_id, course), "escrow: caller is not a party"
    self._check_holds_payment(course)
    self._check_share(seller_bps)
    self._check_window(valid_for_s)

    expiry: uint256 = block.timestamp + valid_for_s
    self._offers[order_id] = packing.offer(msg.sender, seller_bps, packing.status(course), expiry)
    log SettlementProposed(order_id=order_id, by=msg.sender, seller_bps=seller_bps, expiry=expiry)


@external
def withdraw_settlement(order_id: uint256):
    """
    @notice Take back one's own offer.
    """
    offer: uint256 = self._offer_for(self._course_of(order_id), order_id)
    assert msg.sender == packing.first_address(offer), "escrow: caller is not the proposer"

    self._offers[order_id] = 0
    log SettlementWithdrawn(order_id=order_id, by=msg.sender)


@external
@nonreentrant
def accept_settlement(order_id: uint256, seller_bps: uint256):
    """
    @notice Agree to the other party's offer: what the order holds is split at once.
    @param seller_bps The share agreed to, so that a new offer cannot slip in under the answer.
    """
    course: uint256 = self._course_of(order_id)
    assert self._is_party(order_id, course), "escrow: caller is not a party"
    offer: uint256 = self._offer_for(course, order_id)
    assert msg.sender != packing.first_address(offer), "escrow: caller is the proposer"
    assert block.timestamp < packing.expiry(offer), "escrow: offer has expired"
    assert seller_bps == packing.offered_bps(offer), "escrow: share is not the one offered"

    self._end(order_id, course, RESOLVED, seller_bps)

# --- credits -----------------------------------------------------------------------------------

@external
@nonreentrant
def withdraw() -> uint256:
    """
    @notice Send the caller its credit.
    @return How much was sent.
    """
    return self._withdraw(msg.sender, msg.sender)


@external
@nonreentrant
def withdraw_for(payee: address) -> uint256:
    """
    @notice Send a payee its credit; anybody may call, and bears the cost.
    @return How much was sent.
    """
    return self._withdraw(payee, payee)


@external
@nonreentrant
def withdraw_to(to: address) -> uint256:
    """
    @notice Send the caller's credit to an address it names: for a payee that cannot receive.
    @return How much was sent.
    """
    authority.check_address(to)
    return self._withdraw(msg.sender, to)

# --- pause -------------------------------------------------------------------------------------

@external
def pause():
    """
    @notice Stop new orders and new money. Every way out stays open.
    """
    assert msg.sender == authority.guardian or msg.sender == authority.owner, "escrow: caller is not guardian or owner"
    books: uint256 = self._books
    assert not packing.is_paused(books), "escrow: already paused"
    self._books = packing.with_paused(books, True)
    log Paused(by=msg.sender)


@external
def unpause():
    """
    @notice Let new orders and new money in again.
    """
    authority.check_owner()
    books: uint256 = self._books
    assert packing.is_paused(books), "escrow: not paused"
    self._books = packing.with_paused(books, False)
    log Unpaused(by=msg.sender)

# --- views -------------------------------------------------------------------------------------

@external
@view
def order(order_id: uint256) -> Order:
    """
    @notice An order as it stands; status 0 and nothing else when there is none.
    @dev From `deadline` on, anybody may settle the order in its present state.
    """
    return self._order(order_id)


@external
@view
def orders(order_ids: DynArray[uint256, MAX_BATCH]) -> DynArray[Order, MAX_BATCH]:
    """
    @notice Many orders as they stand, in the order asked for.
    """
    found: DynArray[Order, MAX_BATCH] = []
    for order_id: uint256 in order_ids:
        found.append(self._order(order_id))
    return found


@external
@view
def offer(order_id: uint256) -> Offer:
    """
    @notice The offer that the other party may accept now; all zero when there is none.
    """
    offer: uint256 = self._offers[order_id]
    status: uint256 = packing.status(self._orders[order_id].course)
    if packing.offered_in(offer) != status or block.timestamp >= packing.expiry(offer):
        return empty(Offer)
    proposer: address = packing.first_address(offer)
    return Offer(proposer=proposer, seller_bps=packing.offered_bps(offer), expiry=packing.expiry(offer))


@external
@view
def terms(terms_id: uint256) -> Terms:
    """
    @notice A terms sheet; all zero when there is none.
    """
    packed: PackedTerms = self._terms[terms_id]
    return Terms(
        treasury=packing.first_address(packed.paying),
        arbiter=packing.first_address(packed.judging),
        fee_bps=packing.fee_bps(packed.paying),
        default_seller_bps=packing.default_seller_bps(packed.paying),
        fund_window_s=packing.fund_window_s(packed.paying),
        ship_window_s=packing.ship_window_s(packed.paying),
        inspection_window_s=packing.inspection_window_s(packed.judging),
        dispute_window_s=packing.dispute_window_s(packed.judging),
    )


@external
@view
def credit_of(payee: address) -> uint256:
    """
    @notice What the payee may withdraw.
    """
    return self._credits[payee] & ~ACCOUNT_OPEN


@external
@view
def totals() -> (uint256, uint256):
    """
    @notice What orders hold, and what payees may withdraw: together never more than the balance.
    """
    books: uint256 = self._books
    return packing.held(books), packing.credited(books)


@external
@view
def next_order_id() -> uint256:
    """
    @notice The id the next order will get.
    """
    return packing.next_order_id(self._books)


@external
@view
def paused() -> bool:
    """
    @notice Whether new orders and new money are stopped.
    """
    return packing.is_paused(self._books)

# --- steps of an order -------------------------------------------------------------------------

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
    paying: uint256 = self._terms[new_order.terms_id].paying
    assert paying != 0, "escrow: no such terms"

    deadline: uint256 = block.timestamp + packing.fund_window_s(paying)
    self._orders[order_id] = PackedOrder(
        purse=packing.purse(new_order.buyer, new_order.amount),
        course=packing.course(new_order.seller, CREATED, deadline, new_order.terms_id, payment_mode),
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
    course: uint256 = self._course_of(payment.order_id)
    purse: uint256 = self._orders[payment.order_id].purse
    assert packing.payment_mode(course) == MPESA, "escrow: order is not paid by M-Pesa"
    self._check_awaits(course, packing.amount(purse), payment.amount)

    receipts.redeem(payment.receipt, payment.amount)
    log OffchainPaymentRecorded(order_id=payment.order_id, receipt=payment.receipt, amount=payment.amount)
    self._fund(payment.order_id, purse, course)


@internal
def _fund(order_id: uint256, purse: uint256, course: uint256):
    paying: uint256 = self._terms[packing.terms_id(course)].paying
    deadline: uint256 = block.timestamp + packing.ship_window_s(paying)
    self._orders[order_id].course = packing.moved(course, FUNDED, deadline)
    buyer: address = packing.first_address(purse)
    log OrderFunded(order_id=order_id, buyer=buyer, amount=packing.amount(purse), deadline=deadline)


@internal
def _end(order_id: uint256, course: uint256, status: uint256, seller_bps: uint256):
    """
    @notice Split what the order holds, and pay out the parts when they are here.
    @dev The order is over before anything is sent. The fee is only credited: a treasury that
         cannot receive is nobody's trouble.
    """
    purse: uint256 = self._orders[order_id].purse
    amount: uint256 = packing.amount(purse)
    buyer: address = packing.first_address(purse)
    seller: address = packing.first_address(course)
    payment_mode: uint256 = packing.payment_mode(course)
    paying: uint256 = self._terms[packing.terms_id(course)].paying
    unit: uint256 = PLANCK if payment_mode == DOT else SHILLING
    seller_part: uint256 = self._share(amount, seller_bps, unit)
    fee: uint256 = self._share(seller_part, packing.fee_bps(paying), unit)
    seller_amount: uint256 = seller_part - fee
    buyer_amount: uint256 = amount - seller_part

    self._orders[order_id].course = packing.moved(course, status, 0)
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
        return  # no coin of it is here

    self._books = packing.with_held_paid_out(self._books, amount, fee)
    if fee > 0:
        treasury: address = packing.first_address(paying)
        self._credits[treasury] += fee
        log Credited(order_id=order_id, payee=treasury, amount=fee)
    self._pay_out(order_id, seller, seller_amount)
    self._pay_out(order_id, buyer, buyer_amount)


@internal
def _pay_out(order_id: uint256, payee: address, amount: uint256):
    """
    @dev Push, and turn the payout into a credit when the payee cannot take it. The credit is
         the one change made after a send; the lock is on until it is written, and until then
         the books say less than the balance, never more.
    """
    if amount == 0:
        return

    is_paid: bool = raw_call(payee, b"", value=amount, gas=PAYOUT_GAS, revert_on_failure=False)
    if is_paid:
        log PaidOut(order_id=order_id, payee=payee, amount=amount)
        return

    # A caller must not turn a payout into a credit by bringing too little gas for it.
    assert msg.gas >= PAYOUT_GAS_PROOF, "escrow: too little gas for the payout"
    self._credits[payee] += amount
    self._books = packing.with_credited_added(self._books, amount)
    log Credited(order_id=order_id, payee=payee, amount=amount)


@internal
def _withdraw(payee: address, to: address) -> uint256:
    credit: uint256 = self._credits[payee]
    amount: uint256 = credit & ~ACCOUNT_OPEN
    assert amount > 0, "escrow: no credit"

    self._credits[payee] = credit & ACCOUNT_OPEN
    self._books = packing.with_credited_paid_out(self._books, amount)
    log Withdrawn(payee=payee, to=to, amount=amount)
    is_sent: bool = raw_call(to, b"", value=amount, revert_on_failure=False)
    assert is_sent, "escrow: recipient refused the coin"
    return amount

# --- checks ------------------------------------------------------------------------------------

@internal
@view
def _check_may_create(books: uint256):
    assert msg.sender == authority.operator, "escrow: caller is not the operator"
    self._check_not_paused(books)


@internal
@view
def _check_may_record():
    assert msg.sender == authority.oracle, "escrow: caller is not the oracle"
    self._check_not_paused(self._books)


@internal
@pure
def _check_not_paused(books: uint256):
    assert not packing.is_paused(books), "escrow: new orders and payments are paused"


@internal
@view
def _check_awaits(course: uint256, amount: uint256, paid: uint256):
    assert packing.status(course) == CREATED, "escrow: order is not awaiting payment"
    assert block.timestamp < packing.deadline(course), "escrow: time to pay is over"
    assert paid == amount, "escrow: amount is not exact"


@internal
@pure
def _check_holds_payment(course: uint256):
    status: uint256 = packing.status(course)
    assert status == FUNDED or status == SHIPPED or status == DISPUTED, "escrow: order holds no payment"


@internal
@pure
def _check_share(seller_bps: uint256):
    assert seller_bps <= BASIS_POINTS, "escrow: share is more than the whole"


@internal
@pure
def _check_window(window_s: uint256):
    assert window_s >= MIN_WINDOW_S, "escrow: window is too short"
    assert window_s <= MAX_WINDOW_S, "escrow: window is too long"


@internal
@view
def _course_of(order_id: uint256) -> uint256:
    course: uint256 = self._orders[order_id].course
    assert course != 0, "escrow: no such order"
    return course


@internal
@view
def _is_said_by(party: address, course: uint256) -> bool:
    """
    @dev By the party in person; or relayed by the oracle for an order paid by M-Pesa, since its
         parties may hold no coin to call with.
    """
    return msg.sender == party or (packing.payment_mode(course) == MPESA and msg.sender == authority.oracle)


@internal
@view
def _is_party(order_id: uint256, course: uint256) -> bool:
    return msg.sender == self._buyer(order_id) or msg.sender == packing.first_address(course)


@internal
@view
def _buyer(order_id: uint256) -> address:
    return packing.first_address(self._orders[order_id].purse)


@internal
@view
def _arbiter(course: uint256) -> address:
    return packing.first_address(self._terms[packing.terms_id(course)].judging)


@internal
@view
def _offer_for(course: uint256, order_id: uint256) -> uint256:
    offer: uint256 = self._offers[order_id]
    assert packing.offered_in(offer) == packing.status(course), "escrow: no offer stands"
    return offer


@internal
@view
def _order(order_id: uint256) -> Order:
    packed: PackedOrder = self._orders[order_id]
    return Order(
        buyer=packing.first_address(packed.purse),
        seller=packing.first_address(packed.course),
        amount=packing.amount(packed.purse),
        terms_id=packing.terms_id(packed.course),
        payment_mode=convert(packing.payment_mode(packed.course), uint8),
        status=convert(packing.status(packed.course), uint8),
        deadline=packing.deadline(packed.course),
    )

# --- money -------------------------------------------------------------------------------------

@internal
@pure
def _share(amount: uint256, bps: uint256, unit: uint256) -> uint256:
    """
    @dev Rounded down to a whole unit, so that what is left of the amount is whole too.
    """
    return amount * bps // (BASIS_POINTS * unit) * unit
