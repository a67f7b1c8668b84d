"""Define what every browser may know: where the chain is, which contract holds the money, and on what terms."""

from typing import Any

import structlog
from litestar import Controller, Response, get
from litestar.datastructures import CacheControlHeader

from descrow import __version__
from descrow.app.context import AppContext, WithParts
from descrow.app.web.schemas import ChainConfig, TermsConfig, WebConfig
from descrow.contract.abi import escrow_interface
from descrow.contract.models import Deployment
from descrow.kernel.errors import DescrowError
from descrow.kernel.http.access import Open
from descrow.kernel.money import Shillings, cents_from_shillings

log = structlog.get_logger(__name__)

IPFS_PATH = "/ipfs/"
FRESH_FOR_S = 60
"""How long a browser may keep a whole answer; one with something missing, not at all."""


class ConfigController(Controller):
    path = "/config"
    tags = ("web",)

    @get(access=Open.ANYBODY)
    async def get_config(self, parts: WithParts) -> Response[WebConfig]:
        """The chain, the contract and its terms, for a browser that checks them by itself."""
        async with parts.sessions() as session:
            deployment = await session.get(Deployment, 1)
        terms = None if deployment is None else await _terms(parts, deployment)
        config = WebConfig(
            version=__version__,
            chain=None
            if deployment is None
            else ChainConfig(
                url=parts.settings.chain_url_of_browsers,
                genesis_hash=deployment.genesis_hash,
                contract_address=deployment.contract_address,
            ),
            terms=terms,
            mpesa_offered=parts.mpesa is not None,
            smallest_order_planck=str(parts.settings.smallest_order_planck),
            smallest_order_kes_cents=_smallest_order_kes_cents(parts),
            ipfs_path=IPFS_PATH,
        )
        kept = CacheControlHeader(no_store=True) if terms is None else CacheControlHeader(max_age=FRESH_FOR_S)
        return Response(config, headers={"Cache-Control": kept.to_header()})


def _smallest_order_kes_cents(parts: AppContext) -> str | None:
    if parts.settings.mpesa is None:
        return None
    return str(cents_from_shillings(Shillings(parts.settings.mpesa.smallest_order_shillings)))


async def _terms(parts: AppContext, deployment: Deployment) -> TermsConfig | None:
    """As the contract itself says; None while nobody can ask it: the shop's shelves are open without it."""
    try:
        contract = await parts.contract()
        values = await contract.read("terms", deployment.terms_id)
    except DescrowError as error:
        log.warning("terms not readable", error=str(error))
        return None
    by_name: dict[str, Any] = dict(zip(escrow_interface().functions["terms"].output_names, values, strict=True))
    return TermsConfig(
        terms_id=deployment.terms_id,
        fee_bps=by_name["fee_bps"],
        default_seller_bps=by_name["default_seller_bps"],
        arbiter_address=by_name["arbiter"],
        fund_window_s=by_name["fund_window_s"],
        ship_window_s=by_name["ship_window_s"],
        transit_window_s=by_name["transit_window_s"],
        inspection_window_s=by_name["inspection_window_s"],
        dispute_window_s=by_name["dispute_window_s"],
    )
