"""What is done to the page that Allure wrote, on a small page of the same form."""

from __future__ import annotations

import base64
import hashlib
import html
import re

import pytest

from partner_qa.errors import ReportError
from partner_qa.report.page import harden, write_policy

PROGRAM = "console.log('<p>');"
TAG = """
    <script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
    <script>
      window.dataLayer = window.dataLayer || [];
      function gtag() {}
      gtag('js', 1);
    </script>"""
SOURCE = base64.b64encode(PROGRAM.encode()).decode()
PAGE = f"""<html><head>
    <meta charset="utf-8">{TAG}
</head><body>
    <script>window.data = 1;\r\n</script>
    <script src="data:text/javascript;base64,{SOURCE}"></script>
</body></html>"""


def policy_of(page: str) -> dict[str, str]:
    (policy,) = re.findall('Content-Security-Policy" content="([^"]*)"', page)
    parts = (each.partition(" ") for each in html.unescape(policy).split("; "))
    return {name: value for name, _, value in parts}


def digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def test_analytics_are_gone_and_the_program_stands_in_the_page() -> None:
    page = harden(PAGE)
    assert "google" not in page
    assert "gtag" not in page
    assert f"<script>{PROGRAM}</script>" in page


def test_scripts_are_allowed_by_hash_as_a_browser_counts_it() -> None:
    assert (
        policy_of(harden(PAGE))["script-src"] == f"{digest('window.data = 1;' + chr(10))} {digest(PROGRAM)}"
    )


def test_the_policy_names_no_host_and_no_eval() -> None:
    policy = policy_of(harden(PAGE))
    del policy["script-src"]
    assert policy == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "font-src": "data:",
        "connect-src": "data:",
        "base-uri": "'self'",
        "form-action": "'none'",
    }
    assert "unsafe-eval" not in write_policy(["x"])


def test_the_policy_stands_before_anything_that_it_rules() -> None:
    page = harden(PAGE)
    assert page.index("Content-Security-Policy") < page.index("<script")
    assert '<meta name="referrer" content="no-referrer">' in page


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("<body>", "<body><img src='https://www.google-analytics.com/x'>"), "google-analytics"),
        (("<body>", "<body><script src='https://evil.example/x.js'></script>"), "not its own"),
        (("<body>", "<body><SCRIPT type=module>x</SCRIPT>"), "not its own"),
        (('<meta charset="utf-8">', ""), "another form"),
        ((SOURCE, "AAA"), "cannot be read"),
        ((SOURCE, base64.b64encode(b"\xff").decode()), "cannot be read"),
        ((SOURCE, base64.b64encode(b"x = '</script>'").decode()), "cannot stand in the page"),
    ],
)
def test_a_page_of_another_form_is_not_used(change: tuple[str, str], reason: str) -> None:
    with pytest.raises(ReportError, match=reason):
        harden(PAGE.replace(*change))


def test_a_page_without_a_script_is_not_used() -> None:
    with pytest.raises(ReportError, match="another form"):
        harden('<html><head><meta charset="utf-8"></head></html>')
