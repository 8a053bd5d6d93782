"""What the e-automate adapter makes of refusals, trouble and odd answers; and that the password never shows."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.simulators.eautomate.server import EautomateSimulator
from infra.local.simulators.server import Request, Response, Simulator
from shared.sync.connection import SystemSettings
from shared.sync.errors import (
    ConfigurationWrong,
    CredentialsRefused,
    OutcomeUnknown,
    RecordRejected,
    RetryLater,
    SyncError,
    Throttled,
)
from shared.sync.plan import Step
from shared.systems.eautomate import Customer, Eautomate, faults, requests, service, soap, wire, xml
from shared.systems.http import Http
from tests.serving import serving

NAMESPACE = "http://digitalgateway.com/WebServices/PublicAPIService"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PASSWORD = "s3cr&t<pässw0rd>"
RENAME = Step("s", "eautomate", "customer", "update", "7", {"name": "Two"})
REFUSED = "Authorization failed: user, password or company ID is not valid."


class Clock:
    def now(self) -> datetime:
        return NOW


@dataclass
class Secret:
    """A secret whose cached version may be old: `fresh` reads the next one."""

    versions: list[str] = field(default_factory=lambda: [PASSWORD])
    fresh_reads: int = 0
    more: dict[str, str] = field(default_factory=lambda: {"partner_token": "t0ken-of-eci"})

    def __call__(self, *, fresh: bool = False) -> dict[str, str]:
        self.fresh_reads += fresh
        if fresh and len(self.versions) > 1:
            del self.versions[0]
        return {"user": "demo", "password": self.versions[0], **self.more}


class Canned(Simulator):
    """A server that answers each operation as it is told: by a response, or by a function of the request's body."""

    name = "canned"

    def __init__(self) -> None:
        super().__init__(clock=lambda: NOW)
        self.answers: dict[str, Response | Callable[[str], Response]] = {}
        self.bodies: list[str] = []

    def operation(self, request: Request) -> str:
        return request.headers.get("soapaction", "").strip('"').rpartition("/")[2]

    def handle(self, request: Request) -> Response:
        body = request.body.decode()
        self.bodies.append(body)
        answer = self.answers[self.operation(request)]
        return answer(body) if callable(answer) else answer


def result(operation: str, content: str = "", status: int = 200) -> Response:
    return envelope(f'<{operation}Response xmlns="{NAMESPACE}">{content}</{operation}Response>', status)


def fault(text: str, status: int = 500) -> Response:
    words = xml.escape(text)
    return envelope(
        f"<s:Fault><faultcode>s:Server</faultcode><faultstring>{words}</faultstring><detail/></s:Fault>", status
    )


def envelope(content: str, status: int) -> Response:
    body = f'<?xml version="1.0"?><s:Envelope xmlns:s="{SOAP}"><s:Body>{content}</s:Body></s:Envelope>'
    return Response(status, body.encode(), {"Content-Type": "text/xml; charset=utf-8"})


def page(status: int, text: str = "Sorry", **headers: str) -> Response:
    body = f"<!DOCTYPE html><html><title>{text}</title></html>".encode()
    return Response(status, body, {"Content-Type": "text/html", **{n.replace("_", "-"): v for n, v in headers.items()}})


def customer(number: str = "C1", name: str = "One", **fields: Any) -> wire.CustomerData:
    code = wire.EaCode(wire.IntEx.of(7), wire.StringEx.of(number))
    return wire.CustomerData(CustomerNumber=code, CustomerName=wire.StringEx.of(name), **fields)


def got(data: wire.CustomerData) -> Response:
    return result("getCustomer", xml.element("getCustomerResult", data))


@pytest.fixture
def canned() -> Iterator[Canned]:
    with serving(Canned()) as server:
        yield server


@pytest.fixture
def secret() -> Secret:
    return Secret()


@pytest.fixture
def eautomate(canned: Canned, http: Http, secret: Secret) -> Eautomate:
    return adapter(canned.url, secret, http)


def adapter(url: str, secret: Secret, http: Http, **settings: Any) -> Eautomate:
    wanted = {"base_url": url, "company": "1", **settings}
    return Eautomate(SystemSettings.model_validate(wanted), secret, Clock(), http)


# Lists and cursors


@pytest.mark.parametrize("since", [None, "", "2026-11-01T00:00:00"])
def test_no_list_is_asked_for_with_an_empty_timestamp(canned: Canned, eautomate: Eautomate, since: str | None) -> None:
    listed = wire.CustomerListData("2026-11-02T04:00:00.000", ())
    canned.answers["getCustomerList"] = result("getCustomerList", xml.element("getCustomerListResult", listed))
    assert eautomate.changed_customers(since) == ([], "2026-11-02T04:00:00.000")
    assert f"<TimeStamp>{since or '1900-01-01T00:00:00'}</TimeStamp>" in canned.bodies[0]


@pytest.mark.parametrize("timestamp", [None, ""])
@pytest.mark.parametrize(("since", "next_time"), [(None, "1900-01-01T00:00:00"), ("2026", "2026")])
def test_without_a_timestamp_the_cursor_stays(
    canned: Canned, eautomate: Eautomate, timestamp: str | None, since: str | None, next_time: str
) -> None:
    listed = wire.CustomerListData(timestamp, None)
    canned.answers["getCustomerList"] = result("getCustomerList", xml.element("getCustomerListResult", listed))
    assert eautomate.changed_customers(since) == ([], next_time)


def test_no_list_is_not_an_empty_list(canned: Canned, eautomate: Eautomate) -> None:
    canned.answers["getCustomerList"] = result("getCustomerList")
    with pytest.raises(RetryLater, match="answered getCustomerList without a result"):
        eautomate.changed_customers(None)


def test_a_list_that_breaks_off_is_an_error(canned: Canned, eautomate: Eautomate) -> None:
    rows = (wire.CustomerListDetail(wire.EaCode.by_id(1)), wire.CustomerListDetail(wire.EaCode.by_id(2)))
    whole = result("getCustomerList", xml.element("getCustomerListResult", wire.CustomerListData("t", rows)))
    canned.answers["getCustomerList"] = Response(200, whole.body[: len(whole.body) * 2 // 3], whole.headers)
    with pytest.raises(RetryLater, match="no whole XML document"):
        eautomate.changed_customers(None)


def test_a_batch_that_is_refused_for_one_who_is_gone_is_halved(canned: Canned, eautomate: Eautomate) -> None:
    def answer(body: str) -> Response:
        asked = [n for n in range(1, 8) if f"<Value>C{n}</Value>" in body]
        if 5 in asked:
            return fault("Customer not found.")
        found = tuple(customer(f"C{n}") for n in asked)
        return result("getCustomerDataList", xml.element("getCustomerDataListResult", found))

    canned.answers["getCustomerDataList"] = answer
    found = eautomate.customers_by_number([f"C{n}" for n in range(1, 8)])
    assert [c.number for c in found] == ["C1", "C2", "C3", "C4", "C6", "C7"]
    assert canned.requests["getCustomerDataList"] == 7


@pytest.mark.parametrize(
    "answer",
    [
        result("getCustomer"),
        result("getCustomer", "<getCustomerResult/>"),
        fault("Customer not found."),
        fault("Server was unable to process request. ---> The customer 7 does not exist."),
    ],
)
def test_every_way_of_not_finding_a_customer_is_none(canned: Canned, eautomate: Eautomate, answer: Response) -> None:
    canned.answers["getCustomer"] = answer
    assert eautomate.customer("7") is None


def test_something_else_not_found_is_no_missing_customer(canned: Canned, eautomate: Eautomate) -> None:
    canned.answers["getCustomer"] = fault("Database CoTest not found.")
    with pytest.raises(RecordRejected, match=r"Database CoTest not found\."):
        eautomate.customer("7")


# Saves


def test_a_property_that_is_missing_is_added_by_name_and_the_others_keep_their_ids(
    canned: Canned, eautomate: Eautomate
) -> None:
    there = (wire.CustomProperty(3, "Rating", "A", 4), wire.CustomProperty(5, "ZCJ_SyncToCW", None, 6))
    added = (*there, wire.CustomProperty(0, "ZCJ_CW_CompanyID", "19", 0))
    data = [customer(CustomProperties=there), customer(CustomProperties=added)]
    canned.answers["getCustomer"] = lambda _: got(data.pop(0))
    canned.answers["saveCustomer"] = result("saveCustomer", xml.element("saveCustomerResult", wire.EaCode.by_id(7)))
    wanted = {"ZCJ_CW_CompanyID": "19", "ZCJ_SyncToCW": ""}
    applied = eautomate.apply(Step("s", "eautomate", "customer", "update", "7", {"properties": wanted}))
    assert isinstance(applied.record, Customer)
    assert applied.record.properties == {"Rating": "A", "ZCJ_SyncToCW": "", "ZCJ_CW_CompanyID": "19"}
    assert xml.element("customer", customer(CustomProperties=added)) in canned.bodies[1]


@pytest.mark.rule("EA-15")
def test_a_property_that_a_save_passes_over_is_not_configured(canned: Canned, eautomate: Eautomate) -> None:
    canned.answers["getCustomer"] = got(customer(CustomProperties=(wire.CustomProperty(3, "Rating", "A", 4),)))
    canned.answers["saveCustomer"] = result("saveCustomer", xml.element("saveCustomerResult", wire.EaCode.by_id(7)))
    with pytest.raises(RecordRejected, match="customer C1 has no custom property ZCJ_CW_CompanyID") as caught:
        eautomate.apply(Step("s", "eautomate", "customer", "update", "7", {"properties": {"ZCJ_CW_CompanyID": "19"}}))
    assert caught.value.code == "property_not_configured"


def test_an_in_band_refusal_is_one_although_http_says_200(canned: Canned, http: Http, secret: Secret) -> None:
    @dataclass(frozen=True)
    class SaveCall(requests.Request[wire.Result]):
        operation = "saveCall"
        about = "call"
        write = True

    details = (wire.ResultDetail(1, 42, "Hold code is unknown."), wire.ResultDetail(1, 43, None))
    settings = SystemSettings(base_url=canned.url, company="1")
    door = service.Service(settings, secret, Clock(), http)
    for given, words in ((details, "Hold code is unknown."), (None, "it gave no reason")):
        refusal = wire.Result(False, given)
        canned.answers["saveCall"] = result("saveCall", xml.element("saveCallResult", refusal))
        with pytest.raises(RecordRejected) as caught:
            door.ask(SaveCall())
        assert (caught.value.words, caught.value.code) == (words, "42" if given else "")
    canned.answers["saveCall"] = result("saveCall", xml.element("saveCallResult", wire.Result(True, None)))
    assert door.ask(SaveCall()).result == wire.Result(True, None)


# Answers that are none


@pytest.mark.parametrize(
    "answer", [page(200), page(500), page(502), page(503), page(408), Response(200, b""), result("getX", "", 200)]
)
def test_trouble_is_retried_and_a_save_is_looked_up(canned: Canned, eautomate: Eautomate, answer: Response) -> None:
    canned.answers["getCustomer"] = answer
    with pytest.raises(RetryLater) as caught:
        eautomate.customer("7")
    assert not isinstance(caught.value, OutcomeUnknown)
    assert caught.value.system == "eautomate"
    canned.answers["getCustomer"], canned.answers["saveCustomer"] = got(customer()), answer
    with pytest.raises(OutcomeUnknown):
        eautomate.apply(RENAME)


def test_too_many_requests_name_the_tenant_and_the_wait(canned: Canned, eautomate: Eautomate) -> None:
    canned.answers["getCustomer"], canned.answers["saveCustomer"] = got(customer()), page(429, Retry_After="7")
    with pytest.raises(Throttled) as caught:
        eautomate.apply(RENAME)
    assert (caught.value.after, caught.value.pace_key) == (7.0, eautomate.pace_key)


@pytest.mark.parametrize("status", [301, 401, 403, 404, 405])
def test_an_address_without_the_api_is_a_setting_to_correct(canned: Canned, eautomate: Eautomate, status: int) -> None:
    canned.answers["Authorize2"] = page(status, Location="https://example.com/")
    with pytest.raises(ConfigurationWrong) as caught:
        eautomate.check()
    assert "base_url" in caught.value.where
    assert caught.value.fix
    assert canned.requests.total() == 1


@pytest.mark.parametrize(
    "text",
    [
        "Server was unable to process request.",
        "Server was unable to process request. ---> System.Data.SqlClient.SqlException: Timeout expired.  The timeout "
        "period elapsed prior to completion of the operation or the server is not responding.",
        "Transaction (Process ID 71) was deadlocked on lock resources with another process. Rerun the transaction.",
        "A transport-level error has occurred when receiving results from the server.",
        "A network-related or instance-specific error occurred while establishing a connection to SQL Server.",
        "The server is too busy.",
    ],
)
def test_a_fault_of_a_server_in_trouble_is_no_refusal(canned: Canned, eautomate: Eautomate, text: str) -> None:
    canned.answers["getCustomer"] = fault(text)
    with pytest.raises(RetryLater):
        eautomate.customer("7")
    canned.answers["getCustomer"], canned.answers["saveCustomer"] = got(customer()), fault(text)
    with pytest.raises(OutcomeUnknown):
        eautomate.apply(RENAME)


def test_a_list_is_never_refused_for_a_record(canned: Canned, eautomate: Eautomate) -> None:
    canned.answers["getCustomerList"] = fault("The module Accounts Receivable is being reindexed.")
    with pytest.raises(RetryLater, match="is being reindexed"):
        eautomate.changed_customers(None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Customer is on credit hold.", "Customer is on credit hold."),
        (
            "System.Web.Services.Protocols.SoapException: Server was unable to process request. ---> "
            "System.Exception: Zip is invalid.\r\n   at EA.Save(CustomerData c) in D:\\x.cs:line 5\r\n   at Y.Z()",
            "Zip is invalid.",
        ),
        ("x" * 2000, "x" * 500),
    ],
)
def test_people_get_the_servers_words_alone(canned: Canned, eautomate: Eautomate, text: str, words: str) -> None:
    canned.answers["getCustomer"], canned.answers["saveCustomer"] = got(customer()), fault(text)
    with pytest.raises(RecordRejected) as caught:
        eautomate.apply(RENAME)
    assert (caught.value.words, caught.value.code) == (words, "")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (REFUSED, "keys"),
        ("Login failed for user 'demo'.", "keys"),
        ("Invalid user name or password.", "keys"),
        ("Company ID 9 was not found.", "keys"),
        ("The user is not authorized.", "keys"),
        ("Custom property ZCJ_CW_CompanyID is not in the custom property configuration of customer C1.", "property"),
        ("Custom property ZCJ_X, sent for customer C1, does not exist.", "property"),
        ("There is no custom property ZCJ_X.", "property"),
        ("Call not found.", "missing"),
        ("Could not find customer 7.", "missing"),
        ("CustomerName is required.", "refused"),
        ("The number of customer C1 cannot be changed.", "refused"),
        ("", "later"),
    ],
)
def test_faults_mean_what_their_words_say(text: str, meaning: str) -> None:
    assert faults.meaning(soap.Fault("Server", text)) == meaning


# Keys


def test_a_new_password_is_taken_up_once_the_old_one_is_refused(http: Http) -> None:
    secret = Secret(["old", "demo"])
    with EautomateSimulator() as simulator:
        row = simulator.add_customer("C1", "One")
        eautomate = adapter(simulator.url, secret, http)
        assert eautomate.customer(str(row.id)) is not None
        assert (secret.fresh_reads, simulator.requests.total()) == (1, 2)
        eautomate.apply(Step("s", "eautomate", "customer", "update", str(row.id), {"name": "Two"}))
        assert row.values["CustomerName"] == "Two"
        assert secret.fresh_reads == 1


def test_refused_keys_are_refused_only_once_authorize2_says_so(http: Http) -> None:
    secret = Secret(["old", "also old"])
    with EautomateSimulator() as simulator:
        eautomate = adapter(simulator.url, secret, http)
        with pytest.raises(CredentialsRefused, match="user, password or company ID is not valid") as caught:
            eautomate.changed_customers(None)
        assert caught.value.system == "eautomate"
        assert [operation for operation, _ in simulator.log] == ["getCustomerList", "getCustomerList", "Authorize2"]
        assert secret.fresh_reads == 1


def test_check_reads_the_secret_anew(http: Http) -> None:
    with EautomateSimulator() as simulator:
        secret = Secret(["old", "demo", "wrong"])
        eautomate = adapter(simulator.url, secret, http)
        eautomate.check()
        with pytest.raises(CredentialsRefused):
            eautomate.check()
        assert (secret.fresh_reads, dict(simulator.requests)) == (2, {"Authorize2": 2})


def test_check_is_not_passed_by_trouble(canned: Canned, eautomate: Eautomate) -> None:
    for answer, error in (
        (fault(REFUSED), CredentialsRefused),
        (fault("Timeout expired."), RetryLater),
        (result("Authorize2"), RetryLater),
        (page(503), RetryLater),
    ):
        canned.answers["Authorize2"] = answer
        with pytest.raises(error):
            eautomate.check()


def test_keys_that_hold_but_may_not_are_a_right_to_give(canned: Canned, eautomate: Eautomate) -> None:
    denied = fault("The user is not authorized for customers.")
    canned.answers["Authorize2"] = result("Authorize2", "<Authorize2Result>true</Authorize2Result>")
    canned.answers["getCustomerList"] = canned.answers["saveCustomer"] = denied
    canned.answers["getCustomer"] = got(customer())
    with pytest.raises(ConfigurationWrong, match="not authorized for customers") as caught:
        eautomate.changed_customers(None)
    assert "rights" in caught.value.where
    with pytest.raises(RecordRejected, match="not authorized for customers"):
        eautomate.apply(RENAME)


@pytest.mark.parametrize("missing", ["user", "password"])
def test_a_secret_without_its_parts_is_named(canned: Canned, http: Http, missing: str) -> None:
    eautomate = adapter(canned.url, Secret(more={missing: ""}), http)
    with pytest.raises(ConfigurationWrong, match=f"has no {missing}"):
        eautomate.check()


def test_what_is_sent_with_every_call(canned: Canned, http: Http, secret: Secret) -> None:
    canned.answers["Authorize2"] = result("Authorize2", "<Authorize2Result>true</Authorize2Result>")
    canned.answers["getServerStatus"] = result("getServerStatus", "<getServerStatusResult>OK</getServerStatusResult>")
    adapter(canned.url, secret, http).check()
    adapter(canned.url, Secret(more={}), http, api_version="21.0").check()
    adapter(canned.url, secret, http).status()
    auth = f"<User>demo</User><Password>{xml.escape(PASSWORD)}</Password><CompanyID>1</CompanyID><Version>"
    assert f"<Auth>{auth}20.1</Version><PartnerToken>t0ken-of-eci</PartnerToken></Auth>" in canned.bodies[0]
    assert f"<Auth>{auth}21.0</Version><PartnerToken></PartnerToken></Auth>" in canned.bodies[1]
    assert "Auth" not in canned.bodies[2]


# The password


def _echoes() -> dict[str, Callable[[str], Response]]:
    """Servers that say what they were sent, in every place from which we take words."""
    return {
        "fault": lambda body: fault(f"Not in my house: {body}"),
        "fault in plain": lambda _: fault(f"Not in my house: {PASSWORD} t0ken-of-eci"),
        "auth fault": lambda body: fault(f"Authorization failed for {PASSWORD} in {body}"),
        "trouble": lambda body: fault(f"Timeout expired for {PASSWORD} in {body}"),
        "page": lambda _: page(500, xml.escape(PASSWORD)),
        "refused": lambda _: page(400, PASSWORD),
        "moved": lambda _: page(302, PASSWORD, Location="http://127.0.0.1/x"),
        "not there": lambda body: Response(404, body.encode(), {"Content-Type": "text/html"}),
        "itself": lambda body: Response(200, body.encode(), {"Content-Type": "text/xml"}),
        "cut": lambda body: Response(200, body.encode()[:-20], {"Content-Type": "text/xml"}),
        "wrong type": lambda body: result("getCustomer", f"<getCustomerResult><Active><Value>{PASSWORD}"[:60] + body),
    }


@pytest.mark.parametrize("echo", _echoes())
def test_the_password_shows_nowhere(
    canned: Canned, eautomate: Eautomate, secret: Secret, caplog: pytest.LogCaptureFixture, echo: str
) -> None:
    answer = _echoes()[echo]
    caplog.set_level(logging.DEBUG)
    canned.answers = dict.fromkeys(("getCustomer", "getCustomerList", "saveCustomer", "Authorize2"), answer)
    canned.answers["Authorize2"] = result(
        "Authorize2",
        f"<Authorize2Result>false</Authorize2Result><ErrorString>Not {xml.escape(PASSWORD)}</ErrorString>",
    )
    said = [
        _told(lambda: eautomate.customer("7")),
        _told(lambda: eautomate.changed_customers(None)),
        _told(eautomate.check),
    ]
    canned.answers["getCustomer"] = got(customer())
    said.append(_told(lambda: eautomate.apply(RENAME)))
    assert any(PASSWORD in body or xml.escape(PASSWORD) in body for body in canned.bodies)
    everything = "\n".join([*said, caplog.text, repr(eautomate), repr(vars(eautomate))])
    for leak in (PASSWORD, xml.escape(PASSWORD), "t0ken-of-eci", PASSWORD[8:13]):
        assert leak not in everything


def test_the_password_shows_in_no_lost_answer(
    canned: Canned, eautomate: Eautomate, http: Http, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for logger in ("httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger)
    canned.answers["getCustomer"] = got(customer())
    part = PASSWORD[8:13]
    for kind in ("cut", "lost_answer"):
        canned.faults.order(kind, operation="getCustomer")
        assert part not in _told(lambda: eautomate.customer("7")) + caplog.text
    gone = canned.url
    canned.stop()
    assert part not in _told(lambda: adapter(gone, Secret(), http).customer("7")) + caplog.text


def test_keys_have_no_repr() -> None:
    auth = wire.AuthInfo("demo", PASSWORD, "1", "20.1", "t0ken-of-eci")
    assert repr(auth) == "AuthInfo()"
    assert PASSWORD not in repr(requests.GetCustomer(wire.EaCode.by_id(7)))


def _told(call: Callable[[], object]) -> str:
    """All that an error says: as a person sees it, as a program does, and in its chained causes."""
    with pytest.raises(SyncError) as caught:
        call()
    told: list[str] = []
    errors: list[BaseException | None] = [caught.value]
    while errors:
        if (error := errors.pop()) is not None:
            told += [str(error), repr(error), repr(error.args), repr(vars(error)), *traceback.format_exception(error)]
            errors += [error.__cause__, error.__context__]
    return "\n".join(told)
