"""The simulator put together: what it consists of, how it starts, and how it begins anew."""

from descrow.app.devstack.daraja.books import MpesaBooks
from descrow.app.devstack.daraja.commands import Commands
from descrow.app.devstack.daraja.credentials import Credentials
from descrow.app.devstack.daraja.faults import Switchboard
from descrow.app.devstack.daraja.gateway import Gateway
from descrow.app.devstack.daraja.outbox import Outbox
from descrow.app.devstack.daraja.paybill import Paybill
from descrow.app.devstack.daraja.phone_prompts import Stk
from descrow.app.devstack.daraja.phones import Phones
from descrow.app.devstack.daraja.service import Workings
from descrow.app.devstack.daraja.settings import SimulatorSettings
from descrow.app.devstack.daraja.store import Store
from descrow.app.devstack.daraja.timers import Timers
from descrow.app.devstack.daraja.transactions import TransactionKind, Transactions
from descrow.app.devstack.daraja.watchers import Watchers


class Simulator:
    """One merchant, its payers, and Safaricom between them."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.watchers = Watchers()
        self._timers = Timers()
        self._store = Store(settings.data)
        self.transactions = Transactions(self._store)
        self.books = MpesaBooks(self._store, shortcode=settings.shortcode)
        self.books.open_own()
        self.phones = Phones(self._store, self.books, self.watchers)
        self.credentials = Credentials(self._store, settings)
        self.switchboard = Switchboard(self._store, self.transactions, seed=settings.seed)
        self._outbox = Outbox(self._store, self.transactions, self.switchboard, self._timers, settings)
        self.gateway = Gateway(settings, self.credentials, self.switchboard, self._outbox)
        workings = Workings(
            settings=settings,
            store=self._store,
            books=self.books,
            credentials=self.credentials,
            transactions=self.transactions,
            phones=self.phones,
            switchboard=self.switchboard,
            outbox=self._outbox,
            timers=self._timers,
            watchers=self.watchers,
        )
        self.paybill = Paybill(workings)
        self.stk = Stk(workings, self.paybill)
        self.commands = Commands(workings)
        self.callbacks_of = self._outbox.of

    def start(self) -> None:
        """Go on where the last run ended: prompts have the time that was left to them, commands are carried out."""
        self._outbox.start()
        for transaction in self.transactions.all_open():
            if transaction.kind is TransactionKind.STK:
                self.stk.resume(transaction)
            elif transaction.kind is TransactionKind.C2B:
                self.paybill.abandon(transaction)
            else:
                self.commands.resume(transaction)

    async def reset(self) -> None:
        """Forget phones, money, transactions and faults; the certificate stays."""
        self._timers.cancel_all()
        await self._outbox.halt()
        self._store.forget()
        self.books.open_own()
        self.credentials.load()
        self.switchboard.load()
        self._outbox.start()
        self.watchers.notify_all()

    async def stop(self) -> None:
        self.watchers.close()
        self._timers.cancel_all()
        await self._outbox.stop()
        self._store.close()
