"""Define what is refused: by Daraja, in its own envelope, and by the control interface."""

from enum import StrEnum


class Api(StrEnum):
    """Each of Daraja's doors."""

    OAUTH = "oauth"
    STK_PUSH = "stk_push"
    STK_QUERY = "stk_query"
    B2C = "b2c"
    REVERSAL = "reversal"
    TRANSACTION_STATUS = "transaction_status"
    ACCOUNT_BALANCE = "account_balance"
    PAYBILL_URLS = "paybill_urls"


class DarajaRefusal(Exception):
    """An answer at once, in Daraja's error envelope."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.status = status
        self.code = code
        self.message = message


class InvalidDarajaField(DarajaRefusal):
    def __init__(self, label: str) -> None:
        super().__init__(400, "400.002.02", f"Bad Request - Invalid {label}")


class InvalidAccessToken(DarajaRefusal):
    """No two APIs say it alike."""

    def __init__(self, api: Api) -> None:
        match api:
            case Api.ACCOUNT_BALANCE:
                super().__init__(401, "401.002.01", "Error Occurred - Invalid Access Token")
            case Api.TRANSACTION_STATUS:
                super().__init__(400, "400.003.01", "Invalid Access Token")
            case _:
                super().__init__(404, "404.001.03", "Invalid Access Token")


class MissingAuthorization(DarajaRefusal):
    def __init__(self) -> None:
        super().__init__(404, "404.001.04", "Invalid Authentication Header")


class NotBasicAuthorization(DarajaRefusal):
    def __init__(self) -> None:
        super().__init__(400, "400.008.01", "Invalid Authentication passed")


class InvalidGrantType(DarajaRefusal):
    def __init__(self) -> None:
        super().__init__(400, "400.008.02", "Invalid grant type passed")


class Overloaded(DarajaRefusal):
    """500.001.1001, which means whatever its message says, or nothing at all."""

    def __init__(self, message: str) -> None:
        super().__init__(500, "500.001.1001", message)


class MerchantUnknown(Overloaded):
    def __init__(self) -> None:
        super().__init__("Merchant does not exist")


class WrongSecurityCredential(Overloaded):
    def __init__(self) -> None:
        super().__init__("[MerchantValidate] - Wrong credentials")


class SubscriberLocked(Overloaded):
    def __init__(self) -> None:
        super().__init__("Unable to lock subscriber, a transaction is already in process for the current subscriber")


class StillProcessing(Overloaded):
    def __init__(self) -> None:
        super().__init__("The transaction is being processed")


class TransactionUnknown(Overloaded):
    def __init__(self) -> None:
        super().__init__("The transaction does not Exist")


class DuplicateOriginatorConversation(DarajaRefusal):
    def __init__(self) -> None:
        super().__init__(500, "500.002.1001", "Duplicate OriginatorConversationID.")


class SpikeArrest(DarajaRefusal):
    def __init__(self) -> None:
        super().__init__(500, "500.003.02", "Error Occurred: Spike Arrest Violation")


class NoSuchResource(DarajaRefusal):
    def __init__(self) -> None:
        super().__init__(404, "404.001.01", "Resource not found")


class DarajaMethodNotAllowed(DarajaRefusal):
    def __init__(self) -> None:
        super().__init__(405, "405.001", "Method Not Allowed")


class ControlRefusal(Exception):
    """An answer to who works the simulator."""

    status = 409

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class PhoneUnknown(ControlRefusal):
    status = 404

    def __init__(self, msisdn: str) -> None:
        super().__init__("phone_unknown", f"there is no phone {msisdn}")


class PhoneExists(ControlRefusal):
    def __init__(self, msisdn: str) -> None:
        super().__init__("phone_exists", f"there is a phone {msisdn} already")


class NoPrompt(ControlRefusal):
    def __init__(self, msisdn: str) -> None:
        super().__init__("no_prompt", f"no prompt is on the phone {msisdn}")


class NotEnoughMoney(ControlRefusal):
    def __init__(self, account: str) -> None:
        super().__init__("not_enough_money", f"the account '{account}' holds less than that")


class NumberUnknown(ControlRefusal):
    status = 404

    def __init__(self, number: int) -> None:
        super().__init__("transaction_unknown", f"there is no transaction {number}")


class FaultUnknown(ControlRefusal):
    status = 400

    def __init__(self, name: str) -> None:
        super().__init__("fault_unknown", f"there is no fault '{name}'")


class NothingToPay(ControlRefusal):
    status = 400

    def __init__(self) -> None:
        super().__init__("nothing_to_pay", "an account number of 1 to 20 signs and whole shillings are needed")
