"""An aiohttp app on a socket, in a thread with an event loop of its own."""

import asyncio
import socket
import threading

from aiohttp import web

from tidegate.runtime.config import ConfigError


class HttpServer:
    """Serves one app. The port is taken when it is made; requests are answered from start() on."""

    def __init__(self, host: str, port: int, *, setting: str) -> None:
        """``setting`` names the variable that sets the port, for the error when it can't be had."""
        try:
            self._socket = socket.create_server((host, port))
        except OSError as error:
            raise ConfigError(
                f"{host}:{port} can't be listened on ({error.strerror}); set {setting} to a free port, or to 0"
            ) from error
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="http-edge", daemon=True)
        self._runner: web.AppRunner | None = None

    def start(self, app: web.Application) -> None:
        """Begins to answer."""
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(self._runner), self._loop).result()

    def stop(self) -> None:
        """Lets requests under way finish, and gives the port back. What has been stopped stays so."""
        runner, self._runner = self._runner, None
        try:
            if runner is not None:
                asyncio.run_coroutine_threadsafe(runner.cleanup(), self._loop).result()
        finally:
            if self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
            self._loop.close()
            self._socket.close()

    async def _serve(self, runner: web.AppRunner) -> None:
        await runner.setup()
        await web.SockSite(runner, self._socket).start()
