"""How long the product takes from the command to the first page, and what `rate` needs."""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx2

LONGEST = 120.0  # seconds until a start counts as failed


@dataclass(frozen=True, slots=True)
class Run:
    """What one command took: seconds, and the peak of its own memory in MB; what it printed."""

    seconds: float
    memory: float
    output: str


def run_command(*arguments: str, given: str = "", data_dir: Path | None = None) -> Run:
    """Run `afterword` in a process of its own; raises RuntimeError where it fails."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        file.write(given)
        file.seek(0)
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "service", *arguments],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=_environment(data_dir),
        )
        assert process.stdout is not None
        watch = MemoryWatch(process.pid)
        output = process.stdout.read()
        process.wait()
        seconds = time.perf_counter() - start
    if process.returncode != 0:
        raise RuntimeError(f"{arguments[0]} ended with {process.returncode}")
    return Run(seconds, watch.peak(), output)


class MemoryWatch(threading.Thread):
    """Reads the peak memory of another process until that ends.

    The usage that a parent is told counts what the parent itself held at the fork, so it is
    asked of the process: "VmHWM" counts from the start of the program.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._status = Path(f"/proc/{pid}/status")
        self._kilobytes = 0
        self.start()

    def run(self) -> None:
        """Look every tenth of a second."""
        with contextlib.suppress(OSError):
            while lines := self._status.read_text().splitlines():
                found = [line.split()[1] for line in lines if line.startswith("VmHWM")]
                if not found:  # it has ended, and nobody has waited for it yet
                    return
                self._kilobytes = int(found[0])
                time.sleep(0.1)

    def peak(self) -> float:
        """Return MB, once the process has ended."""
        self.join()
        return self._kilobytes / 1024


def help_seconds(*, runs: int = 5) -> float:
    """Return the median time of `--help`."""
    return statistics.median(run_command("--help").seconds for _ in range(runs))


def start_seconds(*, runs: int = 3) -> float:
    """Return the median time from `serve` to the first page; the models load after it.

    The data directory exists, as on every start but the first.
    """
    with tempfile.TemporaryDirectory() as folder:
        times = [_start(Path(folder)) for _ in range(runs + 1)]
    return statistics.median(times[1:])


def _start(data_dir: Path) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "service", "serve", "--port", port],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(data_dir),
    )
    try:
        while time.perf_counter() - start < LONGEST:
            if process.poll() is not None:
                raise RuntimeError(f"serve ended with {process.returncode}")
            with contextlib.suppress(httpx2.TransportError):
                if httpx2.get(f"http://127.0.0.1:{port}/sign-in").status_code == 200:
                    return time.perf_counter() - start
            time.sleep(0.02)  # -- waits for our own process
        raise RuntimeError(f"serve did not answer within {LONGEST:.0f} s")
    finally:
        process.terminate()
        process.wait()


def _environment(data_dir: Path | None) -> dict[str, str]:
    return os.environ | ({} if data_dir is None else {"AFTERWORD_DATA_DIR": str(data_dir)})
