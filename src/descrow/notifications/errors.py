"""Refusals of notifications."""

from typing import ClassVar

from descrow.kernel.errors import Conflict, DescrowError, Invalid, NotFound


class KindMustStayInApp(Invalid):
    code: ClassVar[str] = "kind_must_stay_in_app"

    def __init__(self, kind: str) -> None:
        super().__init__("What happens to your money is always told in the app.", kind=kind)


class TimeZoneNotKnown(Invalid):
    code: ClassVar[str] = "time_zone_not_known"

    def __init__(self, time_zone: str) -> None:
        super().__init__("There is no such time zone. Write one like Africa/Nairobi.", time_zone=time_zone)


class QuietHoursNotValid(Invalid):
    code: ClassVar[str] = "quiet_hours_not_valid"

    def __init__(self) -> None:
        super().__init__("Quiet hours begin at one time and end at another, without a time zone of their own.")


class EmailNotValid(Invalid):
    code: ClassVar[str] = "email_not_valid"

    def __init__(self) -> None:
        super().__init__("This is not an e-mail address that we can write to.")


class ChannelNotOffered(Conflict):
    code: ClassVar[str] = "channel_not_offered"

    def __init__(self, channel: str) -> None:
        super().__init__("This marketplace does not send messages that way.", channel=channel)


class NothingToConfirm(Conflict):
    code: ClassVar[str] = "nothing_to_confirm"

    def __init__(self, channel: str) -> None:
        super().__init__("There is no address or number of yours that waits to be confirmed.", channel=channel)


class CodeNotRight(Invalid):
    code: ClassVar[str] = "code_not_right"

    def __init__(self) -> None:
        super().__init__("This is not the code that we sent. Type the newest one.")


class CodeOver(Conflict):
    code: ClassVar[str] = "code_over"

    def __init__(self) -> None:
        super().__init__("This code is too old, or was mistyped too often. Ask for a new one.")


class TooManyCodes(DescrowError):
    """Refuse a code that would pass a limit of cost. `limit` names it: address, account, network or shop."""

    code: ClassVar[str] = "too_many_codes"
    status: ClassVar[int] = 429

    def __init__(self, limit: str, *, wait_s: int) -> None:
        super().__init__(f"No more codes can be sent now. Try again in {wait_s} seconds.", limit=limit, wait_s=wait_s)
        self.headers = {"Retry-After": str(wait_s)}


class SubscriptionNotValid(Invalid):
    code: ClassVar[str] = "push_subscription_not_valid"

    def __init__(self, why: str) -> None:
        super().__init__(f"This is not a browser's push subscription: {why}.")


class TooManySubscriptions(Conflict):
    code: ClassVar[str] = "too_many_push_subscriptions"

    def __init__(self, most: int) -> None:
        super().__init__("So many browsers of yours are told already. Remove one first.", most=most)


class SubscriptionNotFound(NotFound):
    code: ClassVar[str] = "push_subscription_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such push subscription of yours.")


class WebhookUrlNotAllowed(Invalid):
    code: ClassVar[str] = "webhook_url_not_allowed"

    def __init__(self, why: str) -> None:
        super().__init__(f"Nothing is sent there: {why}.")


class TooManyWebhooks(Conflict):
    code: ClassVar[str] = "too_many_webhooks"

    def __init__(self, most: int) -> None:
        super().__init__("You have as many webhooks as one may have. Delete one first.", most=most)


class WebhookNotFound(NotFound):
    code: ClassVar[str] = "webhook_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such webhook of yours.")


class DeliveryNotFound(NotFound):
    code: ClassVar[str] = "delivery_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such delivery of this webhook.")


class DeliveryUnderWay(Conflict):
    code: ClassVar[str] = "delivery_under_way"

    def __init__(self, delivery_id: int) -> None:
        super().__init__("This delivery is waiting for its turn, or being made just now.", delivery_id=delivery_id)
