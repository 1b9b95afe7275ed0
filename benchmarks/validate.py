"""How long it takes to judge a list of 100 employees by the contract.

    python benchmarks/validate.py [--json FILE] [--rounds N]

Compares the way it is done (the fast twin looks first) with jsonschema alone, within one run, so that the
ratio means something on any machine. Aim: a median under 2 ms.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.contract.schema import HAS_PREFILTER, Validator

OPERATION = "get-v1-companies-company_id-employees"
PEOPLE = 100
AIM_MS = 2.0


def uuid_of(number: int) -> str:
    """Return a UUID that is the same in every run."""
    return f"00000000-0000-4000-8000-{number:012d}"


def describe_employee(number: int) -> dict[str, Any]:
    """Return an employee with a job and two compensations, as the list operation answers it."""
    employee, job = uuid_of(number), uuid_of(number + 1_000)
    compensations = [
        {
            "uuid": uuid_of(number + 2_000 + step),
            "version": f"{number:032x}",
            "job_uuid": job,
            "employee_uuid": employee,
            "rate": f"{20 + step}.00",
            "payment_unit": "Hour",
            "flsa_status": "Nonexempt",
            "effective_date": f"202{5 + step}-01-01",
            "adjust_for_minimum_wage": False,
        }
        for step in range(2)
    ]
    return {
        "uuid": employee,
        "version": f"{number:032x}",
        "first_name": "Zoë",
        "middle_initial": None,
        "last_name": f"Nummer {number}",
        "email": f"zoe.{number}@example.com",
        "company_uuid": uuid_of(9_999),
        "manager_uuid": None,
        "date_of_birth": "1990-02-28",
        "terminated": False,
        "onboarded": True,
        "onboarding_status": "onboarding_completed",
        "phone": None,
        "jobs": [
            {
                "uuid": job,
                "version": f"{number:032x}",
                "employee_uuid": employee,
                "current_compensation_uuid": compensations[-1]["uuid"],
                "payment_unit": "Hour",
                "primary": True,
                "title": "Baker",
                "compensations": compensations,
                "rate": "21.00",
                "hire_date": "2025-01-01",
            }
        ],
        "terminations": [],
        "garnishments": [],
    }


def measure(action: Callable[[], object], rounds: int) -> list[float]:
    """Return the milliseconds of each round, after one that nobody counts."""
    action()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        times.append((time.perf_counter() - began) * 1_000)
    return times


def run(contract: Contract, rounds: int) -> dict[str, Any]:
    """Return the figures of one run."""
    operation = contract.require_operation(OPERATION)
    schema = operation.responses[200]
    people = [describe_employee(number) for number in range(PEOPLE)]
    body = json.dumps(people).encode()
    headers = (("Content-Type", "application/json"),)
    definitions = {name: contract.find_schema(name) for name in contract.schema_names}
    slow = Validator(schema or {}, definitions=definitions, prefilter=False)
    fast = Validator(schema or {}, definitions=definitions)
    if slow.find_violations(people) or fast.find_violations(people):
        raise SystemExit("the benchmark's own list does not fit the contract")
    spoiled = [*people[:-1], {**people[-1], "first_name": 1}]
    rows = {
        "with the fast twin": measure(lambda: fast.find_violations(people), rounds),
        "jsonschema alone": measure(lambda: slow.find_violations(people), max(3, rounds // 20)),
        "whole response, body included": measure(
            lambda: contract.check_response(operation, status=200, headers=headers, body=body), rounds
        ),
        "with one violation": measure(lambda: fast.find_violations(spoiled), max(3, rounds // 20)),
    }
    figures = {
        name: {"median_ms": statistics.median(times), "worst_ms": max(times)} for name, times in rows.items()
    }
    ratio = figures["jsonschema alone"]["median_ms"] / figures["with the fast twin"]["median_ms"]
    return {
        "what": f"{PEOPLE} employees, {len(body):,} bytes",
        "prefilter": HAS_PREFILTER,
        "aim_ms": AIM_MS,
        "met": figures["whole response, body included"]["median_ms"] < AIM_MS,
        "ratio": ratio,
        "rows": figures,
    }


def main() -> None:
    """Print a table, and write the figures where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    parser.add_argument("--rounds", type=int, default=200)
    given = parser.parse_args()
    figures = run(load_contract(), given.rounds)
    print(f"{figures['what']}{'' if HAS_PREFILTER else ' (jsonschema-rs is not installed)'}")
    for name, row in figures["rows"].items():
        print(f"  {name:<30} median {row['median_ms']:8.3f} ms   worst {row['worst_ms']:8.3f} ms")
    print(f"  jsonschema alone takes {figures['ratio']:.0f} times as long as with the fast twin")
    print(f"  aim: a whole response under {AIM_MS} ms: {'met' if figures['met'] else 'missed'}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
