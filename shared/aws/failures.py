"""Names what AWS refuses or fails to answer by what must be done about it, so that nobody else needs botocore."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectionError,  # noqa: A004 - botocore's own, base of "could not connect"
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ReadTimeoutError,
)

from shared.sync.errors import ConfigurationWrong, Conflict, OutcomeUnknown, RetryLater, SyncError

SYSTEM = "aws"

_LOST_THE_CONDITION = frozenset({"ConditionalCheckFailedException"})
_IN_EACH_OTHERS_WAY = frozenset(
    {"TransactionConflictException", "TransactionConflict", "TransactionInProgressException"}
)
_LATER = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "KmsThrottled",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_SET_UP = {
    "AccessDenied": "a right is missing",
    "AccessDeniedException": "a right is missing",
    "AuthorizationError": "a right is missing",
    "ExpiredToken": "the AWS credentials are no longer valid",
    "ExpiredTokenException": "the AWS credentials are no longer valid",
    "InvalidClientTokenId": "the AWS credentials are not valid",
    "InvalidSignatureException": "the AWS credentials are not valid",
    "QueueDoesNotExist": "the queue does not exist",
    "AWS.SimpleQueueService.NonExistentQueue": "the queue does not exist",
    "ResourceNotFoundException": "the table or secret does not exist",
    "SignatureDoesNotMatch": "the AWS credentials are not valid",
    "UnrecognizedClientException": "the AWS credentials are not valid",
}


class InEachOthersWay(RetryLater):
    """Two transactions met on one item: neither lost its condition, and repeating at once is in order."""


@contextmanager
def aws_failures(*, once: bool = False) -> Iterator[None]:
    """Turns whatever botocore raises inside into a SyncError.

    RetryLater for throttling, 5xx, timeouts and cut connections (with `once`, for what must not be repeated blindly,
    OutcomeUnknown where the request may have been carried out); Conflict for a lost condition; ConfigurationWrong for
    missing rights, tables, queues and credentials; SyncError itself for the rest, which is a fault of ours.
    """
    try:
        yield
    except ClientError as error:
        raise _of_answer(error, once) from error
    except BotoCoreError as error:
        raise _of_no_answer(error, once) from error


def _of_answer(error: ClientError, once: bool) -> SyncError:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    operation = error.operation_name
    if code == "TransactionCanceledException":
        return _of_cancellation(error)
    if code in _LOST_THE_CONDITION:
        return Conflict(f"{operation}: the item is no longer what was read")
    if code in _IN_EACH_OTHERS_WAY:
        return InEachOthersWay(f"{operation}: another write holds the item ({code})", system=SYSTEM)
    if code in _LATER or status == 429:
        return RetryLater(f"{operation}: AWS asks to come later ({code})", system=SYSTEM)
    if status >= 500:
        return (OutcomeUnknown if once else RetryLater)(f"{operation}: AWS failed ({status} {code})", system=SYSTEM)
    if code in _SET_UP:
        return ConfigurationWrong(
            f"{operation} is refused: {_SET_UP[code]} ({code}).",
            where="the stack (template.yaml) and its environment variables",
            fix="Deploy the stack anew, or set the variable to a resource that exists in this account and region.",
        )
    return SyncError(f"{operation} is refused by AWS: {code}: {error.response.get('Error', {}).get('Message', '')}")


def _of_cancellation(error: ClientError) -> SyncError:
    """A lost condition counts before all else; a transaction that only met another one, or a limit, is repeated."""
    reasons = {reason.get("Code", "None") for reason in error.response.get("CancellationReasons", ())} - {"None"}
    said = ", ".join(sorted(reasons)) or "no reason given"
    if "ConditionalCheckFailed" in reasons:
        return Conflict(f"{error.operation_name}: an item is no longer what was read ({said})")
    if reasons and reasons <= _LATER | _IN_EACH_OTHERS_WAY:
        return InEachOthersWay(f"{error.operation_name}: another write holds an item ({said})", system=SYSTEM)
    return SyncError(f"{error.operation_name} is refused by AWS: {said}")


def _of_no_answer(error: BotoCoreError, once: bool) -> SyncError:
    name = type(error).__name__
    if isinstance(error, (ReadTimeoutError, ConnectionClosedError)):
        return (OutcomeUnknown if once else RetryLater)(f"AWS did not answer ({name})", system=SYSTEM)
    if isinstance(error, (NoCredentialsError, PartialCredentialsError, NoRegionError)):
        return ConfigurationWrong(
            f"AWS cannot be asked: {name}.",
            where="the environment (AWS_REGION, AWS_PROFILE or the function's role)",
            fix="Give the process a region and credentials.",
        )
    if isinstance(error, (ConnectionError, HTTPClientError, CredentialRetrievalError)):
        return RetryLater(f"AWS could not be reached ({name})", system=SYSTEM)
    return SyncError(f"AWS could not be asked: {name}")
