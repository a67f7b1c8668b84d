# pragma version 0.4.3
# pragma optimize gas
"""
@title Descrow escrow
@license Apache-2.0
@notice Holds what a buyer pays until the order is delivered, refunded or out of time.
@dev Amounts are in units of 10**-18 DOT. The chain counts planck (10**-10 DOT), so every amount
     is a multiple of PLANCK. An order is two packed storage words, since a chain with a deposit
     on storage asks for it by the word. From every state that holds money there is a date after
     which anybody may end the order with `settle_expired`; no role can stop that.
"""

# --- constants ---------------------------------------------------------------------------------

# One planck, the smallest coin the chain knows, in units of 10**-18 DOT.
PLANCK: constant(uint256) = 10**8

BASIS_POINTS: constant(uint256) = 10_000
MAX_FEE_BPS: constant(uint256) = 1_000
MIN_WINDOW_S: constant(uint256) = 60
MAX_WINDOW_S: constant(uint256) = 365 * 86_400
MAX_BATCH: constant(uint256) = 50

# What a payee's contract may use to take a payout: enough for a wallet behind a proxy to log it,
# too little to make anybody's transaction dear.
PAYOUT_GAS: constant(uint256) = 20_000

# Left after a failed payout, this much proves that the payee was offered PAYOUT_GAS in full: a
# call passes on at most 63/64 of the gas, and gives back what the payee spared of its 2300 extra.
PAYOUT_GAS_PROOF: constant(uint256) = PAYOUT_GAS * 64 // 63 + 2_301

# Statuses of an order. 0 is no order; 5, 8 and 9 belong to cancelled, disputed and resolved.
CREATED: constant(uint256) = 1
FUNDED: constant(uint256) = 2
SHIPPED: constant(uint256) = 3
DELIVERED: constant(uint256) = 4
EXPIRED: constant(uint256) = 6
REFUNDED: constant(uint256) = 7

# Keeps a treasury's credit word from ever being zero. Otherwise the buyer who confirms first after
# a withdrawal would pay for a fresh storage word, and leave its deposit to the treasury.
ACCOUNT_OPEN: constant(uint256) = 2**255

# Where the fields of a packed word begin, and how wide they are.
MAX_AMOUNT: constant(uint256) = 2**96 - 1
MASK_160: constant(uint256) = 2**160 - 1
MASK_104: constant(uint256) = 2**104 - 1
MASK_40: constant(uint256) = 2**40 - 1
MASK_32: constant(uint256) = 2**32 - 1
MASK_16: constant(uint256) = 2**16 - 1
MASK_8: constant(uint256) = 2**8 - 1

# --- structs -----------------------------------------------------------------------------------

struct NewOrder:
    buyer: address
    seller: address
    amount: uint256
    terms_id: uint256
    reference: bytes32
    metadata: bytes32

struct Order:
    buyer: address
    seller: address
    amount: uint256
    terms_id: uint256
    status: uint8
    deadline: uint256

struct Terms:
    treasury: address
    arbiter: address
    fee_bps: uint256
    default_seller_bps: uint256
    fund_window_s: uint256
    ship_window_s: uint256
    inspection_window_s: uint256
    dispute_window_s: uint256

# purse: buyer (160) | amount (96)
# course: seller (160) | status (8) | deadline (40) | terms_id (32) | free (16)
struct PackedOrder:
    purse: uint256
    course: uint256

# paying: treasury (160) | fee_bps (16) | default_seller_bps (16) | fund_window_s (32) | ship_window_s (32)
# judging: arbiter (160) | inspection_window_s (32) | dispute_window_s (32) | free (32)
struct PackedTerms:
    paying: uint256
    judging: uint256

# --- storage -----------------------------------------------------------------------------------

# Who may set the other roles, publish terms and unpause. Changed by `accept_ownership`.
owner: public(address)

# Who may become owner by accepting; zero when nobody. Changed by the owner.
pending_owner: public(address)

# Who may create orders. Changed by the owner.
operator: public(address)

# Who may record payments made outside the chain. Changed by the owner.
oracle: public(address)

# Who may pause, besides the owner. Changed by the owner.
guardian: public(address)

# The id of the next terms sheet, from 1. Counted up when the owner publishes one.
next_terms_id: public(uint256)

# held (104) | credited (104) | next order id (40) | paused (8): what every payment touches, in one word.
# Held is what funded and shipped orders hold, credited what payees may withdraw, in 10**-18 DOT.
# Changed by every function that creates, pays in or pays out; paused by guardian and owner.
_books: uint256

# Terms sheets by id. Written once, by the owner, never changed.
_terms: HashMap[uint256, PackedTerms]

# Orders by id. Created by the operator, moved on by their parties or by time.
_orders: HashMap[uint256, PackedOrder]

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
    deadline: uint256
    reference: bytes32
    metadata: bytes32

event OrderFunded:
    order_id: indexed(uint256)
    buyer: indexed(address)
    amount: uint256
    deadline: uint256

event OrderShipped:
    order_id: indexed(uint256)
    seller: indexed(address)
    tracking: bytes32
    deadline: uint256

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

event OrderExpired:
    order_id: indexed(uint256)

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

event OwnershipOffered:
    owner: indexed(address)
    pending_owner: indexed(address)

event OwnerChanged:
    previous: indexed(address)
    owner: indexed(address)

event OperatorChanged:
    previous: indexed(address)
    operator: indexed(address)

event OracleChanged:
    previous: indexed(address)
    oracle: indexed(address)

event GuardianChanged:
    previous: indexed(address)
    guardian: indexed(address)

event Paused:
    by: indexed(address)

event Unpaused:
    by: indexed(address)

# --- the beginning -----------------------------------------------------------------------------

@deploy
def __init__(operator: address, oracle: address, guardian: address):
    """
    @notice The deployer becomes the owner.
    """
    self.owner = msg.sender
    log OwnerChanged(previous=empty(address), owner=msg.sender)
    self._set_operator(operator)
    self._set_oracle(oracle)
    self._set_guardian(guardian)
    self.next_terms_id = 1
    self._books = self._with_next_order_id(0, 1)


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
    @param fee_bps The treasury's share of a delivered order, in basis points.
    @param default_seller_bps The seller's share when a dispute is not decided in time.
    @return The id of the sheet, counted from 1.
    """
    assert msg.sender == self.owner, "escrow: caller is not the owner"
    self._check_address(treasury)
    self._check_address(arbiter)
    assert fee_bps <= MAX_FEE_BPS, "escrow: fee is too high"
    assert default_seller_bps <= BASIS_POINTS, "escrow: share is more than the whole"
    self._check_window(fund_window_s)
    self._check_window(ship_window_s)
    self._check_window(inspection_window_s)
    self._check_window(dispute_window_s)

    terms_id: uint256 = self.next_terms_id
    self.next_terms_id = terms_id + 1
    self._credits[treasury] = self._credits[treasury] | ACCOUNT_OPEN
    self._terms[terms_id] = self._packed_terms(
        Terms(
            treasury=treasury,
            arbiter=arbiter,
            fee_bps=fee_bps,
            default_seller_bps=default_seller_bps,
            fund_window_s=fund_window_s,
            ship_window_s=ship_window_s,
            inspection_window_s=inspection_window_s,
            dispute_window_s=dispute_window_s,
        )
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
    reference: bytes32,
    metadata: bytes32,
) -> uint256:
    """
    @notice Write down an order that the buyer may now pay.
    @param reference The platform's random reference of its own row; only logged.
    @param metadata The sha2-256 digest in the CID of the product's metadata; only logged.
    @return The id of the order, counted from 1.
    """
    books: uint256 = self._books
    self._check_may_create(books)

    order_id: uint256 = self._next_order_id(books)
    self._books = self._with_next_order_id(books, order_id + 1)
    self._create(
        order_id,
        NewOrder(
            buyer=buyer,
            seller=seller,
            amount=amount,
            terms_id=terms_id,
            reference=reference,
            metadata=metadata,
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

    order_id: uint256 = self._next_order_id(books)
    self._books = self._with_next_order_id(books, order_id + len(new_orders))
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
    assert not self._is_paused(books), "escrow: new orders and payments are paused"
    course: uint256 = self._course_of(order_id)
    purse: uint256 = self._orders[order_id].purse
    assert msg.sender == self._first_address(purse), "escrow: caller is not the buyer"
    assert self._status(course) == CREATED, "escrow: order is not awaiting payment"
    assert block.timestamp < self._deadline(course), "escrow: time to pay is over"
    amount: uint256 = self._amount(purse)
    assert msg.value == amount, "escrow: amount is not exact"
    # All coin comes in here, so no sum in the books can outgrow its field elsewhere.
    assert self._held(books) + self._credited(books) + amount <= MASK_104, "escrow: books are full"

    paying: uint256 = self._terms[self._terms_id(course)].paying
    deadline: uint256 = block.timestamp + self._ship_window_s(paying)
    self._books = self._with_held_added(books, amount)
    self._orders[order_id].course = self._moved(course, FUNDED, deadline)
    log OrderFunded(order_id=order_id, buyer=msg.sender, amount=amount, deadline=deadline)


@external
def mark_shipped(order_id: uint256, tracking: bytes32):
    """
    @notice Say that the goods are on their way; the buyer's time to inspect begins.
    @dev Refused after the deadline: from then on the buyer's refund is certain.
    @param tracking What the seller wants to be held to, such as a digest; only logged.
    """
    course: uint256 = self._course_of(order_id)
    assert msg.sender == self._first_address(course), "escrow: caller is not the seller"
    assert self._status(course) == FUNDED, "escrow: order is not funded"
    assert block.timestamp < self._deadline(course), "escrow: time to ship is over"

    judging: uint256 = self._terms[self._terms_id(course)].judging
    deadline: uint256 = block.timestamp + self._inspection_window_s(judging)
    self._orders[order_id].course = self._moved(course, SHIPPED, deadline)
    log OrderShipped(order_id=order_id, seller=msg.sender, tracking=tracking, deadline=deadline)


@external
@nonreentrant
def confirm_delivery(order_id: uint256):
    """
    @notice The buyer has the goods: pay the seller, less the fee.
    @dev Also after the deadline, as long as nobody has settled the order.
    """
    course: uint256 = self._course_of(order_id)
    purse: uint256 = self._orders[order_id].purse
    assert msg.sender == self._first_address(purse), "escrow: caller is not the buyer"
    assert self._status(course) == SHIPPED, "escrow: order is not shipped"

    self._deliver(order_id, purse, course)


@external
@nonreentrant
def refund(order_id: uint256):
    """
    @notice The seller gives the buyer everything back, shipped or not.
    """
    course: uint256 = self._course_of(order_id)
    assert msg.sender == self._first_address(course), "escrow: caller is not the seller"
    status: uint256 = self._status(course)
    assert status == FUNDED or status == SHIPPED, "escrow: order holds no payment"

    self._refund(order_id, self._orders[order_id].purse, course)


@external
@nonreentrant
def settle_expired(order_ids: DynArray[uint256, MAX_BATCH]) -> uint256:
    """
    @notice End every order given whose time is over; anybody may call.
    @dev Not paid in time: expired. Not shipped in time: the buyer is refunded. Shipped and the
         buyer silent: the seller is paid. Orders that are not due are skipped, so that a race
         for one does not spoil the others.
    @return How many were ended.
    """
    settled: uint256 = 0
    for order_id: uint256 in order_ids:
        course: uint256 = self._orders[order_id].course
        deadline: uint256 = self._deadline(course)
        if deadline == 0 or block.timestamp < deadline:
            continue
        settled += 1
        status: uint256 = self._status(course)
        if status == CREATED:
            self._orders[order_id].course = self._moved(course, EXPIRED, 0)
            log OrderExpired(order_id=order_id)
        elif status == FUNDED:
            self._refund(order_id, self._orders[order_id].purse, course)
        else:
            self._deliver(order_id, self._orders[order_id].purse, course)
    assert settled > 0, "escrow: nothing is due"
    return settled

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
    self._check_address(to)
    return self._withdraw(msg.sender, to)

# --- roles -------------------------------------------------------------------------------------

@external
def transfer_ownership(new_owner: address):
    """
    @notice Offer ownership; it passes when the new owner accepts. Zero takes the offer back.
    """
    assert msg.sender == self.owner, "escrow: caller is not the owner"
    self.pending_owner = new_owner
    log OwnershipOffered(owner=msg.sender, pending_owner=new_owner)


@external
def accept_ownership():
    """
    @notice Become the owner, when ownership was offered to the caller.
    """
    assert msg.sender == self.pending_owner, "escrow: caller is not the pending owner"
    previous: address = self.owner
    self.owner = msg.sender
    self.pending_owner = empty(address)
    log OwnerChanged(previous=previous, owner=msg.sender)


@external
def set_operator(operator: address):
    """
    @notice Change who may create orders.
    """
    assert msg.sender == self.owner, "escrow: caller is not the owner"
    self._set_operator(operator)


@external
def set_oracle(oracle: address):
    """
    @notice Change who may record payments made outside the chain.
    """
    assert msg.sender == self.owner, "escrow: caller is not the owner"
    self._set_oracle(oracle)


@external
def set_guardian(guardian: address):
    """
    @notice Change who may pause besides the owner.
    """
    assert msg.sender == self.owner, "escrow: caller is not the owner"
    self._set_guardian(guardian)


@external
def pause():
    """
    @notice Stop new orders and new money. Every way out stays open.
    """
    assert msg.sender == self.guardian or msg.sender == self.owner, "escrow: caller is not guardian or owner"
    books: uint256 = self._books
    assert not self._is_paused(books), "escrow: already paused"
    self._books = books + 1
    log Paused(by=msg.sender)


@external
def unpause():
    """
    @notice Let new orders and new money in again.
    """
    assert msg.sender == self.owner, "escrow: caller is not the owner"
    books: uint256 = self._books
    assert self._is_paused(books), "escrow: not paused"
    self._books = books - 1
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
def terms(terms_id: uint256) -> Terms:
    """
    @notice A terms sheet; all zero when there is none.
    """
    packed: PackedTerms = self._terms[terms_id]
    return Terms(
        treasury=self._first_address(packed.paying),
        arbiter=self._first_address(packed.judging),
        fee_bps=self._fee_bps(packed.paying),
        default_seller_bps=(packed.paying >> 64) & MASK_16,
        fund_window_s=self._fund_window_s(packed.paying),
        ship_window_s=self._ship_window_s(packed.paying),
        inspection_window_s=self._inspection_window_s(packed.judging),
        dispute_window_s=(packed.judging >> 32) & MASK_32,
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
    return self._held(books), self._credited(books)


@external
@view
def next_order_id() -> uint256:
    """
    @notice The id the next order will get.
    """
    return self._next_order_id(self._books)


@external
@view
def paused() -> bool:
    """
    @notice Whether new orders and new money are stopped.
    """
    return self._is_paused(self._books)

# --- steps of an order -------------------------------------------------------------------------

@internal
def _create(order_id: uint256, new_order: NewOrder):
    self._check_address(new_order.buyer)
    self._check_address(new_order.seller)
    assert new_order.buyer != new_order.seller, "escrow: buyer is the seller"
    assert new_order.amount > 0, "escrow: amount is zero"
    assert new_order.amount <= MAX_AMOUNT, "escrow: amount is too large"
    assert new_order.amount % PLANCK == 0, "escrow: amount is not in whole planck"
    paying: uint256 = self._terms[new_order.terms_id].paying
    assert paying != 0, "escrow: no such terms"

    deadline: uint256 = block.timestamp + self._fund_window_s(paying)
    self._orders[order_id] = PackedOrder(
        purse=(convert(new_order.buyer, uint256) << 96) | new_order.amount,
        course=self._packed_course(new_order.seller, CREATED, deadline, new_order.terms_id),
    )
    log OrderCreated(
        order_id=order_id,
        buyer=new_order.buyer,
        seller=new_order.seller,
        amount=new_order.amount,
        terms_id=new_order.terms_id,
        deadline=deadline,
        reference=new_order.reference,
        metadata=new_order.metadata,
    )


@internal
def _deliver(order_id: uint256, purse: uint256, course: uint256):
    """
    @dev The order is over before anything is sent. The fee is only credited: a treasury that
         cannot receive is nobody's trouble.
    """
    amount: uint256 = self._amount(purse)
    seller: address = self._first_address(course)
    paying: uint256 = self._terms[self._terms_id(course)].paying
    fee: uint256 = self._fee(amount, self._fee_bps(paying))

    self._orders[order_id].course = self._moved(course, DELIVERED, 0)
    self._books = self._with_held_paid_out(self._books, amount, fee)
    log OrderDelivered(
        order_id=order_id, seller=seller, seller_amount=amount - fee, fee=fee, by=msg.sender
    )
    if fee > 0:
        treasury: address = self._first_address(paying)
        self._credits[treasury] += fee
        log Credited(order_id=order_id, payee=treasury, amount=fee)
    self._pay_out(order_id, seller, amount - fee)


@internal
def _refund(order_id: uint256, purse: uint256, course: uint256):
    amount: uint256 = self._amount(purse)
    buyer: address = self._first_address(purse)

    self._orders[order_id].course = self._moved(course, REFUNDED, 0)
    self._books = self._with_held_paid_out(self._books, amount, 0)
    log OrderRefunded(order_id=order_id, buyer=buyer, amount=amount, by=msg.sender)
    self._pay_out(order_id, buyer, amount)


@internal
def _pay_out(order_id: uint256, payee: address, amount: uint256):
    """
    @dev Push, and turn the payout into a credit when the payee cannot take it. The credit is
         the one change made after a send; the lock is on until it is written, and until then
         the books say less than the balance, never more.
    """
    is_paid: bool = raw_call(payee, b"", value=amount, gas=PAYOUT_GAS, revert_on_failure=False)
    if is_paid:
        log PaidOut(order_id=order_id, payee=payee, amount=amount)
        return

    # A caller must not turn a payout into a credit by bringing too little gas for it.
    assert msg.gas >= PAYOUT_GAS_PROOF, "escrow: too little gas for the payout"
    self._credits[payee] += amount
    self._books = self._with_credited_added(self._books, amount)
    log Credited(order_id=order_id, payee=payee, amount=amount)


@internal
def _withdraw(payee: address, to: address) -> uint256:
    credit: uint256 = self._credits[payee]
    amount: uint256 = credit & ~ACCOUNT_OPEN
    assert amount > 0, "escrow: no credit"

    self._credits[payee] = credit & ACCOUNT_OPEN
    self._books = self._with_credited_paid_out(self._books, amount)
    log Withdrawn(payee=payee, to=to, amount=amount)
    is_sent: bool = raw_call(to, b"", value=amount, revert_on_failure=False)
    assert is_sent, "escrow: recipient refused the coin"
    return amount

# --- roles, once checked -----------------------------------------------------------------------

@internal
def _set_operator(operator: address):
    self._check_address(operator)
    log OperatorChanged(previous=self.operator, operator=operator)
    self.operator = operator


@internal
def _set_oracle(oracle: address):
    self._check_address(oracle)
    log OracleChanged(previous=self.oracle, oracle=oracle)
    self.oracle = oracle


@internal
def _set_guardian(guardian: address):
    self._check_address(guardian)
    log GuardianChanged(previous=self.guardian, guardian=guardian)
    self.guardian = guardian

# --- checks ------------------------------------------------------------------------------------

@internal
@view
def _check_may_create(books: uint256):
    assert msg.sender == self.operator, "escrow: caller is not the operator"
    assert not self._is_paused(books), "escrow: new orders and payments are paused"


@internal
@view
def _check_address(party: address):
    assert party != empty(address), "escrow: address is zero"
    assert party != self, "escrow: address is the escrow itself"


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

# --- money -------------------------------------------------------------------------------------

@internal
@pure
def _fee(amount: uint256, fee_bps: uint256) -> uint256:
    """
    @dev Rounded down to a whole planck, so that the seller's part is one too.
    """
    return amount * fee_bps // (BASIS_POINTS * PLANCK) * PLANCK

# --- packed words ------------------------------------------------------------------------------

@internal
@pure
def _first_address(word: uint256) -> address:
    """
    @dev Every word with an address begins with it: buyer, seller, treasury, arbiter.
    """
    return convert(word >> 96, address)


@internal
@pure
def _amount(purse: uint256) -> uint256:
    return purse & MAX_AMOUNT


@internal
@pure
def _packed_course(seller: address, status: uint256, deadline: uint256, terms_id: uint256) -> uint256:
    return (convert(seller, uint256) << 96) | (status << 88) | (deadline << 48) | (terms_id << 16)


@internal
@pure
def _moved(course: uint256, status: uint256, deadline: uint256) -> uint256:
    """
    @dev The same course with another status and deadline.
    """
    return (course & ~(MASK_8 << 88 | MASK_40 << 48)) | (status << 88) | (deadline << 48)


@internal
@pure
def _status(course: uint256) -> uint256:
    return (course >> 88) & MASK_8


@internal
@pure
def _deadline(course: uint256) -> uint256:
    return (course >> 48) & MASK_40


@internal
@pure
def _terms_id(course: uint256) -> uint256:
    return (course >> 16) & MASK_32


@internal
@view
def _order(order_id: uint256) -> Order:
    packed: PackedOrder = self._orders[order_id]
    return Order(
        buyer=self._first_address(packed.purse),
        seller=self._first_address(packed.course),
        amount=self._amount(packed.purse),
        terms_id=self._terms_id(packed.course),
        status=convert(self._status(packed.course), uint8),
        deadline=self._deadline(packed.course),
    )


@internal
@pure
def _packed_terms(terms: Terms) -> PackedTerms:
    return PackedTerms(
        paying=(convert(terms.treasury, uint256) << 96)
        | (terms.fee_bps << 80)
        | (terms.default_seller_bps << 64)
        | (terms.fund_window_s << 32)
        | terms.ship_window_s,
        judging=(convert(terms.arbiter, uint256) << 96)
        | (terms.inspection_window_s << 64)
        | (terms.dispute_window_s << 32),
    )


@internal
@pure
def _fee_bps(paying: uint256) -> uint256:
    return (paying >> 80) & MASK_16


@internal
@pure
def _fund_window_s(paying: uint256) -> uint256:
    return (paying >> 32) & MASK_32


@internal
@pure
def _ship_window_s(paying: uint256) -> uint256:
    return paying & MASK_32


@internal
@pure
def _inspection_window_s(judging: uint256) -> uint256:
    return (judging >> 64) & MASK_32


@internal
@pure
def _held(books: uint256) -> uint256:
    return books >> 152


@internal
@pure
def _credited(books: uint256) -> uint256:
    return (books >> 48) & MASK_104


@internal
@pure
def _next_order_id(books: uint256) -> uint256:
    return (books >> 8) & MASK_40


@internal
@pure
def _is_paused(books: uint256) -> bool:
    return books & MASK_8 != 0


@internal
@pure
def _with_next_order_id(books: uint256, order_id: uint256) -> uint256:
    return (books & ~(MASK_40 << 8)) | (order_id << 8)


@internal
@pure
def _with_held_added(books: uint256, amount: uint256) -> uint256:
    return books + (amount << 152)


@internal
@pure
def _with_held_paid_out(books: uint256, amount: uint256, fee: uint256) -> uint256:
    """
    @dev The amount is held no longer; the fee in it is credited.
    """
    return books - (amount << 152) + (fee << 48)


@internal
@pure
def _with_credited_added(books: uint256, amount: uint256) -> uint256:
    return books + (amount << 48)


@internal
@pure
def _with_credited_paid_out(books: uint256, amount: uint256) -> uint256:
    return books - (amount << 48)
