"""Runs the workflows: python worker.py"""

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import activities
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.worker import Worker
from workflows import EnrichCase, NightlyAudit

TASK_QUEUE = os.environ.get("TASK_QUEUE", "cases")


async def main() -> None:
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", "localhost:7233")
    client = await Client.connect(**config)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with ThreadPoolExecutor(8) as executor:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[EnrichCase, NightlyAudit],
            activities=[
                activities.write_case,
                activities.write_report,
                activities.sample,
            ],
            activity_executor=executor,
        )
        async with worker:
            print("running", flush=True)
            await stop.wait()


asyncio.run(main())
