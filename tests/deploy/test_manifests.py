"""What is in deploy/ is well formed, and says what the program says."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from tests.conftest import ROOT

from runwire.config import Settings

KUBERNETES = ROOT / "deploy" / "kubernetes"
OLDEST_KUBERNETES = "1.30"


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    listed = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())["resources"]
    for name in listed:
        for document in yaml.safe_load_all((KUBERNETES / name).read_text()):
            yield f"{name}:{document['kind']}:{document['metadata']['name']}", document


def containers() -> list[dict[str, Any]]:
    pods = [
        each["spec"]["template"]["spec"] for _, each in documents() if each["kind"] == "Deployment"
    ]
    return [
        one for pod in pods for key in ("initContainers", "containers") for one in pod.get(key, [])
    ]


@pytest.mark.parametrize(("name", "document"), list(documents()), ids=lambda each: str(each)[:60])
def test_a_manifest_is_what_kubernetes_takes(name: str, document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, OLDEST_KUBERNETES, strict=True)


def test_no_container_may_more_than_it_needs() -> None:
    assert len(containers()) == 3
    for container in containers():
        locked = container["securityContext"]
        assert locked["readOnlyRootFilesystem"] is True
        assert locked["allowPrivilegeEscalation"] is False
        assert locked["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert {"name": "tmp", "mountPath": "/tmp"} in container["volumeMounts"]  # noqa: S108


def test_pods_have_longer_than_runs_are_given_to_end() -> None:
    lines = (KUBERNETES / "settings.env").read_text().splitlines()
    drain_seconds = float(dict(line.split("=", 1) for line in lines)["RUNWIRE_DRAIN_SECONDS"])
    for _, document in documents():
        if document["kind"] == "Deployment":
            grace = document["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
            assert grace >= drain_seconds + 5 + 10


def selector(document: dict[str, Any]) -> dict[str, str] | None:
    spec = document.get("spec", {})
    match document["kind"]:
        case "Service":
            found = spec["selector"]
        case "PodDisruptionBudget":
            found = spec["selector"]["matchLabels"]
        case "NetworkPolicy":
            found = spec["podSelector"]["matchLabels"]
        case _:
            found = None
    return found  # type: ignore[no-any-return]


def test_selectors_find_their_pods() -> None:
    deployments = [each for _, each in documents() if each["kind"] == "Deployment"]
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in deployments]
    for name, document in documents():
        wanted = selector(document)
        if wanted is not None:
            assert any(wanted.items() <= each.items() for each in labels), name


def test_every_setting_that_is_named_exists() -> None:
    places = [
        *(path for path in (ROOT / "deploy").rglob("*") if path.is_file()),
        *(ROOT / name for name in ("Dockerfile", "compose.yaml")),
    ]
    # Not settings: compose's own variable.
    known = {f"RUNWIRE_{name.upper()}" for name in Settings.model_fields} | {
        "RUNWIRE_POSTGRES_PASSWORD"
    }
    for path in places:
        named = set(re.findall(r"\bRUNWIRE_[A-Z_]+\b", path.read_text()))
        assert named <= known, path


def test_every_metric_that_is_named_exists() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    listed = set(re.findall(r"`(runwire_[a-z_]+)`", page))
    assert listed
    for path in (ROOT / "deploy").rglob("*"):
        if path.suffix in (".yaml", ".json") and path.is_file():
            named = set(re.findall(r"\brunwire_[a-z_]+\b", path.read_text()))
            bare = {re.sub(r"_(bucket|count|sum)$", "", name) for name in named}
            assert bare <= listed | {"runwire_server", "runwire_worker"}, path


def test_compose_knows_its_services_and_waits_for_them() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = compose["services"]
    assert set(services) == {"postgres", "migrate", "server", "worker"}
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (ROOT / source).exists()
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_the_image_is_built_from_what_the_build_is_given() -> None:
    given = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    assert all((ROOT / name).exists() for name in given)
    text = (ROOT / "Dockerfile").read_text()
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
        for name in line.split()
    }
    # Of the tools, those that the build of a wheel needs.
    assert {name for name in given if not name.startswith("tools/")} | {"tools"} == copied
    assert {"tools/hatch_build.py", "tools/dashboard.py"} <= given
    assert "USER 10001:10001" in text
    assert text.rstrip().endswith('CMD ["serve"]')


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    unit = (ROOT / "deploy" / "systemd" / "runwire.service").read_text()
    assert "KillSignal=SIGTERM" in unit
    if analyze is None:
        pytest.skip("there is no systemd here to ask")
    program = tmp_path / "runwire"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copy = tmp_path / "runwire.service"
    copy.write_text(unit.replace("/opt/runwire/bin/runwire", str(program)))
    ended = subprocess.run([analyze, "verify", copy], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_versions_agree() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    kustomization = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
    assert kustomization["images"][0]["newTag"] == version
