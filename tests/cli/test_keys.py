"""`tidegate keys`: made, listed, re-sealed and retired, as an operator does it."""

import subprocess
from pathlib import Path

from support.command import environment, run
from support.people import put, upsert
from support.server import serving
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1.policies_pb2 import Suppression
from tidegate.api.delivery.v1.policy_service_pb2 import CreateSuppressionRequest
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceStub
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub


def keys(folder: Path, *arguments: str, database_url: str = "") -> "subprocess.CompletedProcess[str]":
    given = {"TIDEGATE_DATA_DIR": str(folder / "data")}
    if database_url.startswith("postgresql"):
        given["TIDEGATE_DATABASE_URL"] = database_url
    return run("keys", *arguments, env=environment(**given), timeout=60)


def test_a_key_is_made_takes_over_and_an_old_one_is_retired(tmp_path: Path, database_url: str) -> None:
    def keep(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return keys(tmp_path, *arguments, database_url=database_url)

    first = keep("rotate").stdout.strip()
    with serving(tmp_path, "identity", "delivery", database_url=database_url) as suite:
        put(suite.stub("identity", IdentityServiceStub), upsert("member_id m1", attributes={"city": "Wuhan"}))
        dead = Suppression(address=Identifier(namespace="email", value="li@shop.example"))
        policies = suite.stub("delivery", PolicyServiceStub)
        policies.CreateSuppression(CreateSuppressionRequest(suppression=dead))
    listed = keep("list").stdout.splitlines()
    assert listed[0].split()[:4] == [first, "4", "values", "seals;"]
    assert listed[1].split()[:4] == ["original", "0", "values", "derived"]
    second = keep("rotate").stdout.strip()
    early = keep("retire", first)
    assert early.returncode == 2
    assert f"{first} is still needed: identity is not through with re-sealing under {second}" in early.stderr
    resealed = keep("reseal")
    assert (resealed.returncode, resealed.stderr) == (0, "")
    assert resealed.stdout.endswith(f"everything is sealed by {second}\n")
    assert "delivery: suppressions.value: 2 rows looked at, 1 re-sealed, finished\n" in resealed.stdout
    listed = keep("list").stdout.splitlines()
    assert [line.split()[:2] for line in listed[:3]] == [[second, "4"], [first, "0"], ["original", "0"]]
    assert keep("retire", first).returncode == 0
    for wrong, what in ((first, "there is no key"), (second, "is the one that seals")):
        refused = keep("retire", wrong)
        assert refused.returncode == 2
        assert what in refused.stderr


def test_a_key_that_is_needed_and_gone_is_listed_and_stops_the_resealing(tmp_path: Path) -> None:
    lost = keys(tmp_path, "rotate").stdout.strip()
    with serving(tmp_path, "identity") as suite:
        put(suite.stub("identity", IdentityServiceStub), upsert("member_id m1", attributes={"city": "Wuhan"}))
    (tmp_path / "data" / "keys.toml").unlink()
    listed = keys(tmp_path, "list").stdout
    assert f"{lost}              3 values  IS NOT IN THE FILE" in listed
    stopped = keys(tmp_path, "reseal")
    assert stopped.returncode == 2
    assert f"is sealed by key {lost}, which is not in the keys file; put the key back" in stopped.stderr


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = keys(tmp_path, "list")
    assert told.returncode == 2
    assert "run `tidegate migrate identity delivery`" in told.stderr
