"""Checksums of numbers that name a person, a firm, a card or an account."""

from stdnum.pl import nip, pesel, regon
from stdnum.ru import inn, ogrn

DOUBLED = {"0": 0, "1": 2, "2": 4, "3": 6, "4": 8, "5": 1, "6": 3, "7": 5, "8": 7, "9": 9}
# First digits by length. 15: Amex; 14: Diners; 16: Visa, Mastercard, Mir, JCB, UnionPay, Maestro;
# longer: Visa, UnionPay, Maestro. What begins otherwise is an article or a parcel.
LONG_ISSUERS = ("4", "50", "56", "57", "58", "6")
ISSUERS = {
    14: ("30", "36", "38"),
    15: ("34", "37"),
    16: (
        *("4", "50", "51", "52", "53", "54", "55", "56", "57", "58", "60", "62", "63", "64", "65"),
        *("67", "35", "81", "2200", "2201", "2202", "2203", "2204", "2205"),
        *(str(bank) for bank in range(222, 273)),
    ),
    18: LONG_ISSUERS,
    19: LONG_ISSUERS,
}
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28,
    "EE": 20, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18,
    "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "KZ": 20, "LB": 28,
    "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31,
    "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "TR": 26, "UA": 29, "VG": 24, "XK": 20,
}  # fmt: skip


def digits(text: str) -> str:
    """Return the digits 0 to 9 of a text."""
    return "".join(char for char in text if "0" <= char <= "9")


def is_card(number: str) -> bool:
    """Return whether 14 to 19 digits are a payment card: an issuer's start and Luhn's check."""
    if not number.startswith(ISSUERS.get(len(number), ())):
        return False
    total = sum(map(int, number[-1::-2])) + sum(map(DOUBLED.__getitem__, number[-2::-2]))
    return total % 10 == 0


def is_iban(number: str) -> bool:
    """Return whether a compact IBAN has the remainder 1 by 97 (ISO 13616)."""
    turned = number[4:] + number[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def is_snils(number: str) -> bool:
    """Return whether 11 digits are a Russian insurance number."""
    if len(number) != 11:
        return False
    total = sum(int(digit) * (9 - i) for i, digit in enumerate(number[:9])) % 101 % 100
    return total == int(number[9:])


def is_pesel(number: str) -> bool:
    """Return whether 11 digits are a Polish personal number: the birthday and the check."""
    return bool(pesel.is_valid(number))


def is_nip(number: str) -> bool:
    """Return whether 10 digits are a Polish tax number."""
    return bool(nip.is_valid(number)) and len(set(number)) > 1


def is_regon(number: str) -> bool:
    """Return whether 9 or 14 digits are a Polish firm's number."""
    return bool(regon.is_valid(number)) and len(set(number)) > 1


def is_inn(number: str) -> bool:
    """Return whether 10 or 12 digits are a Russian tax number."""
    return bool(inn.is_valid(number)) and len(set(number)) > 1


def is_ogrn(number: str) -> bool:
    """Return whether 13 or 15 digits are a Russian registration number."""
    return bool(ogrn.is_valid(number))
