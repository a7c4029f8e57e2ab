"""The connection to Temporal, which TEMPORAL_ADDRESS and its like name."""

import os
import sys

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

TASK_QUEUE = os.environ.get("TASK_QUEUE", "cases")


async def connect() -> Client:
    config = ClientConfig.load_client_connect_config()
    address = config.setdefault("target_host", "localhost:7233")
    try:
        return await Client.connect(**config)
    except RuntimeError as error:
        sys.exit(
            f"Temporal cannot be reached at {address}: start a server (`temporal server "
            f"start-dev`), or name yours in TEMPORAL_ADDRESS\n{error}"
        )
