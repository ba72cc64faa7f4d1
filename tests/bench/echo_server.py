"""A server with one method, bare or behind the edge, as a process: `python echo_server.py bare|edge FOLDER`.

Prints its port and the token that it asks for, and ends with its standard input.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import grpc
from support.echo import Echo, echo_pb2_grpc
from support.server import settings_for
from tidegate.runtime import log
from tidegate.runtime.process import Process

WORKERS = 32


def main() -> None:
    """Serves until standard input ends."""
    mode, folder = sys.argv[1], Path(sys.argv[2])
    if mode == "bare":
        server = grpc.server(ThreadPoolExecutor(WORKERS))
        echo_pb2_grpc.add_EchoServiceServicer_to_server(Echo(), server)
        _say(server.add_insecure_port("127.0.0.1:0"), "")
        server.start()
        sys.stdin.read()
        server.stop(0)
        return
    settings = settings_for(folder, log={"format": "json"}, pools={"workers": WORKERS})
    log.configure(settings.log, settings.mode)
    process = Process(settings, {"identity": Echo().builder()}, prepare=lambda _database, _service: None)
    process.start()
    port = int(process.addresses["identity"].rpartition(":")[2])
    _say(port, process.provision.developer_token or "")
    sys.stdin.read()
    process.drain()


def _say(port: int, token: str) -> None:
    sys.stdout.write(f"listening {port} {token}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
