"""Files for running the gateway elsewhere: as far as this machine can try them."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import typer

from lockstep.cli import app
from lockstep.live.gateway.settings import GatewaySettings

VARIABLE = re.compile(r"\b(LOCKSTEP_[A-Z_]+|PORT)\b(?==|:)")
COMMAND = re.compile(r"(?:bin/|`)lockstep ([a-z]+(?: [^`\n]+)?)")
SYSTEMD = shutil.which("systemd-analyze")


def known():
    aliases = {str(field.validation_alias) for field in GatewaySettings.model_fields.values()}
    return aliases | {"LOCKSTEP_CACHE_DIR"}


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "lockstep.service"])
def test_variables_that_are_set_are_read(root, name):
    named = set(VARIABLE.findall((root / "deploy" / name).read_text()))
    assert named
    assert named <= known()


def test_commands_that_are_named_and_what_the_image_runs_are_commands_with_these_options(root):
    named = set()
    for name in ("Dockerfile", "compose.yaml", "lockstep.service"):
        text = (root / "deploy" / name).read_text()
        named |= {tuple(found.split()) for found in COMMAND.findall(text)}
        named |= {tuple(json.loads(found)) for found in re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)}
    assert {words[0] for words in named} == {"serve", "monitoring"}
    commands: Any = vars(typer.main.get_command(app))["commands"]
    for words in named:
        options = {option for each in commands[words[0]].params for option in each.opts}
        assert {word for word in words if word.startswith("-")} <= options


@pytest.mark.skipif(SYSTEMD is None, reason="there is no systemd here")
def test_the_unit_is_well_formed_and_gives_away_little(root, tmp_path):
    text = (root / "deploy" / "lockstep.service").read_text()
    unit = tmp_path / "lockstep.service"
    unit.write_text(text.replace("/opt/lockstep/.venv/bin/lockstep serve", "/bin/true"))
    done = subprocess.run([str(SYSTEMD), "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if "lockstep.service" in line]) == (0, [])
    looked = [str(SYSTEMD), "security", "--offline=true", "--threshold=25", unit]  # 2.5 of 10 at most
    assert subprocess.run(looked, capture_output=True, check=False).returncode == 0


def test_the_service_of_compose_is_reached_from_here_alone_and_may_do_little(root):
    text = (root / "deploy" / "compose.yaml").read_text()
    ports = [port for found in re.findall(r"ports: \[(.*)\]", text) for port in found.split(",")]
    assert len(ports) == text.count("ports:") == 2
    assert all(port.strip().startswith('"127.0.0.1:') for port in ports)
    assert "read_only: true" in text
    assert "cap_drop: [ALL]" in text


def test_the_image_runs_as_nobody_in_particular_and_is_looked_after(root):
    lines = (root / "deploy" / "Dockerfile").read_text().splitlines()
    last_stage = lines[max(k for k, line in enumerate(lines) if line.startswith("FROM")) :]
    assert "USER lockstep" in last_stage
    assert any(line.startswith("HEALTHCHECK") for line in last_stage)
    assert last_stage.index("USER lockstep") < last_stage.index('CMD ["serve"]')
