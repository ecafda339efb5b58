"""Opens JupyterLab, the first time on the first notebook beside the first exercise's file, later as it was left.

It prints its address, in one line; of what the server has to say, only errors. Control-C ends it.
"""

import os
import signal
import sys
import threading
from pathlib import Path

import zmq
from jupyterlab.labapp import LabApp
from jupyterlab_server.workspaces_handler import WorkspacesManager

from tools.generated import ROOT
from tools.git_notebooks import see_only_changes

CONFIGURATION = Path(__file__).with_name("jupyterlab")  # settings that the learner's own come before
LAYOUTS = ROOT / ".jupyter" / "workspaces"  # where JupyterLab keeps what was open, for this folder alone

READY = """
JupyterLab is ready, at this address; Control-C here ends it:

    {address}
"""
ENDED = "\nJupyterLab has ended. `make lab` opens it again, as it was left."


def main() -> None:
    os.chdir(ROOT)
    put_first("JUPYTER_CONFIG_PATH", CONFIGURATION)
    put_first("PYTHONPATH", ROOT)  # so that a new notebook of the learner's, too, finds the course: this one
    lay_out(LAYOUTS)
    server = LabApp.initialize_server(argv=[*arguments(), *sys.argv[1:]])
    # The server would print its address as well, in six lines, where it has made up the token itself.
    address = server.public_url
    server.identity_provider.token_generated = False
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.stop(from_signal=True))
    server.contents_manager.register_post_save_hook(after_saving)
    server.io_loop.add_callback(print, READY.format(address=address), flush=True)
    server.start()
    print(ENDED)


def after_saving(os_path: str, **_: object) -> None:
    """Nobody waits for git: a training's messages pass through this process."""
    if os_path.endswith(".ipynb"):
        threading.Thread(target=see_only_changes).start()


def put_first(variable: str, folder: Path) -> None:
    """Puts the folder at the head of a list of folders in the environment, for the kernels as well."""
    os.environ[variable] = os.pathsep.join(filter(None, [str(folder), os.environ.get(variable)]))


def arguments() -> list[str]:
    """What JupyterLab is started with on this machine."""
    found = ["--Application.log_level=ERROR", "--LabApp.default_url=/lab", f"--LabApp.workspaces_dir={LAYOUTS}"]
    if zmq.has("curve"):  # else each kernel warns here that other users of this machine might listen
        found.append("--KernelManager.transport_encryption=auto")
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not display and sys.platform not in ("darwin", "win32"):
        found.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        found.append("--allow-root")
    return found


def lay_out(folder: Path) -> None:
    """Writes the first layout, where there is none yet. From then on JupyterLab keeps the learner's own there."""
    if not folder.exists():
        layout = (CONFIGURATION / "first_layout.json").read_text(encoding="utf-8")
        WorkspacesManager(str(folder)).save("default", layout)


if __name__ == "__main__":
    main()
