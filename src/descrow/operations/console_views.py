"""Define what operators are shown, as tables and sentences for a terminal."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from descrow.contract.models import Finality
from descrow.operations.formatting import NOTHING, age, counted, dot, kes, or_nothing, table
from descrow.operations.order_report import OrderReport
from descrow.operations.overview import Overview, SignerLine
from descrow.operations.payment_views import payments_table, payouts_table
from descrow.operations.replay import Replay
from descrow.operations.rows import AlertLine, CallLine, CaseLine, EventLine, FeedEventLine, StepLine, TransactionLine
from descrow.operations.schemas import RoleView
from descrow.orders.comparison import Found
from descrow.orders.rebuild import Rebuilt, plain

_SHORT = 10
_STANDING_STYLE = {Finality.FINALIZED: "", Finality.BEST: "yellow", Finality.ORPHANED: "dim strike"}


def overview_page(seen: Overview, now: datetime) -> RenderableType:
    """`descrow admin status`."""
    parts: list[RenderableType] = [
        _pairs_table(
            ("contract", seen.contract_address),
            ("log", _how_far(seen)),
            (
                "events waiting",
                _count(seen.events_waiting, f"{len(seen.parked)} of them parked" if seen.parked else ""),
            ),
            ("calls", f"{seen.calls_queued} queued, {seen.calls_signed} signed"),
            ("last comparison", _last_comparison(seen, now)),
            *(_signer(line) for line in seen.signers),
        )
    ]
    parts += _sections(
        ("Parked events", seen.parked, parked_table(seen.parked, now)),
        ("Open calls", seen.calls, calls_table(seen.calls, now)),
        ("Open transactions", seen.transactions, transactions_table(seen.transactions, now)),
        ("Alerts", seen.alerts, _alerts_table(seen.alerts, now)),
        ("Cases", seen.cases, cases_table(seen.cases, now)),
    )
    verdict = ("All is well.", "green") if seen.is_well else ("Something waits for a person.", "red")
    return Group(*parts, Text(), Text(verdict[0], style=verdict[1]))


def events_table(events: Iterable[EventLine]) -> Table:
    shown = table("block", ">place", "standing", "event", ">number", "at", "applied", "extrinsic")
    for event in events:
        shown.add_row(
            str(event.block_number),
            str(event.event_index),
            event.finality.value,
            event.name,
            or_nothing(event.contract_order_id),
            _time(event.happened_at),
            _applied(event),
            _short(event.extrinsic_hash),
            style=_STANDING_STYLE[event.finality],
        )
    return shown


def parked_table(events: Iterable[EventLine], now: datetime) -> Table:
    shown = table("block", "event", ">number", ">tries", "next", "why")
    for event in events:
        shown.add_row(
            str(event.block_number),
            event.name,
            or_nothing(event.contract_order_id),
            str(event.attempt_count),
            NOTHING if event.next_attempt_at is None else age(event.next_attempt_at, now),
            event.last_error,
        )
    return shown


def calls_table(calls: Iterable[CallLine], now: datetime) -> Table:
    shown = table(
        ">call", "function", ">order", "signer", ">asked by", "request", "status", ">tries", "queued", "next", "why"
    )
    for call in calls:
        is_waiting = call.ended_at is None and call.transaction_id is None
        shown.add_row(
            str(call.id),
            call.function,
            or_nothing(call.order_id),
            call.signer_role.value,
            or_nothing(call.asked_by),
            call.correlation_id or NOTHING,
            call.status.value,
            str(call.attempt_count),
            age(call.created_at, now),
            age(call.next_attempt_at, now) if is_waiting else NOTHING,
            call.last_error or NOTHING,
        )
    return shown


def transactions_table(transactions: Iterable[TransactionLine], now: datetime) -> Table:
    shown = table(">id", "signer", ">nonce", "hash", "status", "signed", "valid until", "in block", ">fee", "error")
    for one in transactions:
        shown.add_row(
            str(one.id),
            _short(one.signer),
            str(one.nonce),
            _short(one.hash),
            one.status.value,
            age(one.created_at, now),
            str(one.valid_until_block),
            or_nothing(one.block_number),
            NOTHING if one.fee_planck is None else dot(one.fee_planck),
            one.error or NOTHING,
        )
    return shown


def cases_table(cases: Iterable[CaseLine], now: datetime) -> Table:
    shown = table(">case", "kind", "about", "here", "there", "opened", "closed")
    for case in cases:
        closed = NOTHING if case.closed_at is None else f"by {case.closed_by}: {case.resolution}"
        shown.add_row(
            str(case.id),
            case.kind.value,
            case.subject,
            or_nothing(case.details.get("here")),
            or_nothing(case.details.get("there")),
            age(case.opened_at, now),
            closed,
        )
    return shown


def case_page(case: CaseLine) -> RenderableType:
    """`descrow admin cases show`."""
    closed = NOTHING if case.closed_at is None else f"{_time(case.closed_at)} by {case.closed_by}: {case.resolution}"
    return _pairs_table(
        ("case", str(case.id)),
        ("kind", case.kind.value),
        ("about", case.subject),
        ("order", or_nothing(case.order_id)),
        ("opened", _time(case.opened_at)),
        ("closed", closed),
        *((name.replace("_", " "), or_nothing(case.details[name])) for name in sorted(case.details, key=_importance)),
    )


def rebuilt_page(found: Rebuilt) -> RenderableType:
    """`descrow admin rebuild`."""
    summary = [Text(f"{counted(found.orders, 'order')} made anew from {counted(found.events, 'event')}.")]
    if found.pending:
        summary.append(Text(f"{counted(found.pending, 'event')} not applied yet, and left out."))
    if not found.differences:
        return Group(*summary, Text("The projection is what the log makes.", style="green"))
    shown = table(">order", ">number", "field", "here", "there")
    for one in found.differences:
        here, there = or_nothing(plain(one.here)), or_nothing(plain(one.there))
        shown.add_row(or_nothing(one.order_id), or_nothing(one.contract_order_id), one.field, here, there)
    return Group(*summary, Text(f"{counted(len(found.differences), 'difference')}.", style="red"), shown)


def replay_page(found: Replay) -> RenderableType:
    """`descrow admin replay`."""
    summary = Text(
        f"Blocks {found.first} to {found.last} read again: {counted(found.events, 'event')} of the contract."
    )
    if not found.differences:
        return Group(summary, Text("The log has each of them, and no other.", style="green"))
    shown = table(">block", ">place", "what", "log", "chain")
    for one in found.differences:
        shown.add_row(
            str(one.block_number),
            or_nothing(one.event_index),
            one.field,
            or_nothing(one.here),
            or_nothing(one.there),
        )
    return Group(summary, Text(f"{counted(len(found.differences), 'difference')}.", style="red"), shown)


def found_page(orders: int, block: int, repaired: Sequence[int], left: Sequence[Found]) -> RenderableType:
    """`descrow admin reconcile`."""
    summary: list[RenderableType] = [Text(f"{counted(orders, 'order')} compared at block {block}.")]
    if repaired:
        summary.append(Text(f"Made anew from the log: {', '.join(f'order {order_id}' for order_id in repaired)}."))
    if not left:
        return Group(*summary, Text("Our rows are what the contract says.", style="green"))
    shown = table("kind", "about", "here", "there", "why")
    for one in left:
        shown.add_row(one.drift.value, one.subject, or_nothing(one.here), or_nothing(one.there), or_nothing(one.why))
    return Group(*summary, Text(f"{counted(len(left), 'difference')}.", style="red"), shown)


def order_page(file: OrderReport, now: datetime) -> RenderableType:
    """`descrow admin orders show`."""
    order = file.order
    amount = dot(order.amount_planck) if order.amount_planck is not None else kes(order.amount_kes_cents or "0")
    parts: list[RenderableType] = [
        _pairs_table(
            ("order", f"{order.id}, reference {order.reference}"),
            ("number", f"{or_nothing(order.contract_order_id)} on the contract"),
            ("status", f"{order.status}{_until(order.deadline_at, now)}"),
            ("contract says", _contract_says(file)),
            (
                "amount",
                f"{amount}, paid in {order.payment_method}, fee {order.fee_bps / 100:g} %, terms {order.terms_id}",
            ),
            ("buyer", f"account {order.buyer_id}, {file.buyer_address}"),
            ("seller", f"account {order.seller_id}, {file.seller_address}"),
            ("product", str(order.product_id)),
            ("ordered", _time(order.created_at)),
        )
    ]
    parked = [event for event in file.events if event.applied_at is None and event.last_error is not None]
    parts += _sections(
        ("Timeline", file.timeline, _timeline_table(file.timeline)),
        ("Events", file.events, events_table(file.events)),
        ("Parked", parked, parked_table(parked, now)),
        ("Calls", file.calls, calls_table(file.calls, now)),
        ("Transactions", file.transactions, transactions_table(file.transactions, now)),
        ("Payments", file.payments, payments_table(file.payments, now)),
        ("Payouts", file.payouts, payouts_table(file.payouts, now)),
        ("Sent to the parties", file.feed_events, _feed_table(file.feed_events, order.buyer_id)),
        ("Cases", file.cases, cases_table(file.cases, now)),
    )
    return Group(*parts)


# --- pieces ---


def _importance(detail: str) -> tuple[int, str]:
    """Return where a case's detail belongs: what differs and why comes first."""
    first = ("here", "there", "why")
    return (first.index(detail) if detail in first else len(first)), detail


def _how_far(seen: Overview) -> str:
    if seen.chain_trouble is not None:
        return f"up to block {or_nothing(seen.indexed_block)}; {seen.chain_trouble}"
    lag = "nothing read yet" if seen.lag_blocks is None else f"{counted(seen.lag_blocks, 'block')} behind"
    return (
        f"up to block {or_nothing(seen.indexed_block)}, {lag}; finalized {seen.finalized_block}, best {seen.best_block}"
    )


def _last_comparison(seen: Overview, now: datetime) -> str:
    run = seen.last_reconciliation
    if run is None:
        return "never"
    repaired = f", {run.orders_repaired} repaired" if run.orders_repaired else ""
    summary = f"{counted(run.orders_compared, 'order')}, {counted(len(run.differences), 'difference')}{repaired}"
    return f"{age(run.at, now)}, at block {run.block_number}: {summary}"


def _signer(line: SignerLine) -> tuple[str, str]:
    balance = "balance not known" if line.free_planck is None else dot(line.free_planck)
    return line.role.value, line.trouble or f"{line.address}, {balance}"


def _alerts_table(alerts: Iterable[AlertLine], now: datetime) -> Table:
    shown = table("alert", "about", "since", "seen", "details")
    for alert in alerts:
        details = ", ".join(f"{name} {value}" for name, value in alert.details.items())
        shown.add_row(alert.kind.value, alert.subject, age(alert.raised_at, now), age(alert.last_seen_at, now), details)
    return shown


def _timeline_table(timeline: Iterable[StepLine]) -> Table:
    shown = table("at", "step", "cause", "by", ">block", "extrinsic")
    for step in timeline:
        shown.add_row(
            _time(step.happened_at),
            f"{or_nothing(step.status_before)} → {step.status_after}",
            step.cause,
            _short(step.actor),
            str(step.block_number),
            _short(step.extrinsic_hash),
        )
    return shown


def _feed_table(feed_events: Iterable[FeedEventLine], buyer_id: int) -> Table:
    shown = table("at", "to", ">no.", "what", "")
    for one in feed_events:
        shown.add_row(
            _time(one.created_at),
            "buyer" if one.account_id == buyer_id else "seller",
            str(one.number),
            one.name,
            _said(one),
        )
    return shown


def _said(feed_events: FeedEventLine) -> str:
    if "amountPlanck" in feed_events.payload:
        return dot(str(feed_events.payload["amountPlanck"]))
    if "amountKesCents" in feed_events.payload:
        message = feed_events.payload.get("message")
        return kes(str(feed_events.payload["amountKesCents"])) + (f": {message}" if message else "")
    return str(feed_events.payload.get("message") or feed_events.payload.get("status") or "")


def _contract_says(file: OrderReport) -> str:
    if file.chain_trouble is not None:
        return file.chain_trouble
    if file.on_contract is None:
        return "no such order"
    return f"{file.on_contract.status}, at block {file.on_contract.block}"


def _until(deadline: datetime | None, now: datetime) -> str:
    return "" if deadline is None else f", until {_time(deadline)} ({age(deadline, now)})"


def _applied(event: EventLine) -> str:
    if event.applied_at is not None:
        return _time(event.applied_at)
    if event.contract_order_id is None or event.finality is not Finality.FINALIZED:
        return NOTHING
    return "parked" if event.last_error else "waits"


def _pairs_table(*pairs: tuple[str, str]) -> Table:
    shown = Table(box=None, pad_edge=False, show_header=False)
    shown.add_column(style="dim")
    shown.add_column(overflow="fold")
    for name, value in pairs:
        shown.add_row(name, value)
    return shown


def _sections(*sections: tuple[str, Sequence[object], Table]) -> list[RenderableType]:
    """Each with its title, but for those that would show nothing."""
    shown: list[RenderableType] = []
    for title, lines, lines_table in sections:
        if lines:
            shown += [Text(f"\n{title}", style="bold"), lines_table]
    return shown


def _count(number: int, more: str) -> str:
    return f"{number}, {more}" if more else str(number)


def _short(text: str | None) -> str:
    """Enough of a hash or an address to know it again; JSON has the whole."""
    return NOTHING if text is None else text if len(text) <= _SHORT + 1 else f"{text[:_SHORT]}…"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def roles_table(holders: Iterable[RoleView], now: datetime) -> Table:
    shown = table("role", "address", "given by", "given")
    for one in holders:
        shown.add_row(one.role.value, one.address, one.given_by, age(one.given_at, now))
    return shown
