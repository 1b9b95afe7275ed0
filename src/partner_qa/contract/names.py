"""The operations that scenarios, suites and checks speak of, by the operationId of Gusto's contract.

Only names stand here; what an operation is like stands in the contract (catalogue.py). The sandbox, which
plays all of them, names its own where it plays them.
"""

LIST_EMPLOYEES = "get-v1-companies-company_id-employees"
SHOW_EMPLOYEE = "get-v1-employees"
CREATE_EMPLOYEE = "post-v1-employees"
DELETE_EMPLOYEE = "delete-v1-employee"
LIST_EVENTS = "get-events"
TOKEN_ENDPOINT = "oauth-access-token"  # noqa: S105 - an operationId
