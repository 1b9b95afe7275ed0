"""Lets `pytest conformance` judge the committed recordings of the example integration, offline.

`--run FOLDER` names another run, `--attestations` and `--waivers` what people decided about it.
"""

pytest_plugins = ["partner_qa.plugin"]
