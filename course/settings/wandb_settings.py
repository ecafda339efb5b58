"""W&B is never in the way: without a key it works offline, and runs lie in the project's own `wandb/` folder.

Everything is set through W&B's own environment variables, without importing W&B itself (which costs a second).
W&B says at the start of an offline run where it keeps it, and at the end how to upload it. Whether a server
answers is asked when a run is about to start, in `course/settings/wandb_server.py`.
"""

import configparser
import netrc
import os
from pathlib import Path
from urllib.parse import urlsplit

from course import ROOT

DEFAULT_SERVER = "https://api.forge.coreweave.com"
WANDB_HOSTS = ("api.wandb.ai", "api.forge.coreweave.com")  # two names of the same server: a key is for both
SECONDS_TO_UPLOAD = "60"  # at a run's end; what is left then lies in `wandb/`, and W&B says how to upload it

_set_here = ""  # the mode that this file has set: another one in the environment is the user's own


def configure_wandb() -> None:
    """Chooses where runs are kept, and offline mode where there is no key. The user's own settings stay."""
    os.environ.setdefault("WANDB_DIR", str(ROOT))  # W&B adds the `wandb/`
    settings = read_settings_files()
    if "finish_timeout" not in settings:  # else a training would not come to its end without a network
        os.environ.setdefault("WANDB_FINISH_TIMEOUT", SECONDS_TO_UPLOAD)
    if mode_is_open(settings):
        set_mode("" if has_key(settings) else "offline")


def mode_is_open(settings: dict[str, str]) -> bool:
    """Whether the user leaves the mode to us: has not set one, or set `online` in a file, W&B's own default."""
    return os.environ.get("WANDB_MODE", "") == _set_here and settings.get("mode", "online") == "online"


def set_mode(mode: str) -> None:
    """Sets W&B's mode, offline or (empty) its own choice."""
    global _set_here  # noqa: PLW0603 - as the environment is, so is what was put into it: one for the process
    _set_here = mode
    if mode:
        os.environ["WANDB_MODE"] = mode
        # Listing all installed packages takes half a second, longer than the rest of an offline run's start.
        os.environ.setdefault("WANDB__SAVE_REQUIREMENTS", "false")
    else:
        os.environ.pop("WANDB_MODE", None)


def has_key(settings: dict[str, str]) -> bool:
    """Whether W&B would find a key or a token by itself: in the environment, its settings or netrc."""
    return bool(os.environ.get("WANDB_IDENTITY_TOKEN_FILE") or find_key(settings))


def find_key(settings: dict[str, str]) -> str | None:
    """The key that W&B would find by itself, or None."""
    if key := os.environ.get("WANDB_API_KEY") or settings.get("api_key"):
        return key
    host = urlsplit(server(settings)).netloc
    passwords = map(netrc_password, WANDB_HOSTS if host in WANDB_HOSTS else [host])
    return next(filter(None, passwords), None)


def server(settings: dict[str, str]) -> str:
    """The address of the server that runs go to."""
    return os.environ.get("WANDB_BASE_URL") or settings.get("base_url") or DEFAULT_SERVER


def read_settings_files() -> dict[str, str]:
    """What W&B's settings files say (`wandb online` writes there): the user's, then the project's, which wins."""
    user_folder = Path(os.environ.get("WANDB_CONFIG_DIR") or "~/.config/wandb").expanduser()
    parser = configparser.ConfigParser(interpolation=None)
    for path in (user_folder / "settings", Path(os.environ["WANDB_DIR"], "wandb", "settings")):
        try:
            parser.read(path)
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue  # W&B leaves such a file out as well, and says so
    return dict(parser["default"]) if parser.has_section("default") else {}


def netrc_password(machine: str) -> str | None:
    """The password that netrc holds for `machine`, or None; looks for the file where W&B looks."""
    named = os.environ.get("NETRC")
    for path in [named] if named else ["~/.netrc", "~/_netrc"]:
        try:
            entry = netrc.netrc(Path(path).expanduser()).authenticators(machine)
        except FileNotFoundError:
            continue
        except (netrc.NetrcParseError, OSError, UnicodeDecodeError):
            return None
        return entry[2] if entry else None
    return None
