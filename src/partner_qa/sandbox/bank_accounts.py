"""Where money is drawn from and goes to: bank accounts of a company, its employees and its contractors.

No operation of app integrations writes one; those of contractors are seen in payment_details, the others in
events alone. `Admin.bank_desk` is one. [D] the events and their `references`:
https://docs.gusto.com/app-integrations/docs/bank-account-events. What is not there is our own mistake:
`Impossible`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Literal

from partner_qa.errors import Impossible
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.contractors import change_contractor
from partner_qa.sandbox.contractors import tell as tell_of_contractor
from partner_qa.sandbox.dice import Dice
from partner_qa.sandbox.employees import change_employee
from partner_qa.sandbox.employees import tell as tell_of_employee
from partner_qa.sandbox.world import World

_DIRECT, _CHECK = "Direct Deposit", "Check"
_FIRST_SHARE = 250  # dollars into each account but the last [I]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    """Who has accounts. `record` is their own, and `None` for the company."""

    company: Company
    kind: Literal["company", "employee", "contractor"]
    uuid: str
    record: Record | None


class BankDesk:
    """The verbs for bank accounts. An owner is the UUID of the company, of an employee or of a contractor."""

    def __init__(self, world: World) -> None:
        self._world = world

    def list(self, company: str, owner: str) -> tuple[str, ...]:
        """Return the UUIDs of an owner's accounts, in the order in which they came."""
        with self._world.lock:
            return tuple(_list_accounts(self._find(company, owner)))

    def add(self, company: str, owner: str) -> str:
        """Give an owner another account and return its UUID; tells `….bank_account.created`.

        Who was paid by check is paid by direct deposit from now on, which is told too.
        """
        with self._world.lock:
            found = self._find(company, owner)
            account = str(uuid.uuid4())
            _set_accounts(found, [*_list_accounts(found), account])
            self._tell(found, account, "created")
            self._pay(found, _DIRECT)
            return account

    def change(self, company: str, owner: str, account: str) -> None:
        """Change an account; tells `….bank_account.updated`."""
        with self._world.lock:
            self._tell(self._require(company, owner, account), account, "updated")

    def verify(self, company: str, account: str) -> None:
        """Verify an account of the company itself; tells `company.bank_account.verified`.

        [Dx] of January 2023; the page of app integrations does not have it today, that of Embedded has.
        """
        with self._world.lock:
            self._tell(self._require(company, company, account), account, "verified")

    def remove(self, company: str, owner: str, account: str) -> None:
        """Remove an account; tells `….bank_account.deleted`.

        [I] with somebody's last one their payment method goes (`….payment_method.deleted`), and they are
        paid by check.
        """
        with self._world.lock:
            found = self._require(company, owner, account)
            left = [each for each in _list_accounts(found) if each != account]
            _set_accounts(found, left)
            self._tell(found, account, "deleted")
            if not left and found.record is not None:
                self._tell_of(found, found.record, "payment_method.deleted")
                self._pay(found, _CHECK)

    def _pay(self, owner: _Owner, method: str) -> None:
        """Let somebody be paid by another method.

        [D] `employee.payment_method_type_updated`, and the one of contractors:
        https://docs.gusto.com/embedded-payroll/changelog/added-webhooks-for-updates-to-payment-method-types
        """
        if owner.record is None or owner.record["payment_method"] == method:
            return
        change = change_employee if owner.kind == "employee" else change_contractor
        change(self._world, owner.company, owner.record, {"payment_method": method})
        self._tell_of(owner, owner.record, "payment_method_type_updated")

    def _tell_of(self, owner: _Owner, record: Record, what: str) -> None:
        tell = tell_of_employee if owner.kind == "employee" else tell_of_contractor
        tell(self._world, owner.company, record, what)

    def _tell(self, owner: _Owner, account: str, what: str) -> None:
        self._world.events.append(
            owner.company.uuid,
            f"{owner.kind}.bank_account.{what}",
            "BankAccount",
            account,
            references={f"{owner.kind}_uuid": owner.uuid},
        )

    def _require(self, company: str, owner: str, account: str) -> _Owner:
        found = self._find(company, owner)
        if account not in _list_accounts(found):
            raise Impossible(f"{owner} has no bank account {account}")
        return found

    def _find(self, company: str, owner: str) -> _Owner:
        found = self._world.companies.get(company)
        if found is None:
            raise Impossible(f"the sandbox has no company {company}")
        self._world.touch(company)
        if owner == company:
            return _Owner(company=found, kind="company", uuid=owner, record=None)
        if owner in found.employees:
            return _Owner(company=found, kind="employee", uuid=owner, record=found.employees[owner])
        if owner in found.contractors:
            return _Owner(company=found, kind="contractor", uuid=owner, record=found.contractors[owner])
        raise Impossible(f"{owner} is neither company {company} nor anybody who is paid by it")


def _list_accounts(owner: _Owner) -> list[str]:
    """Return an owner's accounts; who came with the company has one that nobody wrote down."""
    if owner.kind == "contractor":
        return [str(each["bank_account_uuid"]) for each in _splits_of(owner)]
    kept = owner.company.bank_accounts.get(owner.uuid)
    if kept is not None:
        return list(kept)
    has_one = owner.record is None or owner.record["payment_method"] == _DIRECT
    return [Dice("bank account", owner.uuid).uuid()] if has_one else []


def _set_accounts(owner: _Owner, accounts: list[str]) -> None:
    if owner.kind != "contractor":
        owner.company.bank_accounts[owner.uuid] = accounts
        return
    known = {str(each["bank_account_uuid"]): each for each in _splits_of(owner)}
    splits = [known.get(account) or _open(account) for account in accounts]
    for number, split in enumerate(splits, 1):
        alone, last = len(splits) == 1, number == len(splits)
        split |= {"priority": number, "split_amount": 100 if alone else None if last else _FIRST_SHARE}
    owner.company.contractor_accounts[owner.uuid] = splits


def _splits_of(owner: _Owner) -> list[Record]:
    return owner.company.contractor_accounts.get(owner.uuid, [])


def _open(account: str) -> Record:
    """Return a contractor's new account, as payment_details shows it; no bank has its number."""
    dice = Dice("numbers", account)
    return {
        "bank_account_uuid": account,
        "name": "Everyday",
        "account_type": "Checking",
        "hidden_account_number": f"XXXX{dice.roll(10_000):04d}",
        "encrypted_account_number": dice.hexadecimal(64),
        "routing_number": "000000000",
        "priority": 1,
        "split_amount": 100,
    }
