"""What the workflows do besides calling Stytch. Each may run twice, and does the same then."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlparse

from temporalio import activity


@dataclass
class Enriched:
    case_id: str
    decision: str
    related_users: int


@dataclass
class Report:
    file: str
    users: int
    complete: bool
    sampled: int
    deleted: int
    pending: int


def write(name: str, value: object) -> None:
    """Writes a whole file, or none."""
    folder = Path(os.environ.get("CASES", "cases"))
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.{os.getpid()}.partial"
    partial.write_text(json.dumps(value))
    partial.replace(folder / name)


@activity.defn
def write_case(case: Enriched) -> None:
    write(f"{case.case_id}.json", asdict(case))


@activity.defn
def write_report(report: Report) -> None:
    write(f"{report.file}.report.json", asdict(report))


@activity.defn
def sample(url: str, size: int) -> list[str]:
    """The IDs of users that are evenly spread over the file."""
    with open(urlparse(url).path, encoding="utf-8") as file:
        user_ids = [json.loads(line)["user_id"] for line in file]
    step = max(1, len(user_ids) // size)
    return user_ids[::step][:size]
