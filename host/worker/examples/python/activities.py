"""What the workflows do besides calling Stytch. Each may run twice, and does the same then."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

from temporalio import activity
from temporalio.exceptions import ApplicationError


@dataclass
class Enriched:
    case_id: str
    decision: str
    # How many users Stytch finds by the domain of the user's e-mail address, this one
    # included; none if it was not asked, or did not count.
    users_of_domain: int | None


@dataclass
class Report:
    file: str
    users: int
    complete: bool
    sampled: int
    deleted: int
    pending: int


@activity.defn
def write_case(case: Enriched) -> None:
    write(f"{case.case_id}.json", asdict(case))


@activity.defn
def write_report(report: Report) -> None:
    write(f"{report.file}.report.json", asdict(report))


@activity.defn
def sample(url: str, size: int) -> list[str]:
    """The IDs of users that are evenly spread over the file."""
    with open(unquote(urlparse(url).path), encoding="utf-8") as file:
        user_ids = [json.loads(line)["user_id"] for line in file]
    size = min(size, len(user_ids))
    return [user_ids[number * len(user_ids) // size] for number in range(size)]


def write(name: str, value: object) -> None:
    """Writes a whole file, or none."""
    if Path(name).name != name:
        raise ApplicationError(f"{name!r} is not the name of a file", non_retryable=True)
    folder = Path(os.environ.get("CASES", "cases"))
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.{os.getpid()}.partial"
    partial.write_text(json.dumps(value))
    partial.replace(folder / name)
