"""What is generated is fresh, and both copies of it are one."""

import subprocess
import sys
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from runwire.v1 import run_pb2 as server_run
from runwire_client.v1 import run_pb2 as client_run

ROOT = Path(__file__).parents[2]


def test_the_sync_client_is_fresh() -> None:
    command = [sys.executable, ROOT / "tools" / "unasync.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_both_copies_share_their_messages() -> None:
    assert server_run.Run is client_run.Run


def test_the_descriptors_keep_the_comments() -> None:
    data = (ROOT / "server" / "runwire" / "v1" / "descriptor.binpb").read_bytes()
    files = {file.name: file for file in FileDescriptorSet.FromString(data).file}
    locations = files["runwire/v1/run.proto"].source_code_info.location
    assert any("One execution" in location.leading_comments for location in locations)


def test_the_client_imports_nothing_of_the_server() -> None:
    client = ROOT / "clients" / "python"
    script = "import sys, runwire_client; assert 'runwire' not in sys.modules"
    subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(client)}, timeout=60, check=True
    )
