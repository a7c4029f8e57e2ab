"""python -m unittest"""

import unittest
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from workflows import EnrichCase, NightlyAudit, decide

HISTORIES = Path(__file__).parent / "histories"


def replayer() -> Replayer:
    return Replayer(workflows=[EnrichCase, NightlyAudit])


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


class Replays(unittest.IsolatedAsyncioTestCase):
    """Workflows that run now must go on with the code of today. A change that fails here
    needs workflow.patched: https://docs.temporal.io/develop/python/versioning"""

    async def test_histories_of_every_branch(self) -> None:
        paths = sorted(HISTORIES.glob("*.json"))
        self.assertEqual(
            [path.stem for path in paths],
            ["audit", "deleted", "locked", "ok", "unknown", "unverified"],
        )
        for path in paths:
            with self.subTest(path.stem):
                await replayer().replay_workflow(history(path))

    async def test_another_order_of_steps_is_noticed(self) -> None:
        text = (HISTORIES / "ok.json").read_text()
        self.assertIn("stytch.search_users", text)
        other = WorkflowHistory.from_json("ok", text.replace("stytch.search_users", "write_case"))
        with self.assertRaises(NondeterminismError):
            await replayer().replay_workflow(other)


class Decisions(unittest.TestCase):
    def test_each(self) -> None:
        verified = {"email": "ada@example.com", "verified": True}
        unverified = {"email": "ada@example.net", "verified": False}
        for user, decision in [
            (None, "unknown user"),
            ({"is_locked": True, "emails": [verified]}, "locked"),
            ({"is_locked": False, "emails": []}, "no verified e-mail address"),
            ({"is_locked": False, "emails": [unverified]}, "no verified e-mail address"),
            ({"is_locked": False, "emails": [unverified, verified]}, "ok"),
        ]:
            with self.subTest(decision):
                self.assertEqual(decide(user), decision)

    def test_a_member_that_the_worker_leaves_out_is_no_decision(self) -> None:
        users: list[dict[str, Any]] = [
            {"emails": []},
            {"is_locked": False},
            {"is_locked": False, "emails": [{}]},
        ]
        for user in users:
            with self.subTest(user), self.assertRaisesRegex(ApplicationError, "--fields"):
                decide(user)
