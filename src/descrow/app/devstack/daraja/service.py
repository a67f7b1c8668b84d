"""Define what each part of the API works with: everything that the simulator consists of, given once."""

from dataclasses import dataclass

from descrow.app.devstack.daraja.books import MpesaBooks
from descrow.app.devstack.daraja.credentials import Credentials
from descrow.app.devstack.daraja.faults import Switchboard
from descrow.app.devstack.daraja.outbox import Outbox
from descrow.app.devstack.daraja.phones import Phones
from descrow.app.devstack.daraja.settings import SimulatorSettings
from descrow.app.devstack.daraja.store import Store
from descrow.app.devstack.daraja.timers import Timers
from descrow.app.devstack.daraja.transactions import Transactions
from descrow.app.devstack.daraja.watchers import Watchers


@dataclass(frozen=True)
class Workings:
    settings: SimulatorSettings
    store: Store
    books: MpesaBooks
    credentials: Credentials
    transactions: Transactions
    phones: Phones
    switchboard: Switchboard
    outbox: Outbox
    timers: Timers
    watchers: Watchers


class SimulatorService:
    """Base of the parts of the API, with the workings at hand."""

    def __init__(self, workings: Workings) -> None:
        self._settings = workings.settings
        self._store = workings.store
        self._books = workings.books
        self._credentials = workings.credentials
        self._transactions = workings.transactions
        self._phones = workings.phones
        self._switchboard = workings.switchboard
        self._outbox = workings.outbox
        self._timers = workings.timers
        self._watchers = workings.watchers
