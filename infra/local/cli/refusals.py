"""Says in words what AWS refused, and what to do: for a person with credentials of his own, not for a function."""

from __future__ import annotations

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own, base of "could not connect"
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from shared.sync.errors import ConfigurationWrong

GUIDE = "infra/docs/deploy.md"
_RIGHTS = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_SIGN_IN = "Sign in to the account (aws sso login, aws configure), or choose a profile with AWS_PROFILE."


def is_refusal(error: Exception) -> bool:
    """Whether it is AWS's answer, or the lack of one."""
    return isinstance(error, ClientError | BotoCoreError)


def refusal(error: Exception) -> str:
    """What happened and what to do; of an error of the engine's that AWS caused, what AWS said."""
    cause = error.__cause__
    said = cause if isinstance(cause, ClientError | BotoCoreError) else error
    match said:
        case ClientError():
            return _of_answer(said)
        case BotoCoreError():
            return _of_no_answer(said)
        case ConfigurationWrong():
            where = f" ({said.where})" if said.where else ""
            return f"{said.what}{where} {said.fix}".rstrip()
    return str(error)


def _of_answer(error: ClientError) -> str:
    """AWS's own message names the action refused, the resource and who asked."""
    answer = error.response.get("Error", {})
    code, message = answer.get("Code", ""), answer.get("Message", "")
    if code in _RIGHTS:
        return f"AWS refuses {error.operation_name}: {message} {GUIDE} lists the rights that the command needs."
    if code in _CREDENTIALS:
        return f"AWS does not accept your credentials ({code}): {message} {_SIGN_IN}"
    return f"AWS answered {error.operation_name} with {code}: {message}"


def _of_no_answer(error: BotoCoreError) -> str:
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            return f"there are no AWS credentials: {error}. {_SIGN_IN}"
        case CredentialRetrievalError() | SSOError() | TokenRetrievalError() | ProfileNotFound():
            return f"there are no valid AWS credentials: {error}. {_SIGN_IN}"
        case NoRegionError():
            return "no AWS region is chosen: set AWS_REGION, or the profile's region (aws configure)."
        case ConnectionError() | HTTPClientError():
            return f"AWS could not be reached: {error}"
    return f"AWS could not be asked: {error}"
