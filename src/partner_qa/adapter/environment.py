"""The environment in which the integration's processes and commands run.

Nothing is inherited but what any program needs to start: what stands in the shell of whoever runs the
harness (credentials of other things, proxies, a production URL) must be named in `run.pass_env` to get in.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from partner_qa.profile.disclosure import is_named_like_secret
from partner_qa.profile.placeholders import fill, find_placeholders
from partner_qa.profile.profile import Launch
from partner_qa.redaction.redactor import SURELY_SECRET

_INHERITED = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP",
    "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
)  # fmt: skip
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
_DIRECT = "localhost,127.0.0.1"  # without ::1, on which older HTTP clients stumble
_PUBLIC = frozenset({"api_base", "client_id", "python"})


def build_environment(
    run: Launch | None, *, own: Mapping[str, str], values: Mapping[str, str], proxy: str
) -> dict[str, str]:
    """Return the variables of a process: what is inherited of `own`, the proxy, `env` filled, `pass_env`.

    `values` fill the placeholders. A variable of `pass_env` that is not set is left out.
    """
    found = {name: value for name, value in own.items() if name in _INHERITED or name.startswith("LC_")}
    found |= dict.fromkeys(_PROXIES, proxy) | {"NO_PROXY": _DIRECT, "no_proxy": _DIRECT}
    found["NODE_USE_ENV_PROXY"] = "1"  # without it Node.js's fetch passes by any proxy
    if run is not None:
        found |= {name: fill(text, values) for name, text in run.env.items()}
        found |= {name: own[name] for name in run.pass_env if name in own}
    return found


def find_secrets(run: Launch | None, *, own: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Return what must not be read in logs and errors, by name.

    That is: the run's own secrets, the variables of `env` that are named like one, and `pass_env`, with
    the password of an address (`DATABASE_URL`) by itself as well.
    """
    return _find_passed(run, own) | _find_named(run, own, values)


def find_sure_secrets(
    run: Launch | None, *, own: Mapping[str, str], values: Mapping[str, str]
) -> frozenset[str]:
    """Return what must not be read in recordings either, wherever it stands.

    A recording is judged, so this takes only what cannot be an ordinary word, an address or a path.
    """
    found = _find_named(run, own, values).values()
    return frozenset(each for each in found if len(each) >= SURELY_SECRET and not _is_place(each))


def _find_named(run: Launch | None, own: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Return what is a secret by its name, and the passwords in addresses."""
    found = {name: value for name, value in values.items() if name not in _PUBLIC}
    written = {} if run is None else {k: v for k, v in run.env.items() if not find_placeholders(v)}
    given = written | _find_passed(run, own)
    found |= {name: value for name, value in given.items() if is_named_like_secret(name)}
    passwords = {f"password in {name}": _find_password(value) for name, value in given.items()}
    return found | {name: value for name, value in passwords.items() if value}


def _find_passed(run: Launch | None, own: Mapping[str, str]) -> dict[str, str]:
    return {name: own[name] for name in (run.pass_env if run is not None else ()) if name in own}


def _is_place(value: str) -> bool:
    return "://" in value or value.startswith(("/", "./", "~/"))


def _find_password(value: str) -> str | None:
    try:
        return urlsplit(value).password
    except ValueError:
        return None
