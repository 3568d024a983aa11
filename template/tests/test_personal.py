import pytest

from acme_project.personal import called, in_column, mentioned
from acme_project.table import read_text

from conftest import ROOT


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ask jane.doe+x@mail.example.com, please", "e-mail addresses"),
        ("call +1 212-555-0123 at noon", "phone numbers"),
        ("from DE89 3704 0044 0532 0130 00", "IBANs"),
        ("paid with 4111 1111 1111 1111", "payment cards"),
        ("SSN 536-90-4399", "national ids"),
    ],
)
def test_one_mention_is_enough(text: str, kind: str) -> None:
    assert list(mentioned(text)) == [kind]
    assert in_column([text, *map(str, range(1000))], "US") == {kind: 1}


@pytest.mark.parametrize(
    "text",
    [
        "160.0",
        "2026-11-22 10:30:00",
        "+0.17, from -0.27 to +0.61",
        "4111 1111 1111 1112",
        "DE89 3704 0044 0532 0130 01",
        "c0ffee12" * 8,
        "@data-science",
        "pandas 3.0.1",
    ],
)
def test_what_only_looks_alike_is_nobodys(text: str) -> None:
    assert not mentioned(text)
    assert not in_column([text] * 5, "US")


@pytest.mark.parametrize(
    ("cells", "country", "kind"),
    [
        (["2125550123", "3125550134", "(415) 555-0188"], "US", "phone numbers"),
        (["030 901820", "089/1234567", "0170 1234567"], "DE", "phone numbers"),
        (["4111111111111111.0", "5500000000000004.0", "4012888888881881.0"], "US", "payment cards"),
        (["86095742719", "36574261809", "65929970489"], "DE", "national ids"),
        (["10.1.2.3", "192.168.1.7", "2001:db8::1"], "US", "IP addresses"),
    ],
)
def test_a_column_of_digits_is_known_by_its_checks(
    cells: list[str], country: str, kind: str
) -> None:
    assert list(in_column(cells, country)) == [kind]
    diluted = [*cells, *(f"{number}0000" for number in range(len(cells) + 1))]
    assert not in_column(diluted, country)


def test_numbers_without_a_checksum_are_not_ids() -> None:
    """Any nine digits may be a social security number, and time stamps are German mobiles."""
    assert not in_column([f"{number}" for number in range(536904399, 536904499)], "US")
    assert not in_column(["1700000000", "1710000001", "1720000002"], "DE")


@pytest.mark.parametrize("country", ["US", "DE", "FR", "GB", "IN", "NL", "BR"])
def test_the_sample_holds_nothing_personal_that_a_check_finds(country: str) -> None:
    table = read_text(ROOT / "data/sample/rand-hie.csv.gz").iloc[::5]
    assert not {name: kinds for name in table if (kinds := in_column(table[name], country))}


def test_what_has_no_checksum_is_known_by_its_name() -> None:
    assert all(map(called, ["last_name", "customer_email", "birth_date", "Phone", "street"]))
    assert not any(map(called, ["plan_name", "blackmailed", "household_size", "address_changes"]))
