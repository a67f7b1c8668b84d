"""Define what a browser must know before it can do anything, as it travels."""

import msgspec


class ChainConfig(msgspec.Struct, rename="camel"):
    """Describe where the money is held, for a browser that looks for itself: any node of the chain with this genesis
    will do.
    """

    url: str
    genesis_hash: str
    contract_address: str


class TermsConfig(msgspec.Struct, rename="camel"):
    """Describe what new orders are made under, as the contract has published it. Windows are in seconds."""

    terms_id: int
    fee_bps: int
    default_seller_bps: int
    arbiter_address: str
    fund_window_s: int
    ship_window_s: int
    transit_window_s: int
    inspection_window_s: int
    dispute_window_s: int


class WebConfig(msgspec.Struct, rename="camel"):
    """Name the smallest orders in DOT and by M-Pesa, as the operator set them.

    `chain` is null until a contract is deployed, `terms` also while the chain does not answer."""

    version: str
    chain: ChainConfig | None
    terms: TermsConfig | None
    mpesa_offered: bool
    smallest_order_planck: str
    smallest_order_kes_cents: str | None
    ipfs_path: str
