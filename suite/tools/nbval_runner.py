"""pytest with nbval, which here listens to a cell while it runs: `python suite/tools/nbval_runner.py --nbval-lax …`.

nbval itself listens only after the cell has ended. A training sends thousands of messages for its progress bars;
ZeroMQ keeps the first thousand for a listener who does not listen, then the kernel drops the connection, and nbval
never hears that the cell is done ("Timeout of 5 seconds exceeded waiting for output").
"""

import sys
import time
from collections import deque
from queue import Empty

import nbval.plugin
import pytest
from nbval.kernel import RunningKernel

BETWEEN = 0.2  # seconds between two looks at what has been heard


class AttentiveKernel(RunningKernel):
    """A kernel whose messages on the output channel (iopub) are kept while its reply (shell) is waited for."""

    def __init__(self, *args, **kwargs) -> None:
        self.heard: deque[dict] = deque()
        super().__init__(*args, **kwargs)

    def get_message(self, stream: str, timeout: float | None = None) -> dict:
        """The next message of the stream. Raises queue.Empty after `timeout` seconds without one."""
        if stream == "iopub":
            return self.heard.popleft() if self.heard else super().get_message(stream, timeout)
        end = time.monotonic() + timeout
        while True:
            self.listen()
            try:
                return super().get_message(stream, BETWEEN)
            except Empty:
                if time.monotonic() > end:
                    raise

    def listen(self) -> None:
        """Keeps every message that the output channel holds by now."""
        while True:
            try:
                self.heard.append(self.kc.get_iopub_msg(timeout=0))
            except Empty:
                return


if __name__ == "__main__":
    nbval.plugin.RunningKernel = AttentiveKernel
    sys.exit(pytest.main(sys.argv[1:]))
