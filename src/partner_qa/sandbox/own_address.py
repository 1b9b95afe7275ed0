"""Where the sandbox is, as the client sees it: for URLs that an answer hands out."""

from __future__ import annotations

import re

from partner_qa.model import find_header
from partner_qa.sandbox.call import Call

_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]{1,255}", re.ASCII)


def find_base(call: Call) -> str:
    """Return the address at which a call came in (the `Host` of RFC 9110 section 7.2), without a slash.

    Without a usable one it is that of Gusto's own pages, where nobody listens for us.
    """
    host = find_header(call.headers, "host") or ""
    return f"http://{host}" if _HOST.fullmatch(host) else "https://app.gusto.com"
