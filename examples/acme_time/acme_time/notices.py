"""What a customer must be told: one current notice for each subject, shown on the account page."""

from __future__ import annotations

from acme_time.database import Database


def post_notice(database: Database, account: str, about: str, message: str) -> None:
    """Show a notice to the customer, in place of an older one about the same."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO notices VALUES (?, ?, ?)"
            " ON CONFLICT (account, about) DO UPDATE SET message = excluded.message",
            (account, about, message),
        )


def clear_notices(database: Database, account: str, *about: str) -> None:
    """Take away the notices about these subjects: what they said is over."""
    with database.transaction() as db:
        db.executemany(
            "DELETE FROM notices WHERE account = ? AND about = ?", [(account, each) for each in about]
        )


def list_notices(database: Database, account: str) -> list[dict[str, str]]:
    """Return the account's notices as `about` and `message`."""
    with database.reading() as db:
        rows = db.execute(
            "SELECT about, message FROM notices WHERE account = ? ORDER BY about", (account,)
        ).fetchall()
    return [dict(row) for row in rows]
