"""Browsers that are pushed to."""

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.sign_in import lock_account
from descrow.kernel.db import lock_until_commit
from descrow.notifications.errors import SubscriptionNotFound, SubscriptionNotValid, TooManySubscriptions
from descrow.notifications.models import PushSubscription
from descrow.notifications.push import from_base64url, is_browser_key

MOST = 10


async def subscribe(
    session: AsyncSession, account_id: int, *, endpoint: str, public_key: str, auth_secret: str
) -> PushSubscription:
    """Push to this browser from now on. A repeat takes the place of the first.

    So does another account in the same browser: who signs in there last is who is told there. Raises
    SubscriptionNotValid or TooManySubscriptions.
    """
    try:
        key, secret = from_base64url(public_key), from_base64url(auth_secret)
    except ValueError as error:
        raise SubscriptionNotValid("its keys are not base64url") from error
    if not is_browser_key(key) or len(secret) != 16:
        raise SubscriptionNotValid("its keys are not a point of P-256 and 16 bytes")

    await forget_browser(session, endpoint, for_account=account_id)
    count = await session.scalar(select(func.count()).where(PushSubscription.account_id == account_id))
    if (count or 0) >= MOST:
        raise TooManySubscriptions(MOST)
    subscription = PushSubscription(account_id=account_id, endpoint=endpoint, public_key=key, auth_secret=secret)
    session.add(subscription)
    await session.flush()
    return subscription


async def unsubscribe(session: AsyncSession, account_id: int, subscription_id: int) -> None:
    """Raises SubscriptionNotFound."""
    await lock_account(session, account_id)
    forgotten = delete(PushSubscription).where(
        PushSubscription.id == subscription_id, PushSubscription.account_id == account_id
    )
    if await session.scalar(forgotten.returning(PushSubscription.id)) is None:
        raise SubscriptionNotFound


async def forget_browser(session: AsyncSession, endpoint: str, *, for_account: int) -> None:
    """Push there no more; what waits to be pushed there is dropped. The account stays locked, as does the owner's.

    So does the browser: of two accounts that subscribe in it at once, the second takes the place of the first.
    """
    await lock_until_commit(session, f"push endpoint {endpoint}")
    owner = await session.scalar(select(PushSubscription.account_id).where(PushSubscription.endpoint == endpoint))
    for account_id in sorted({for_account} if owner is None else {for_account, owner}):  # in the order of `tell`
        await lock_account(session, account_id)
    await session.execute(delete(PushSubscription).where(PushSubscription.endpoint == endpoint))
