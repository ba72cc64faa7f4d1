"""Real data with known answers. It lies beside the project, not in it; where it is absent, tests skip."""

import json
from pathlib import Path
from typing import Any

import pytest
from tidegate.channels import Scope

SCOPES = {
    "msg": Scope.MESSAGE,
    "rcpt": Scope.RECIPIENT,
    "tmpl": Scope.TEMPLATE,
    "acct": Scope.ACCOUNT,
    "call": Scope.CALL,
}
"""As `provider_outcomes.json` writes them."""

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data"


def shared_data(name: str) -> Path:
    """The file ``name`` of the shared data, such as `cdnow/CDNOW_master.txt`."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not here; it is looked for beside the project, in ../shared/data")
    return path


def known_answers(of: str) -> Any:
    """The known answers about one of the data sets, such as `cdnow`."""
    return json.loads(shared_data("answers.json").read_text())[of]
