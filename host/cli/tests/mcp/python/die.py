"""Makes a call that does not return, until somebody kills this process."""

import os

import anyio
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main():
    names = [
        "HOME",
        "XDG_CACHE_HOME",
        "STYTCH_PROJECT_ID",
        "STYTCH_SECRET",
        "STYTCH_BASE_URL",
    ]
    server = StdioServerParameters(
        command=os.environ["SERVER"],
        args=["--timeout", "600", "mcp", "--audit-log", os.environ["AUDIT_LOG"]],
        env={name: os.environ[name] for name in names},
    )
    async with Client(stdio_client(server)) as client:
        await client.call_tool("retrieve_user", {"user_id": "stalled"})


anyio.run(main)
