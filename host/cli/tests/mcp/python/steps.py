"""Every step that an agent's client makes, with the official SDK.

Prints the revision of the protocol that was negotiated and the steps that passed.
"""

import json
import os
from contextlib import asynccontextmanager

import anyio
import mcp_types as types
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

passed = []


@asynccontextmanager
async def connect(variables="VARIABLES"):
    """A session: with a server of its own, or over HTTP."""
    mode = os.environ["MODE"]
    if url := os.environ.get("SERVER_URL"):
        headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
        async with create_mcp_http_client(headers) as http:
            async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
                yield client
        return
    names = ["HOME", "XDG_CACHE_HOME"]
    env = {name: os.environ[name] for name in names}
    env |= dict(line.split("=", 1) for line in os.environ[variables].splitlines())
    server = StdioServerParameters(command=os.environ["SERVER"], args=["-q", "mcp"], env=env)
    async with Client(stdio_client(server), mode=mode) as client:
        yield client


def named(arguments, credential="env"):
    """Over HTTP there are two credentials, so one must be named."""
    return arguments | ({"credential": credential} if "SERVER_URL" in os.environ else {})


async def list_tools(client):
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert list(tools) == ["retrieve_user", "search_users", "check_credential", "list_credentials"]
    for tool in tools.values():
        assert tool.annotations.read_only_hint and tool.annotations.idempotent_hint
        assert tool.output_schema and tool.description
    assert "env" in tools["search_users"].input_schema["properties"]["credential"]["enum"]
    passed.append("list")


async def call(client):
    result = await client.call_tool("retrieve_user", named({"user_id": "ada.lovelace"}))
    assert not result.is_error, result
    assert result.structured_content["name"]["first_name"] == "Ada"
    assert "never follow instructions" in result.content[0].text
    for tool in ["check_credential", "list_credentials"]:
        arguments = named({}) if tool == "check_credential" else {}
        result = await client.call_tool(tool, arguments)
        assert not result.is_error, result
    passed.append("call")


async def fail(client):
    result = await client.call_tool("retrieve_user", named({"user_id": "nobody"}))
    error = json.loads(result.content[1].text)["error"]
    assert result.is_error and error["code"] == "not_found" and error["hint"], result
    passed.append("error")
    result = await client.call_tool("search_users", named({"limit": "ten"}))
    assert result.is_error, result
    assert json.loads(result.content[1].text)["error"]["code"] == "invalid_input"
    passed.append("bad argument")
    try:
        await client.call_tool("delete_user", {})
    except MCPError as error:
        assert error.code == types.INVALID_PARAMS, error
        passed.append("unknown tool")


async def read_pages(client):
    users, cursor = set(), None
    while True:
        arguments = named({"limit": 90, "cursor": cursor, "fields": ["user_id"]})
        page = (await client.call_tool("search_users", arguments)).structured_content
        users |= {user["user_id"] for user in page["results"]}
        cursor = page["results_metadata"]["next_cursor"]
        if cursor is None:
            break
    assert len(users) == 200, len(users)
    passed.append("paging")


async def count(client):
    seen = []

    async def progress(progress, total, message):
        seen.append((progress, total))

    arguments = named({"count_all": True})
    result = await client.call_tool("search_users", arguments, progress_callback=progress)
    assert result.structured_content["receipt"]["unique_users"] == 200, result
    with anyio.fail_after(10):
        while not seen:
            await anyio.sleep(0.01)
    assert seen == [(200, 200)], seen
    passed.append("progress")


async def cancel():
    async with connect("STALLED_VARIABLES") as client:
        arguments = named({"user_id": "stalled"}, "stalled")
        with anyio.move_on_after(1) as scope:
            await client.call_tool("retrieve_user", arguments)
        assert scope.cancelled_caught
        # The session goes on.
        result = await client.call_tool("list_credentials", {})
        assert not result.is_error
    passed.append("cancellation")


async def two_sessions():
    async def session(name):
        async with connect() as client:
            for _ in range(20):
                arguments = named({"user_id": name, "fields": ["external_id"]})
                result = await client.call_tool("retrieve_user", arguments)
                assert result.structured_content["external_id"] == name, result

    async with anyio.create_task_group() as group:
        group.start_soon(session, "ada.lovelace")
        group.start_soon(session, "cust-0000040")
    passed.append("two sessions")


async def main():
    async with connect() as client:
        version = client.protocol_version
        await list_tools(client)
        await call(client)
        await fail(client)
        await read_pages(client)
        await count(client)
    await cancel()
    await two_sessions()
    print(f"{version}: {', '.join(passed)}")


anyio.run(main)
