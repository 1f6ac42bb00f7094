"""A server in a process of its own, which can be stopped as a person does, and killed as a power cut does."""

import signal
import socket
import subprocess
import time
from collections.abc import Sequence

from cmc.core.errors import CMCError

# Seconds until one is taken for a server that does not start, or does not stop.
PATIENCE = 60


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def start(command: Sequence[str], port: int, quiet: bool = False) -> "subprocess.Popen[bytes]":
    """The process of a command that listens on a port, once it does; `quiet`: what it prints is not shown. Raises
    CMCError where it does not listen."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL if quiet else None)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        except OSError:
            time.sleep(0.05)
    kill(process)
    raise CMCError(f"{' '.join(command)} does not listen; run it to see why")


def stop(process: "subprocess.Popen[bytes]") -> None:
    """As Ctrl-C does; what is under way gets finished. One that does not end is killed."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        kill(process)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """As a power cut does, as far as the process is concerned."""
    process.kill()
    process.wait()
