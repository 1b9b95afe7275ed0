"""Makes the page that Allure 3 wrote safe to send: no analytics, no request to anywhere, no foreign script.

Allure embeds a Google Analytics tag that it has no switch for, and loads its program from a `data:` URL.
Both are changed here, so that a Content Security Policy can name each script by its hash
(https://www.w3.org/TR/CSP3/#match-element-to-source-list): a script that some recorded text smuggled in
would not run, and nothing can call out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html as entities
import re

from partner_qa.errors import ReportError

_TAG = re.compile(
    r"\s*<script async src=\"https://www\.googletagmanager\.com/gtag/js[^\"]*\"></script>"
    r"\s*<script>\s*window\.dataLayer.*?</script>",
    re.DOTALL,
)
_DATA_SCRIPT = re.compile(r"<script\s+src=\"data:text/javascript;base64,([A-Za-z0-9+/=]+)\"></script>")
_INLINE_SCRIPT = re.compile(r"<script(?: async| defer)?>(.*?)</script>", re.DOTALL)
_ANY_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
_CHARSET = '<meta charset="utf-8">'
_ANALYTICS = ("googletagmanager", "google-analytics", "gtag(")


def harden(page: str) -> str:
    """Return the page without analytics and with a policy that allows its own scripts only.

    Raises `ReportError` where the page is not of the form we know: what cannot be made safe is not used.
    """
    page = _DATA_SCRIPT.sub(_inlined, _TAG.sub("", page))
    remains = [word for word in _ANALYTICS if word in page]
    if remains:
        raise ReportError(f"the Allure page still holds {remains[0]}")
    scripts = find_scripts(page)
    if not scripts or _CHARSET not in page:
        raise ReportError("the Allure page has another form than the one this version knows")
    outside = _INLINE_SCRIPT.sub("", page)
    if _ANY_SCRIPT.search(outside):
        raise ReportError("the Allure page holds a script that is not its own")
    policy = entities.escape(write_policy(scripts))
    meta = (
        f'{_CHARSET}\n    <meta http-equiv="Content-Security-Policy" content="{policy}">'
        '\n    <meta name="referrer" content="no-referrer">'
    )
    return page.replace(_CHARSET, meta, 1)


def find_scripts(page: str) -> list[str]:
    """Return the scripts of a page that is safe, in order."""
    return [match.group(1) for match in _INLINE_SCRIPT.finditer(page)]


def write_policy(scripts: list[str]) -> str:
    """Return a policy that allows these inline scripts, styles, and data that the page itself carries.

    What is allowed, and why: scripts by hash; styles inline, since the program sets them as attributes; data
    in `data:` URLs, since the results and the fonts lie in the page and the program fetches them from there.
    No host, no eval, no form; the program sets its `base` to its own address, so no other is allowed.
    """
    hashes = " ".join(f"'sha256-{_hash(each)}'" for each in dict.fromkeys(scripts))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {hashes}",
            "style-src 'unsafe-inline'",
            "img-src data:",
            "font-src data:",
            "connect-src data:",
            "base-uri 'self'",
            "form-action 'none'",
        )
    )


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(_as_parsed(script).encode()).digest()).decode()


def _as_parsed(script: str) -> str:
    """Return a script as a browser hashes it: HTML parsing makes every line ending a line feed."""
    return script.replace("\r\n", "\n").replace("\r", "\n")


def _inlined(match: re.Match[str]) -> str:
    try:
        script = base64.b64decode(match.group(1), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ReportError("the Allure page's own program cannot be read") from error
    if re.search(r"</?script", script, re.IGNORECASE):
        raise ReportError("the Allure page's own program cannot stand in the page")
    return f"<script>{script}</script>"
