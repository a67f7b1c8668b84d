"""Every table, in one import: what migrations and tests need to see."""

from descrow.accounts.models import Account, SignInSession
from descrow.catalog.models import Product
from descrow.content.models import Content, StoredBlock, Upload
from descrow.db import Base
from descrow.disputes.models import DisputeEntry, EvidenceKey
from descrow.escrow.models import ChainBlock, ChainEvent, ChainTransaction, ContractCall, Deployment
from descrow.idempotency import StoredAnswer
from descrow.notifications.models import (
    Contact,
    Delivery,
    Notification,
    Preferences,
    PushSubscription,
    Webhook,
)
from descrow.operations.models import Alert, AuditEntry, Case, ReconciliationRun
from descrow.orders.models import Order, OrderTransition
from descrow.payments.ledger import LedgerEntry, LedgerPosting
from descrow.payments.models import BalanceCheck, DarajaPost, Inquiry, Payment, Payout, PayoutAttempt, Quote
from descrow.realtime.models import FeedEntry

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
    "DarajaPost",
    "Delivery",
    "Deployment",
    "DisputeEntry",
    "EvidenceKey",
    "FeedEntry",
    "Inquiry",
    "LedgerEntry",
    "LedgerPosting",
    "Notification",
    "Order",
    "OrderTransition",
    "Payment",
    "Payout",
    "PayoutAttempt",
    "Preferences",
    "Product",
    "PushSubscription",
    "Quote",
    "ReconciliationRun",
    "SignInSession",
    "StoredAnswer",
    "StoredBlock",
    "Upload",
    "Webhook",
]
