"""The e-automate adapter's XML: against the vendor's WSDL, against hostile documents, and there and back."""

from __future__ import annotations

import dataclasses
import gc
import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import zeep
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.systems.eautomate import call_wire, listed, requests, sales, soap, wire, xml
from shared.systems.eautomate.requests import Answer, Request
from shared.systems.eautomate.wire import (
    NAMESPACE,
    AuthInfo,
    BoolEx,
    CustomerData,
    CustomerListData,
    CustomerListDetail,
    CustomProperty,
    DateTimeEx,
    DecimalEx,
    DoubleEx,
    EaCode,
    IntEx,
    StringEx,
)

WSDL = Path(__file__).parents[3] / "shared" / "contract" / "eautomate-publicapi.wsdl"
XSD = "{http://www.w3.org/2001/XMLSchema}"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
AUTH = AuthInfo("demo", "demo", "1", "20.1", "")
OPERATIONS = Request.__subclasses__()
# Where the vendor's name is not our class's.
NAMES = {
    "String_ex": StringEx,
    "Int_ex": IntEx,
    "Bool_ex": BoolEx,
    "Decimal_ex": DecimalEx,
    "Double_ex": DoubleEx,
    "DateTime_ex": DateTimeEx,
    "eaCodeType": EaCode,
}

FULL = CustomerData(
    CustomerNumber=EaCode(IntEx(7, Valid=True), StringEx("C-7", Valid=True)),
    CustomerName=StringEx("Müller & <Söhne>", Valid=True),
    Address=StringEx("1 Main St\r\nSuite 5", Valid=True),
    Active=BoolEx(True, Valid=True),
    TaxRate=DecimalEx(Decimal("7.2500"), Valid=True),
    Remarks=StringEx(None, Valid=False),
    CustomProperties=(
        CustomProperty(3, "ZCJ_CW_CompanyID", "19", 4),
        CustomProperty(5, "ZCJ_SyncToCW", None, 0),
        CustomProperty(6, "ZCJ_CW_SiteAddressRecID", "", 0),
    ),
)
CALL = call_wire.CallData(
    CallNumber=EaCode.by_id(9),
    MiscCharge=DoubleEx.of(Decimal("1E+2")),
    ProblemCodes=(call_wire.eaCodeType(IntEx(3, Valid=True)),),
    Labors=(call_wire.CallLabor(Interruptions=(call_wire.LaborInterruption(),)),),
    MaterialsUsed=(call_wire.CallMaterial(Item=EaCode.of("TONER")),),
    Meters=(call_wire.CallMeter(),),
)
SAMPLES: dict[type[Request[Any]], Request[Any]] = {
    requests.GetServerStatus: requests.GetServerStatus(),
    requests.GetCurrentTimeStamp: requests.GetCurrentTimeStamp(),
    requests.Authorize2: requests.Authorize2(),
    requests.GetSHAttribute: requests.GetSHAttribute("ZCJ_CW_CompanyID"),
    requests.GetCustomerList: requests.GetCustomerList(),
    requests.GetCustomerDataList: requests.GetCustomerDataList(
        CustomerListData(
            "1900-01-01T00:00:00", (CustomerListDetail(EaCode.by_id(7)), CustomerListDetail(EaCode.of("C")))
        )
    ),
    requests.GetCustomer: requests.GetCustomer(EaCode.by_id(7)),
    requests.GetCustomerByCustomAttribute: requests.GetCustomerByCustomAttribute(EaCode.of("ZCJ_CW_CompanyID"), "19"),
    requests.ExistsCustomer: requests.ExistsCustomer(EaCode.of("C-7")),
    requests.SaveCustomer: requests.SaveCustomer(FULL),
    requests.GetContractList: requests.GetContractList(),
    requests.GetContractListForCustomer: requests.GetContractListForCustomer(EaCode.by_id(7)),
    requests.GetContract: requests.GetContract(EaCode.by_id(8)),
    requests.GetContractList: requests.GetContractList(),
    requests.GetContractListForCustomer: requests.GetContractListForCustomer(EaCode.by_id(7)),
    requests.GetContract: requests.GetContract(EaCode.by_id(7)),
    call_wire.GetEquipment: call_wire.GetEquipment(EaCode.of("E1")),
    call_wire.GetServiceCall: call_wire.GetServiceCall(EaCode.by_id(9)),
    call_wire.AddCall2: call_wire.AddCall2(CALL, DateTimeEx.of("2026-11-02T04:00:00")),
    call_wire.SaveCall: call_wire.SaveCall(CALL),
}


@pytest.fixture(scope="session")
def wsdl() -> Path:
    if not WSDL.is_file():
        pytest.skip("the vendor's WSDL (../shared/contract/eautomate-publicapi.wsdl) is not here")
    return WSDL


@pytest.fixture(scope="session")
def schema(wsdl: Path) -> etree._Element:
    """The `schema` element of the WSDL, as a document of its own."""
    return etree.fromstring(etree.tostring(etree.parse(wsdl).find(f".//{XSD}schema")))


def answer(operation: str, content: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{SOAP}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>'
        f'<{operation}Response xmlns="{NAMESPACE}">{content}</{operation}Response></soap:Body></soap:Envelope>'
    ).encode()


def opened(request: Request[Any], content: str) -> Any:
    outcome = soap.open_answer(request, answer(request.operation, content))
    assert isinstance(outcome, Answer)
    return outcome.result


# Against the WSDL


@pytest.mark.parametrize("kind", [*NAMES, "AuthInfo", *(n for n in vars(wire) if n.startswith(("Cust", "Result")))])
def test_types_have_the_wsdls_fields_in_its_order(schema: etree._Element, kind: str) -> None:
    ours = NAMES.get(kind) or getattr(wire, kind)
    theirs = schema.findall(f"{XSD}complexType[@name='{kind}']//{XSD}element")
    assert [f.name for f in dataclasses.fields(ours)] == [element.get("name") for element in theirs]


@pytest.mark.parametrize("kind", [*call_wire.TYPES, *listed.TYPES, *sales.TYPES], ids=lambda kind: kind.__name__)
def test_rows_and_lists_have_the_wsdls_fields_in_its_order(schema: etree._Element, kind: type[Any]) -> None:
    theirs = schema.findall(f"{XSD}complexType[@name='{kind.__name__}']//{XSD}element")
    assert [f.name for f in dataclasses.fields(kind)] == [element.get("name") for element in theirs]


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.operation)
def test_requests_have_the_wsdls_arguments_in_its_order(schema: etree._Element, kind: Any) -> None:
    theirs = [e.get("name") for e in schema.findall(f"{XSD}element[@name='{kind.operation}']//{XSD}element")]
    ours = [f.name for f in dataclasses.fields(kind)]
    assert (["Auth"] if kind.needs_auth else []) + ours == theirs
    assert set(get_type_hints(kind)) >= set(ours)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.operation)
def test_every_envelope_passes_the_vendors_schema(schema: etree._Element, kind: type[Request[Any]]) -> None:
    strict = etree.XMLSchema(schema)
    request = SAMPLES.get(kind) or kind()  # one that needs no arguments is its own sample
    (body,) = etree.fromstring(soap.envelope(request, AUTH))
    strict.assertValid(body[0])


def test_zeep_reads_a_saved_customer_as_it_was_meant(wsdl: Path) -> None:
    client = zeep.Client(str(wsdl))
    (body,) = etree.fromstring(soap.envelope(SAMPLES[requests.SaveCustomer], AUTH))
    read = client.get_element(f"{{{NAMESPACE}}}saveCustomer").parse(body[0], schema=client.wsdl.types)
    customer = read["customer"]
    assert (read["Auth"]["Password"], customer["CustomerNumber"]["ID"]["Value"]) == ("demo", 7)
    assert customer["CustomerName"]["Value"] == "Müller & <Söhne>"
    assert customer["Address"]["Value"] == "1 Main St\r\nSuite 5"
    assert customer["TaxRate"]["Value"] == Decimal("7.25")
    assert (customer["City"]["Valid"], customer["SalesRep"]["ID"]["Value"]) == (False, 0)
    assert [p["Name"] for p in customer["CustomProperties"]["CustomProperty"]] == [
        "ZCJ_CW_CompanyID",
        "ZCJ_SyncToCW",
        "ZCJ_CW_SiteAddressRecID",
    ]


# There and back


def test_a_customer_read_and_written_is_the_same_to_the_byte() -> None:
    written = xml.element("getCustomerResult", FULL)
    read = opened(requests.GetCustomer(EaCode.by_id(7)), written)
    assert read == FULL
    assert xml.element("getCustomerResult", read) == written


@given(st.text())
def test_any_text_that_xml_can_carry_comes_back(text: str) -> None:
    value = StringEx(xml.printable(text), Valid=True)
    data = CustomerData(CustomerName=StringEx(text, Valid=True), Zip=value)
    read = opened(requests.GetCustomer(EaCode()), xml.element("getCustomerResult", data))
    assert (read.CustomerName, read.Zip) == (value, value)


def test_line_ends_that_the_service_writes_bare_are_kept() -> None:
    content = "<getCustomerResult>\r\n  <Address>\r\n<Value>1 Main St\r\nSuite 5</Value><Valid>true</Valid></Address>"
    read = opened(requests.GetCustomer(EaCode()), f"{content}\r\n</getCustomerResult>")
    assert read.Address.plain == "1 Main St\r\nSuite 5"
    assert "1 Main St&#xD;\nSuite 5" in xml.element("c", read)


def test_reading_passes_over_what_it_does_not_know_and_misses_nothing_that_is_missing() -> None:
    content = (
        "<getCustomerResult><New><Value>x<Value/></Value></New><City><Value>Er<b>x</b>ie</Value><Other>1</Other>"
        '<Valid>true</Valid></City><Fax xsi:nil="true"><Value>1</Value></Fax></getCustomerResult>'
    )
    read = opened(requests.GetCustomer(EaCode()), content)
    assert read == CustomerData(City=StringEx("Erie", Valid=True))


def test_null_rows_are_no_rows() -> None:
    content = (
        '<getCustomerDataListResult><CustomerData xsi:nil="true"/><CustomerData><City><Value>Erie</Value>'
        "<Valid>true</Valid></City></CustomerData></getCustomerDataListResult>"
    )
    read = opened(requests.GetCustomerDataList(CustomerListData()), content)
    assert read == (CustomerData(City=StringEx("Erie", Valid=True)),)


@pytest.mark.parametrize(
    ("content", "result"),
    [("", None), ("<getCustomerDataListResult/>", ()), ('<getCustomerDataListResult xsi:nil="1"/>', None)],
)
def test_no_list_and_an_empty_list_are_told_apart(content: str, result: object) -> None:
    assert opened(requests.GetCustomerDataList(CustomerListData()), content) == result


def test_authorize2_answers_two_elements() -> None:
    body = answer("Authorize2", "<Authorize2Result>0</Authorize2Result><ErrorString>No such user</ErrorString>")
    assert soap.open_answer(requests.Authorize2(), body) == Answer(False, "No such user")


def test_a_value_is_read_only_where_it_is_valid() -> None:
    assert (StringEx("x").plain, IntEx(1).plain, BoolEx(True).plain, DecimalEx(Decimal(1)).plain) == (
        "",
        None,
        False,
        None,
    )
    assert (EaCode(IntEx(1), StringEx("x")).id, EaCode(IntEx(1), StringEx("x")).plain) == ("", "")


# Hostile or broken


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{}]>'.format(
    "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
)


@pytest.mark.parametrize(
    "prolog",
    ["<!DOCTYPE html>", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', BOMB, '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/">'],
    ids=["html", "file", "bomb", "url"],
)  # fmt: skip
def test_a_document_type_is_refused(prolog: str) -> None:
    body = answer("getServerStatus", "<getServerStatusResult>&e;&j;</getServerStatusResult>")
    with pytest.raises(xml.Unreadable, match="document type"):
        soap.open_answer(
            requests.GetServerStatus(), body.replace(b"<soap:Envelope", prolog.encode() + b"<soap:Envelope")
        )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Service Unavailable",
        b"<html><body>Maintenance</body></html>",
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        answer("getServerStatus", "<getServerStatusResult>OK")[:-5],
        answer("getServerStatus", "<getServerStatusResult>&unknown;</getServerStatusResult>"),
        answer("getCurrentTimeStamp", "<getCurrentTimeStampResult>x</getCurrentTimeStampResult>"),
        f'<e:Envelope xmlns:e="{SOAP}"><e:Header/></e:Envelope>'.encode(),
        answer("getServerStatus", "") * 2,
    ],
)
def test_what_is_no_answer_is_unreadable(body: bytes) -> None:
    with pytest.raises(xml.Unreadable):
        soap.open_answer(requests.GetServerStatus(), body)


@pytest.mark.parametrize("place", [1, 30, 100, 200, 400, -1])
def test_a_list_that_breaks_off_is_no_shorter_list(place: int) -> None:
    listed = xml.element("getCustomerListResult", CustomerListData("t", (CustomerListDetail(), CustomerListDetail())))
    with pytest.raises(xml.Unreadable):
        soap.open_answer(requests.GetCustomerList(), answer("getCustomerList", listed)[:place])


@pytest.mark.parametrize(
    "content",
    [
        "<CustomerNumber><ID><Value>secret</Value><Valid>true</Valid></ID></CustomerNumber>",
        "<Active><Value>secret</Value></Active>",
        "<TaxRate><Value>secret</Value></TaxRate>",
    ],
)
def test_a_value_of_another_type_is_refused_without_being_named(content: str) -> None:
    with pytest.raises(xml.Unreadable) as caught:
        opened(requests.GetCustomer(EaCode()), f"<getCustomerResult>{content}</getCustomerResult>")
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_fault_is_read_whatever_its_detail() -> None:
    body = (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault><faultcode>s:Server</faultcode>'
        "<faultstring>Call not found.</faultstring><detail><x y='1'><faultstring>no</faultstring></x></detail>"
        "</s:Fault></s:Body></s:Envelope>"
    )
    assert soap.open_answer(requests.GetServerStatus(), body.encode()) == soap.Fault("Server", "Call not found.")


def test_ten_thousand_rows_are_cheap_in_memory() -> None:
    rows = tuple(
        CustomerListDetail(
            EaCode(IntEx(n, Valid=True), StringEx(f"C{n}", Valid=True)),
            StringEx(f"Customer {n}", Valid=True),
            BoolEx(True, Valid=True),
        )
        for n in range(10_000)
    )
    body = answer("getCustomerList", xml.element("getCustomerListResult", CustomerListData("t", rows)))
    gc.collect()
    tracemalloc.start()
    try:
        read = soap.open_answer(requests.GetCustomerList(), body)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(read, Answer)
    assert read.result == CustomerListData("t", rows)
    # What is kept is the rows themselves; no tree stood beside them while they were read.
    assert peak < kept * 1.5
    assert kept < 12_000_000


def test_equal_values_of_one_answer_are_kept_once() -> None:
    data = xml.element("CustomerData", CustomerData(City=StringEx("Erie", Valid=True), Active=BoolEx(True, Valid=True)))
    first, second = opened(
        requests.GetCustomerDataList(CustomerListData()),
        f"<getCustomerDataListResult>{data}{data}</getCustomerDataListResult>",
    )
    assert first.City is second.City
    assert first.Fax is second.Zip
