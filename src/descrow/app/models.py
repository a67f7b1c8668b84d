"""Every table, in one import: what migrations and tests need to see."""

from descrow.accounts.models import Account, SignInSession
from descrow.catalog.models import Product
from descrow.content.models import Content, StoredBlock, Upload
from descrow.contract.models import ChainBlock, ChainEvent, ChainTransaction, ContractCall, Deployment, SignerState
from descrow.disputes.models import DisputeEntry, EvidenceKey
from descrow.disputes.parcel_notes import ParcelNote
from descrow.feed.models import FeedEntry
from descrow.incidents.models import Alert, AuditEntry, Case
from descrow.kernel.db import Base
from descrow.kernel.idempotency import StoredAnswer
from descrow.notifications.models import (
    Contact,
    Delivery,
    MessageCharge,
    Notification,
    Preferences,
    PushSubscription,
    Webhook,
)
from descrow.orders.models import Order, OrderTransition, ReconciliationRun
from descrow.orders.named_files import NamedFile
from descrow.payments.mpesa.ledger import LedgerEntry, LedgerPosting
from descrow.payments.mpesa.models import (
    BalanceCheck,
    DarajaCallback,
    HandPayment,
    PaybillRegistration,
    Payment,
    Payout,
    PayoutAttempt,
    StatusQuery,
)
from descrow.payments.quotes import Quote
from descrow.payments.rates import LastRate

__all__ = [
    "Account",
    "Alert",
    "AuditEntry",
    "BalanceCheck",
    "Base",
    "Case",
    "ChainBlock",
    "ChainEvent",
    "ChainTransaction",
    "Contact",
    "Content",
    "ContractCall",
    "DarajaCallback",
    "Delivery",
    "Deployment",
    "DisputeEntry",
    "EvidenceKey",
    "FeedEntry",
    "HandPayment",
    "LastRate",
    "LedgerEntry",
    "LedgerPosting",
    "MessageCharge",
    "NamedFile",
    "Notification",
    "Order",
    "OrderTransition",
    "ParcelNote",
    "PaybillRegistration",
    "Payment",
    "Payout",
    "PayoutAttempt",
    "Preferences",
    "Product",
    "PushSubscription",
    "Quote",
    "ReconciliationRun",
    "SignInSession",
    "SignerState",
    "StatusQuery",
    "StoredAnswer",
    "StoredBlock",
    "Upload",
    "Webhook",
]
