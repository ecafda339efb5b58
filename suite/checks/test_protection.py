"""What an answer cannot do while it is checked: each deed is tried from an answer's own file, and refused."""

import os
import platform
import socket
from textwrap import indent

import pytest

from checks.core import landlock, system_calls
from checks.core.protection import LAYERS, Protection, bubblewrap
from checks.core.runner import look_at
from checks.core.sandbox import ForkServer, Sandbox
from course import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (landlock.version() and system_calls.offered()), reason="this system has no such protection"
    ),
]

DEEDS = {
    # name: what is tried; {judge} is the judge's process, {folder} a folder of somebody else, {port} one that listens
    "writes into the checks": "open('{root}/checks/core/result.py', 'a').close()",
    "writes beside its answer": "open('{folder}/answers/vae.py', 'a').close()",
    "writes a result": "open('{folder}/results.json', 'w').write('passed')",
    "makes a folder": "os.mkdir('{folder}/new')",
    "removes a file": "os.remove('{folder}/secret')",
    "renames a file": "os.rename('{folder}/secret', 'mine')",
    "links to a file": "os.link('{folder}/secret', 'mine')",
    "reads through a link": "os.symlink('{folder}/secret', 'link'); return open('link').read()",
    "shortens a file": "os.truncate('{folder}/secret', 0)",
    "locks a file": "os.chmod('{root}/checks/core/result.py', 0)",
    "locks a file that it reads": "os.fchmod(os.open('{root}/course/catalogue.py', os.O_RDONLY), 0)",
    "dates a file": "os.utime('{folder}/secret')",
    "reads another's answer": "return open('{folder}/secret').read()",
    "reads how it is judged": "return open('{root}/checks/exercises/vae.py').read()",
    "lists the exercises": "return os.listdir('{root}/exercises')",
    "reads the users": "return open('/etc/passwd').read()",
    "reads the judge's environment": "return open('/proc/{judge}/environ').read()",
    "reads the judge's memory": "return open('/proc/{judge}/mem', 'rb').read(1)",
    "opens the judge's pipes": "return os.listdir('/proc/{judge}/fd')",
    "opens the terminal": "return open('/dev/tty')",
    "connects": "import socket; socket.create_connection(('127.0.0.1', {port}), 5)",
    "listens": "import socket; socket.create_server(('127.0.0.1', 0))",
    "sends a datagram": "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",
    "asks a neighbour's socket": "import socket; socket.socket(socket.AF_UNIX).connect('{folder}/socket')",
    "kills the judge": "os.kill({judge}, 0)",
    "signals everybody": "os.kill(-1, 0)",
    "signals its group": "os.killpg(0, 0)",
    "queues a signal": "number('rt_sigqueueinfo', {judge}, 0, bytes(128))",
    "signals through a file": "import fcntl; fcntl.fcntl(0, fcntl.F_SETOWN, {judge})",
    "traces the judge": "number('ptrace', 0x4206, {judge}, 0, 0)",
    "slows the judge": "os.setpriority(os.PRIO_PROCESS, {judge}, 19)",
    "binds the judge to a core": "os.sched_setaffinity({judge}, [0])",
    "limits the judge": "import resource; resource.prlimit({judge}, resource.RLIMIT_NOFILE, (1, 1))",
    "forks": "os.fork() or os._exit(0)",
    "forks in another way": "os.forkpty()[0] or os._exit(0)",
    "starts a program": "import subprocess; subprocess.run(['true'])",
    "becomes a program": "os.execv('/bin/true', ['true'])",
    "outlives its turn": "import subprocess; subprocess.Popen(['sleep', '1'], start_new_session=True)",
    "makes a namespace": "number('unshare', 0x10000000)",
    "works through a ring": "number('io_uring_setup', 1, bytes(120))",
    "knows a key of the judge's": "os.environ['WANDB_API_KEY']",
    "shares memory": "number('shmget', 0, 4096, 0o1600)",
}
IN_A_BUBBLEWRAP = {  # they lead nowhere there, even without the other layers
    "listens",
    "sends a datagram",
    "reads how it is judged",
    "signals everybody",
    "signals its group",
    "forks",
    "forks in another way",
    "starts a program",
    "outlives its turn",
    "makes a namespace",
    "works through a ring",
    "shares memory",
}
ALLOWED = {
    "writes into its own folder": "open('notes', 'w').write('x'); os.mkdir('new'); os.rename('notes', 'new/notes')",
    "has a place for temporary files": "import tempfile; tempfile.TemporaryFile().close()",
    "imports what nobody has imported": "import statistics, calendar, xml.dom.minidom",
    "knows its processor": "import torch; torch.get_num_threads(); os.cpu_count()",
    "draws true random numbers": "os.urandom(8); import secrets; secrets.token_hex()",
    "starts threads": "import threading; each = threading.Thread(target=int); each.start(); each.join()",
    "works in several threads": "import torch; torch.set_num_threads(2); x = torch.ones(600, 600); x @ x; torch.set_num_threads(1)",
    "saves a model": "import torch; torch.save(torch.zeros(3), 'model.pt'); torch.load('model.pt')",
    "signals itself": "import signal; os.kill(os.getpid(), 0); signal.raise_signal(signal.SIGCHLD)",
}
BEGINNING = """import ctypes, os
libc, outcomes = ctypes.CDLL(None, use_errno=True), []

def number(call, *arguments):
    if libc.syscall({numbers}[call], *arguments) < 0:
        raise OSError(ctypes.get_errno(), call)

"""
EACH = """def deed():
{deed}
try:
    deed()
    outcomes.append("done")
except BaseException as error:
    outcomes.append(type(error).__name__)

"""
END = "raise RuntimeError(','.join(outcomes))\n"


USED = (LAYERS, ("landlock", "system_calls"), ("bubblewrap",))


@pytest.fixture(scope="module", params=USED, ids=" and ".join)
def layers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    if "bubblewrap" in request.param and not bubblewrap():
        pytest.skip("this system has no bubblewrap, or allows none")
    return request.param


@pytest.fixture(scope="module")
def outcomes(layers: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What came of each deed, all tried by one answer: "done", or the exception."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "secret").write_text("secret")
    (folder / "answers").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as neighbour:
        neighbour.bind(str(folder / "socket"))
        neighbour.listen()
        known = {"root": ROOT, "folder": folder, "port": server.getsockname()[1], "judge": os.getpid()}
        column = system_calls.PROCESSORS[platform.machine()][0]
        numbers = {name: each[column] for name, each in system_calls.FORBIDDEN.items()}
        deeds = {name: indent(text.format(**known), "    ") for name, text in (DEEDS | ALLOWED).items()}
        if "system_calls" not in layers:
            del deeds["becomes a program"]  # which would end the answer
        answer = [BEGINNING.format(numbers=numbers), *(EACH.format(deed=deed) for deed in deeds.values()), END]
        (folder / "answers" / "vae.py").write_text("".join(answer))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("WANDB_API_KEY", "secret")
            with ForkServer(layers) as server, Sandbox(folder / "answers", "vae", "VAE", 60, server=server) as sandbox:
                evidence = sandbox.run_operation(look_at, name="VAE")
                in_force = server.protection
    assert [name for name in LAYERS if getattr(in_force, name)] == list(layers)
    assert (folder / "secret").read_text() == "secret"
    assert sorted(path.name for path in folder.iterdir()) == ["answers", "secret", "socket"]
    assert evidence.kind == "RuntimeError", evidence
    return dict(zip(deeds, evidence.text.split(","), strict=True))


@pytest.mark.parametrize("deed", DEEDS)
def test_what_leads_outside_is_refused(deed: str, layers: tuple[str, ...], outcomes: dict[str, str]):
    refused = {"PermissionError"}
    if "bubblewrap" in layers:
        refused |= {"FileNotFoundError", "ProcessLookupError", "OSError", "ConnectionRefusedError"}
        refused |= {"done"} if layers == ("bubblewrap",) and deed in IN_A_BUBBLEWRAP else set()
    refused |= {"knows a key of the judge's": {"KeyError"}, "links to a file": {"OSError"}}.get(deed, set())
    assert outcomes.get(deed, "PermissionError") in refused


@pytest.mark.parametrize("deed", ALLOWED)
def test_what_an_answer_needs_is_allowed(deed: str, outcomes: dict[str, str]):
    assert outcomes[deed] == "done"


def test_protection_is_said_in_a_sentence():
    assert str(Protection(True, 7, True)) == "Protection: bubblewrap, Landlock 7, a filter of system calls."
    for enough in (Protection(bubblewrap=True), Protection(landlock=1, system_calls=True)):
        assert enough.is_enough
    for too_little in (Protection(), Protection(landlock=7), Protection(system_calls=True)):
        assert not too_little.is_enough
    assert "not enough" in str(Protection(landlock=7))
    assert str(Protection()).startswith("Nothing keeps")
