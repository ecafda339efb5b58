"""A W&B run is not lost because a server is silent: it is asked before the run, and without an answer it is offline.

W&B itself would wait for 90 seconds and then give up, and the training with it.
"""

import os
import sys
import threading

from course.settings.wandb_settings import find_key, has_key, mode_is_open, read_settings_files, server, set_mode

SECONDS_TO_ANSWER = 5.0

SILENT = "{address} has not answered for {seconds:.0f} seconds"
OFFLINE = """\
W&B: {trouble}, so this run is kept offline, in wandb/; nothing of it is lost.
At its end W&B says how to upload it. (Where W&B itself would get through: WANDB_MODE=online.)"""


def prepare_wandb() -> None:
    """Called when a run is about to start: W&B goes offline, and that is said, unless its server knows the key.

    Takes at most `SECONDS_TO_ANSWER`. A mode that the user has set is left alone, and no server is asked then.
    """
    settings = read_settings_files()
    if not mode_is_open(settings):
        return
    before = os.environ.get("WANDB_MODE", "")
    trouble = ask(server(settings), find_key(settings)) if has_key(settings) else ""
    set_mode("offline" if trouble or not has_key(settings) else "")
    if trouble:
        print(OFFLINE.format(trouble=trouble), flush=True)
    if os.environ.get("WANDB_MODE", "") != before and "wandb" in sys.modules:
        sys.modules["wandb"].teardown()  # else it would go by the mode that it was first started with


def ask(address: str, key: str | None) -> str:
    """Why a run cannot go to the server now, in words; nothing when it can."""
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(request(address, key)), daemon=True)
    asking.start()
    asking.join(SECONDS_TO_ANSWER)  # looking up a name without a network knows no time limit
    return answers[0] if answers else SILENT.format(address=address, seconds=SECONDS_TO_ANSWER)


def request(address: str, key: str | None) -> str:
    """Asks who the key belongs to, as W&B does first; `ask` says what comes back."""
    import requests  # which W&B brings along

    try:
        reply = requests.post(
            f"{address.rstrip('/')}/graphql",
            json={"query": "query Viewer { viewer { id } }"},
            auth=("api", key) if key else None,
            timeout=SECONDS_TO_ANSWER,
        )
        unknown = reply.status_code == 401
        if not unknown:
            reply.raise_for_status()
            unknown = bool(key) and not reply.json()["data"]["viewer"]
    except requests.Timeout:
        return SILENT.format(address=address, seconds=SECONDS_TO_ANSWER)
    except requests.ConnectionError as error:
        return f"{address} cannot be reached ({type(error).__name__})"
    except requests.HTTPError:
        return f"{address} answers with {reply.status_code} {reply.reason}"
    except (requests.RequestException, LookupError, TypeError):
        return f"what answers at {address} is no W&B server"
    return f"{address} does not know your key (`wandb login --relogin` takes a new one)" if unknown else ""
