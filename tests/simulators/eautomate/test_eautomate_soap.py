"""The e-automate simulator's SOAP: what it serves, what it refuses, and that it keeps passwords to itself."""

from __future__ import annotations

import logging
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import httpx
import pytest
import zeep

from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.eautomate.schema import load_schema
from tests.simulators.eautomate.client import (
    AUTH,
    AUTH_XML,
    EVERYTHING,
    NAMESPACE,
    Contract,
    RawApi,
    ZeepApi,
    code,
    envelope,
    fault,
    plain,
)

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
NO_ID = "<ID><Value>0</Value><Valid>false</Valid></ID>"
CUSTOMER_1 = f"<CustomerNumber>{NO_ID}<Code><Value>C1</Value><Valid>true</Valid></Code></CustomerNumber>"


def _tree(element: Element) -> tuple[object, ...]:
    """An element as a value; addresses aside, which differ from server to server."""
    attributes = sorted(pair for pair in element.items() if pair[0] != "location")
    return element.tag, tuple(attributes), tuple(_tree(child) for child in element)


def _parts(wsdl: bytes) -> tuple[list[object], list[object]]:
    """The schema's types and elements, and the rest of a WSDL, both in an order of their own."""
    root = ElementTree.fromstring(wsdl)  # noqa: S314 (the simulator's own, or the contract's)
    schema = root.find(f"{WSDL}types/{SCHEMA}schema")
    assert schema is not None
    rest = [
        (section.tag, section.get("name"), sorted(map(_tree, section)))
        for section in root
        if section.tag != f"{WSDL}types"
    ]
    return sorted(map(_tree, schema)), sorted(rest)


class TestDescription:
    def test_its_wsdl_says_what_the_vendors_says(self, sim: EautomateSimulator, contract: Path) -> None:
        served = httpx.get(f"{sim.url}/pip/PublicAPIService.asmx?WSDL").content
        vendors = (contract / "eautomate-publicapi.wsdl").read_bytes()

        assert _parts(served) == _parts(vendors)

    def test_zeep_loads_it_from_the_simulator_and_calls_it(self, sim: EautomateSimulator) -> None:
        own = Contract(f"{sim.url}/PIP/publicAPIService.asmx?wsdl")
        try:
            assert own.client.service.Authorize(Auth=AUTH) is True
            assert set(own.client.service._operations) == set(load_schema().operations)
        finally:
            own.close()

    def test_the_bare_address_answers_a_page(self, raw: RawApi) -> None:
        answer = raw.http.get(raw.url)

        assert answer.status_code == 200
        assert "?WSDL" in answer.text


class TestProtocol:
    @pytest.mark.parametrize("port", ["PublicAPIServiceSoap", "PublicAPIServiceSoap12"])
    def test_zeep_speaks_both_versions(
        self, sim: EautomateSimulator, spoken: Contract, api: ZeepApi, port: str
    ) -> None:
        sim.add_customer("C1", "Acme")
        api = ZeepApi(spoken, sim.url, port)

        assert plain(api.getCustomer(CustomerNumber=code("C1")))["CustomerName"] == "Acme"
        with pytest.raises(zeep.exceptions.Fault, match="TimeStamp"):
            api.getCustomerList(TimeStamp="")

    def test_soap_1_2_needs_no_action(self, raw: RawApi) -> None:
        headers = {"Content-Type": "application/soap+xml; charset=utf-8"}
        answer = raw.post("getAPIVersion", auth="", version="1.2", headers=headers)

        assert answer.status_code == 200
        assert "<getAPIVersionResult>20.1<" in answer.text

    def test_soap_1_2_faults_have_their_own_shape(self, raw: RawApi) -> None:
        answer = raw.post("getCustomerList", version="1.2")

        assert answer.status_code == 500
        assert answer.headers["Content-Type"].startswith("application/soap+xml")
        assert "<soap:Value>soap:Receiver</soap:Value>" in answer.text

    def test_a_request_is_counted_under_its_operation(self, sim: EautomateSimulator, raw: RawApi) -> None:
        raw.post("getServerStatus", auth="")
        raw.post("getServerStatus", auth="", version="1.2")

        assert sim.requests == {"getServerStatus": 2}

    @pytest.mark.parametrize(
        ("headers", "says"),
        [
            ({"Content-Type": "text/xml"}, "missing"),
            ({"Content-Type": "text/xml", "SOAPAction": f'"{NAMESPACE}/getCall"'}, "getCall"),
            ({"Content-Type": "text/xml", "SOAPAction": "getServerStatus"}, "getServerStatus"),
        ],
    )
    def test_an_action_that_says_something_else_is_refused(
        self, raw: RawApi, headers: dict[str, str], says: str
    ) -> None:
        who, text = fault(raw.post("getServerStatus", auth="", headers=headers))

        assert who == "soap:Client"
        assert says in text

    @pytest.mark.parametrize(
        ("body", "who", "says"),
        [
            ("", "Client", "no element found"),
            ("<a", "Client", "unclosed token"),
            ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "Client", "document type"),
            ("<a/>", "VersionMismatch", "SOAP 1.1"),
            (envelope("", version="1.2"), "VersionMismatch", "SOAP 1.1"),
            (envelope(""), "Client", "one element"),
            (envelope("<getServerStatus/>"), "Client", "no operation getServerStatus"),
            (envelope(f'<dropTable xmlns="{NAMESPACE}"/>'), "Client", "no operation"),
            (
                '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>'
                '<token s:mustUnderstand="1"/></s:Header><s:Body/></s:Envelope>',
                "MustUnderstand",
                "token",
            ),
        ],
    )
    def test_what_is_no_request_is_refused(self, raw: RawApi, body: str, who: str, says: str) -> None:
        answered, text = fault(raw.send("getServerStatus", body))

        assert answered == f"soap:{who}"
        assert says in text

    @pytest.mark.parametrize(
        ("method", "path", "content_type", "status"),
        [
            ("POST", "/pip/PublicAPIService.asmx", "application/json", 415),
            ("PUT", "/pip/PublicAPIService.asmx", "text/xml", 405),
            ("POST", "/pip/OtherService.asmx", "text/xml", 404),
        ],
    )
    def test_what_is_no_soap_gets_a_page(
        self, sim: EautomateSimulator, raw: RawApi, method: str, path: str, content_type: str, status: int
    ) -> None:
        answer = raw.http.request(method, sim.url + path, content="{}", headers={"Content-Type": content_type})

        assert answer.status_code == status
        assert answer.headers["Content-Type"].startswith("text/html")


class TestStrictness:
    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ("", "getCustomer/CustomerNumber is missing"),
            (CUSTOMER_1 + CUSTOMER_1, "getCustomer/CustomerNumber is unknown, repeated or out of order"),
            (CUSTOMER_1 + "<Extra/>", "getCustomer/Extra is unknown"),
            (CUSTOMER_1.replace("CustomerNumber", "customerNumber"), "CustomerNumber is missing"),
            (CUSTOMER_1.replace("<Valid>false</Valid>", "", 1), "ID/Valid is missing"),
            (CUSTOMER_1.replace(NO_ID, ""), "CustomerNumber/ID is missing"),
            (CUSTOMER_1.replace("<Value>0</Value>", "<Value></Value>"), "ID/Value is no xs:int"),
            (CUSTOMER_1.replace("<Value>0</Value>", "<Value>3000000000</Value>"), "out of the range"),
            (CUSTOMER_1.replace("false", "no"), "ID/Valid is no xs:boolean"),
            (CUSTOMER_1.replace("<Code>", "loose<Code>"), "text where elements belong"),
            (CUSTOMER_1.replace("C1", "<b>C1</b>"), "elements where text belongs"),
        ],
    )
    def test_a_request_that_the_schema_forbids_is_the_clients_fault(
        self, sim: EautomateSimulator, raw: RawApi, content: str, says: str
    ) -> None:
        sim.add_customer("C1", "Acme")
        who, text = fault(raw.post("getCustomer", content))

        assert who == "soap:Client"
        assert says in text

    @pytest.mark.parametrize(
        "value", ["2026-11-02", "2026-11-02T10:00:00Z", "2026-11-02T10:00:00-05:00", "2026-02-30T00:00:00"]
    )
    def test_a_date_must_be_a_whole_local_one(self, raw: RawApi, value: str) -> None:
        date = (
            f"<CloseDate><Value>{value}</Value><ValueAsString><Value/><Valid>false</Valid></ValueAsString>"
            "<Valid>true</Valid></CloseDate>"
        )
        who, text = fault(raw.post("markCallComplete", CUSTOMER_1.replace("CustomerNumber", "CallNumber") + date))

        assert who == "soap:Client"
        assert "CloseDate/Value is no" in text

    def test_arguments_out_of_order_are_refused(self, sim: EautomateSimulator, raw: RawApi) -> None:
        """The two list operations of customers have their arguments in opposite orders."""
        sim.add_customer("C1", "Acme")
        stamp = f"<TimeStamp>{EVERYTHING}</TimeStamp>"

        assert raw.post("getEquipmentListForCustomer", stamp + CUSTOMER_1).status_code == 200
        assert raw.post("getContractListForCustomer", CUSTOMER_1 + stamp).status_code == 200
        assert fault(raw.post("getEquipmentListForCustomer", CUSTOMER_1 + stamp))[0] == "soap:Client"
        assert fault(raw.post("getContractListForCustomer", stamp + CUSTOMER_1))[0] == "soap:Client"

    def test_text_survives_in_both_directions(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        name = 'Peña & Sons <"Ltd"> '
        sim.add_customer("C1", name, Address="1 Main St\r\nSuite 2")
        before = api.getCustomer(CustomerNumber=code("C1"))

        assert plain(before)["CustomerName"] == name
        assert plain(before)["Address"] == "1 Main St\r\nSuite 2"
        before.City.Value, before.City.Valid = "Coeur d'Alene <North>", True
        api.saveCustomer(customer=before)
        assert sim.customers["C1"].values["CustomerName"] == name
        assert sim.customers["C1"].values["City"] == "Coeur d'Alene <North>"


class TestLogin:
    @pytest.mark.parametrize("wrong", [{"User": "x"}, {"Password": "x"}, {"CompanyID": "2"}, {"Password": None}])
    def test_bad_credentials_are_a_fault_but_for_authorize(self, api: ZeepApi, wrong: dict[str, str | None]) -> None:
        auth = {**AUTH, **wrong}
        with pytest.raises(zeep.exceptions.Fault, match="Authorization failed"):
            api.service.getCustomerList(Auth=auth, TimeStamp=EVERYTHING)
        assert api.service.Authorize(Auth=auth) is False
        answer = api.service.Authorize2(Auth=auth)
        assert answer.Authorize2Result is False
        assert "not valid" in answer.ErrorString

    def test_no_credentials_are_bad_ones(self, raw: RawApi) -> None:
        assert fault(raw.post("getCurrentTimeStamp", auth=""))[0] == "soap:Server"
        assert fault(raw.post("getCurrentTimeStamp", auth="<Auth/>"))[0] == "soap:Server"

    def test_good_credentials_are_settable(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        assert api.Authorize2().Authorize2Result is True
        sim.login.password = "changed"
        assert api.Authorize2().Authorize2Result is False

    def test_status_and_version_need_none(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        sim.login.password = "changed"

        assert api.getServerStatus() == "OK"
        assert api.getAPIVersion() == "20.1"

    def test_the_password_stays_out_of_log_faults_and_counts(
        self, sim: EautomateSimulator, raw: RawApi, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        sim.login.password = "hunter2-secret"
        auth = AUTH_XML.replace("<Password>demo", "<Password>hunter2-secret")
        answers = [
            raw.post("getCustomerList", f"<TimeStamp>{EVERYTHING}</TimeStamp>", auth=auth),
            raw.post("getCustomerList", "<TimeStamp/>", auth=auth),
            raw.post("getCustomerList", "<Nonsense/>", auth=auth),
            raw.post("getCustomerList", auth=auth.replace("</Password>", "<x/></Password>")),
            raw.post("getCustomerList", auth=auth.replace("</Auth>", "")),
            raw.http.get(f"{sim.url}/_simulator/requests"),
        ]

        assert [answer.status_code for answer in answers] == [200, 500, 500, 500, 500, 200]
        told = caplog.text + repr(sim.log) + repr(sim.requests) + "".join(answer.text for answer in answers)
        assert "getCustomerList" in told
        assert "hunter2-secret" not in told


class TestFaults:
    def test_a_status_fault_of_500_is_a_soap_fault(self, sim: EautomateSimulator, raw: RawApi) -> None:
        sim.faults.order("status", operation="getServerStatus")

        assert fault(raw.post("getServerStatus", auth=""))[0] == "soap:Server"
        assert raw.post("getServerStatus", auth="").status_code == 200

    def test_another_status_is_a_page(self, sim: EautomateSimulator, raw: RawApi) -> None:
        sim.faults.order("status", status=503, retry_after=7)
        answer = raw.post("getServerStatus", auth="")

        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "7"
        assert "Envelope" not in answer.text

    def test_a_lost_answer_was_carried_out(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        sim.add_customer("C1", "Acme")
        sim.faults.order("lost_answer", operation="saveCustomer")
        customer = api.getCustomer(CustomerNumber=code("C1"))
        customer.City.Value, customer.City.Valid = "Dayton", True
        with pytest.raises(OSError, match="aborted"):
            api.saveCustomer(customer=customer)

        assert sim.customers["C1"].values["City"] == "Dayton"
