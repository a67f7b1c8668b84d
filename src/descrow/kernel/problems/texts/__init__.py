"""What each refusal means, in English and in Swahili: what happened, the money included, and what to do.

One file a feature, sorted by code. A code's English title and HTTP status stand at its class.
"""

from descrow.kernel.problems.texts.accounts import ACCOUNTS
from descrow.kernel.problems.texts.catalog import CATALOG
from descrow.kernel.problems.texts.chain import CHAIN
from descrow.kernel.problems.texts.content import CONTENT
from descrow.kernel.problems.texts.disputes import DISPUTES
from descrow.kernel.problems.texts.general import GENERAL
from descrow.kernel.problems.texts.notifications import NOTIFICATIONS
from descrow.kernel.problems.texts.operations import OPERATIONS
from descrow.kernel.problems.texts.orders import ORDERS
from descrow.kernel.problems.texts.payments import PAYMENTS
from descrow.kernel.problems.texts.words import Text

FEATURES = (ACCOUNTS, CATALOG, CHAIN, CONTENT, DISPUTES, GENERAL, NOTIFICATIONS, OPERATIONS, ORDERS, PAYMENTS)
TEXTS: dict[str, Text] = {code: text for feature in FEATURES for code, text in feature.items()}
"""By code. Those of the contract's own reasons and of failed payments have no class: see `contract` and `mpesa`."""
