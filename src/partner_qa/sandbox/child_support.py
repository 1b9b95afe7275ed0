"""Where child support is paid to: one agency for each state (`get-v1-garnishments-child_support`).

The states' numbers are public (ANSI INCITS 38). [I] every agency takes payments for the whole state under
the state's number and five zeros; which attributes each asks for is our choice, so that there are several.
"""

from __future__ import annotations

from types import MappingProxyType

from partner_qa.sandbox.company import Record

_NUMBERS = """
AL01 AK02 AZ04 AR05 CA06 CO08 CT09 DE10 DC11 FL12 GA13 HI15 ID16 IL17 IN18 IA19 KS20 KY21 LA22 ME23 MD24 MA25
MI26 MN27 MS28 MO29 MT30 NE31 NV32 NH33 NJ34 NM35 NY36 NC37 ND38 OH39 OK40 OR41 PA42 RI44 SC45 SD46 TN47 TX48
UT49 VT50 VA51 WA53 WV54 WI55 WY56
"""
STATES = MappingProxyType({each[:2]: f"{each[2:]}00000" for each in _NUMBERS.split()})
_LABELS = MappingProxyType(
    {"case_number": "Case Number", "order_number": "Order Number", "remittance_number": "Remittance ID"}
)
_BY_HAND = frozenset({"SC"})


def list_required(state: str) -> tuple[str, ...]:
    """Return what the agency of a state must be told with each payment; `state` is one of `STATES`."""
    match list(STATES).index(state) % 3:
        case 0:
            return ("case_number",)
        case 1:
            return ("case_number", "order_number")
        case _:
            return ("case_number", "remittance_number")


def list_agencies() -> list[Record]:
    """Return every agency (schema `Child-Support-Data`), in the order of the states' numbers."""
    return [
        {
            "state": state,
            "name": f"{state} State Disbursement Unit",
            "manual_payment_required": state in _BY_HAND,
            "fips_codes": [{"code": code, "county": None}],
            "required_attributes": [{"key": key, "label": _LABELS[key]} for key in list_required(state)],
        }
        for state, code in STATES.items()
    ]
