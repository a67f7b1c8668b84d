"""Daraja's own paths."""

from litestar import Router, get, post

from descrow.app.devstack.daraja.errors import Api
from descrow.app.devstack.daraja.gateway import AnyRequest, AnyResponse
from descrow.app.devstack.daraja.simulator import Simulator


def daraja_router(simulator: Simulator) -> Router:
    """Each path hands its work to the gateway."""
    gateway, stk, commands, paybill = simulator.gateway, simulator.stk, simulator.commands, simulator.paybill

    @get("/oauth/v1/generate")
    async def generate_token(request: AnyRequest) -> AnyResponse:
        return await gateway.issue_token(request)

    @post("/mpesa/stkpush/v1/processrequest", status_code=200)
    async def push(request: AnyRequest) -> AnyResponse:
        return await gateway.serve(request, Api.STK_PUSH, stk.push)

    @post("/mpesa/stkpushquery/v1/query", status_code=200)
    async def query(request: AnyRequest) -> AnyResponse:
        return await gateway.serve(request, Api.STK_QUERY, stk.query)

    @post("/mpesa/b2c/v3/paymentrequest", status_code=200)
    async def pay_out(request: AnyRequest) -> AnyResponse:
        return await gateway.serve(request, Api.B2C, commands.pay_out)

    @post("/mpesa/reversal/v1/request", status_code=200)
    async def reverse(request: AnyRequest) -> AnyResponse:
        return await gateway.serve(request, Api.REVERSAL, commands.reverse)

    @post("/mpesa/transactionstatus/v1/query", status_code=200)
    async def ask_status(request: AnyRequest) -> AnyResponse:
        return await gateway.serve(request, Api.TRANSACTION_STATUS, commands.ask_status)

    @post("/mpesa/accountbalance/v1/query", status_code=200)
    async def ask_balance(request: AnyRequest) -> AnyResponse:
        return await gateway.serve(request, Api.ACCOUNT_BALANCE, commands.ask_balance)

    @post("/mpesa/c2b/v1/registerurl", status_code=200)
    async def register_urls(request: AnyRequest) -> AnyResponse:
        return await gateway.serve(request, Api.PAYBILL_URLS, paybill.register)

    handlers = [generate_token, push, query, pay_out, reverse, ask_status, ask_balance, register_urls]
    return Router("", route_handlers=handlers)
