"""The syntax of values, type by type, as ChangeResourceRecordSets judges it."""

from __future__ import annotations

import pytest
from route53_batches import create, delete, refusal, rr, zone_of

from twinstage.world.memory.route53 import Cause, name_fault, value_fault

GOOD: dict[str, list[str]] = {
    "A": ["1.2.3.4", "10.0.0.0", "255.255.255.255"],
    "AAAA": ["::1", "2001:db8::1", "2001:0db8:85a3:0:0:8a2e:0370:7334", "::ffff:192.0.2.1"],
    "CAA": [
        '0 issue "ca.test"',
        '0 issue ";"',
        '128 iodef "mailto:a@b.c"',
        '0 issue "ca.test; account=123456"',
        '128 example-text-tag "1-555-555-1212"',
        "0 issue ca.test",
    ],
    "CNAME": ["a.ex.test", "a.ex.test.", "_x._y.ex.test", "\\052.ex.test", "*.ex.test"],
    "DS": ["123 4 5 1234567890ABCDEF1234567890ABCDEF12345678", "60485 5 1 2BB183AF5F225881 79A53B0A98631FAD1A292118"],
    "HTTPS": ["0 svc.ex.test.", '1 . alpn="h2,h3" ipv4hint=192.0.2.1', "16 foo.ex.test port=53", "1 . no-default-alpn"],
    "MX": ["10 mail.ex.test", "0 .", "65535 mail.ex.test."],
    "NAPTR": ['100 50 "u" "E2U+sip" "!^(\\\\+441632960083)$!sip:\\\\1@example.com!" .', '0 0 "" "" "" a.ex.test'],
    "NS": ["ns1.ex.test."],
    "PTR": ["h.ex.test"],
    "SOA": ["ns-2048.awsdns-64.net hostmaster.awsdns.com 1 1 1 1 60"],
    "SPF": ['"v=spf1 ip4:192.168.0.1/16 -all"'],
    "SRV": ["1 2 80 h.ex.test", "0 0 0 ."],
    "SSHFP": ["2 1 123456789abcdef67890123456789abcdef67890"],
    "SVCB": ["512 svc.ex.test.", "1 svc.ex.test key65333=ex1"],
    "TLSA": ["3 1 1 0123456789abcdef 0123456789ABCDEF"],
    "TXT": ['"a" "b"', '"a""b"', f'"{"x" * 255}"', '"q\\"q"', '""', '"' + "\\351" * 255 + '"', '"a;b"'],
}
BAD: dict[str, list[str]] = {
    "A": ["1.2.3", "1.2.3.256", "::1", "a.b.c.d", "01.2.3.4 ", ""],
    "AAAA": ["1.2.3.4", ":::", "2001:db8", "fe80::1%eth0"],
    "CAA": ['256 issue "x"', '0 bogus "x"', 'issue "x"', "0 issue", '0 is_sue "x"', '0 issue "x'],
    "CNAME": ["a b", "", "a..ex.test", f"{'x' * 64}.ex.test", ".".join(["x" * 63] * 4), "exämple.test"],
    "DS": ["123 4 5", "65536 4 5 12", "123 256 5 12", "123 4 5 xyz", "123 4 5 123", "a 4 5 12"],
    "HTTPS": ["1", "0 svc.ex.test. alpn=h2", "x svc.ex.test", "65536 .", "1 . ALPN=h2", "1 a..b", "1 . alpn="],
    "MX": ["mail.ex.test", "x mail.ex.test", "65536 mail.ex.test", "10 a b", "-1 a.test", "10 a..b"],
    "NAPTR": ['100 50 u "E2U+sip" "x" .', '100 50 "u" "s" "x"', '65536 50 "u" "s" "x" .', '1 x "u" "s" "x" .'],
    "NS": ["a b"],
    "PTR": ["a b"],
    "SOA": ["ns.ex.test host.ex.test 1 1 1 1", "ns.ex.test host.ex.test 1 1 1 1 4294967296"],
    "SPF": ["v=spf1 -all"],
    "SRV": ["1 2 80", "1 2 70000 h.ex.test", "a 2 80 h.ex.test", "1 2 80 h x"],
    "SSHFP": ["2 1", "256 1 12", "2 1 zz"],
    "SVCB": ["", "1"],
    "TLSA": ["3 1 1", "3 1 256 12", "3 1 1 1"],
    "TXT": [
        "plain",
        '"unterminated',
        f'"{"x" * 256}"',
        '"a" b',
        "",
        '"caf\N{LATIN SMALL LETTER E WITH ACUTE}"',
        " ".join([f'"{"x" * 250}"'] * 16),
    ],
}


@pytest.mark.parametrize(("type_", "value"), [(type_, value) for type_, values in GOOD.items() for value in values])
def test_good_values_are_taken(type_: str, value: str) -> None:
    name = "ex.test" if type_ == "SOA" else "v.ex.test"
    assert value_fault(type_, value) is None
    change = create(rr(name, type_, value))
    refused = refusal(zone_of(), change)
    assert refused is None or refused.problems[0].cause is Cause.CREATE_EXISTING


@pytest.mark.parametrize(("type_", "value"), [(type_, value) for type_, values in BAD.items() for value in values])
def test_bad_values_are_refused(type_: str, value: str) -> None:
    refused = refusal(zone_of(), create(rr("v.ex.test", type_, value)))
    assert refused is not None
    assert refused.error == "InvalidChangeBatch"
    assert refused.problems[0].cause is Cause.BAD_VALUE


@pytest.mark.parametrize(
    ("type_", "value", "fault"),
    [
        ("AAAA", "1.2.3.4", "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)"),
        ("TXT", "plain", "InvalidCharacterString (Value should be enclosed in quotation marks)"),
        ("TXT", f'"{"x" * 256}"', "CharacterStringTooLong (Value is too long)"),
        ("TXT", '"é"', "UnsupportedCharacter (Value contains unsupported characters)"),
        ("CNAME", "a..b", "DomainLabelEmpty (Domain label is empty)"),
        ("CNAME", "", "DomainNameEmpty (Domain name is empty)"),
        ("CNAME", "x" * 64, "DomainLabelTooLong (Domain label is too long)"),
        ("CNAME", ".".join(["x" * 63] * 4), "DomainNameTooLong (Domain name is too long)"),
        ("MX", "10", "MXRRDATANotTwoFields (Value is not valid)"),
    ],
)
def test_faults_are_told_in_awss_words(type_: str, value: str, fault: str) -> None:
    told = f"Invalid Resource Record: 'FATAL problem: {fault} encountered with '{value}''"
    assert value_fault(type_, value) == told


def test_a_record_sets_own_name_is_checked_like_a_value() -> None:
    assert name_fault("a.ex.test") is None
    assert name_fault("a b.ex.test") == (
        "FATAL problem: UnsupportedCharacter (Value contains unsupported characters) encountered with 'a b.ex.test'"
    )


def test_values_that_aws_has_accepted_need_no_check() -> None:
    change = create(rr("v.ex.test", "AAAA", "192.0.2.1"))
    assert refusal(zone_of(), change) is not None
    assert refusal(zone_of(), change, check_values=False) is None


def test_a_delete_is_judged_by_what_it_matches_and_not_by_its_values() -> None:
    held = rr("v.ex.test", "AAAA", "192.0.2.1")
    assert refusal(zone_of(held), delete(held)) is None
