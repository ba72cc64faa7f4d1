"""A headless Chromium, driven by its DevTools protocol; where none is installed, tests skip."""

import asyncio
import base64
import os
import re
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ADDRESS = re.compile(rb"DevTools listening on (ws://\S+)")
_SECONDS = 30.0


def chromium() -> str:
    """The program; skips the test where there is none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("there is no Chromium here; `apt-get install chromium` brings one")
    return found


class Tab:
    """One tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def open(self, url: str) -> None:
        """Opens the page at ``url`` and waits until it is there."""
        await self.tell("Page.navigate", url=url)
        await self._loaded()

    async def press(self, key: str, *, leads_on: bool = False) -> None:
        """Presses a key, as people do who use no mouse; ``leads_on`` to another page, which is waited for."""
        code, text = {"Tab": (9, ""), "Space": (32, " "), "Enter": (13, "\r")}[key]
        name = " " if key == "Space" else key
        pressed: dict[str, Any] = {"key": name, "code": key, "windowsVirtualKeyCode": code}
        await self.tell("Input.dispatchKeyEvent", type="keyDown", text=text, **pressed)
        await self.tell("Input.dispatchKeyEvent", type="keyUp", **pressed)
        if leads_on:
            await self._loaded()

    async def run(self, script: str) -> Any:
        """What an expression gives in the page."""
        answer = await self.tell("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def seen(self) -> Sequence[tuple[str, str, Mapping[str, Any]]]:
        """What assistive technology is told: role, name and properties of each element that counts."""
        answer = await self.tell("Accessibility.getFullAXTree")
        return [
            (
                node["role"]["value"],
                node.get("name", {}).get("value", ""),
                {one["name"]: one["value"].get("value") for one in node.get("properties", ())},
            )
            for node in answer["nodes"]
            if not node["ignored"]
        ]

    async def picture(self) -> bytes:
        """A PNG of the page."""
        return base64.b64decode((await self.tell("Page.captureScreenshot"))["data"])

    async def tell(self, method: str, **parameters: Any) -> Any:
        """Sends one command and returns what it gives."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            answer = await self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    async def _loaded(self) -> None:
        while (await self._next()).get("method") != "Page.loadEventFired":
            pass

    async def _next(self) -> Any:
        return await self._socket.receive_json(timeout=_SECONDS)


@asynccontextmanager
async def browsing(folder: Path, *, language: str) -> AsyncIterator[Tab]:
    """A tab of a new browser that keeps what it keeps in ``folder`` and prefers ``language``."""
    process = await asyncio.create_subprocess_exec(
        chromium(),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
        f"--accept-lang={language}",
        "--window-size=480,900",
        "about:blank",
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "HOME": str(folder)},
    )
    try:
        async with asyncio.timeout(2 * _SECONDS), aiohttp.ClientSession() as session:
            async with session.get(f"{await _address(process)}/json/list") as answer:
                [page] = [one for one in await answer.json() if one["type"] == "page"]
            async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                tab = Tab(socket)
                await tab.tell("Page.enable")
                yield tab
    finally:
        process.kill()
        await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async for line in process.stderr:
        if found := _ADDRESS.search(line):
            return "http://" + found[1].decode().removeprefix("ws://").partition("/")[0]
    raise AssertionError("the browser ended before it could be driven")
