"""W&B is never in the way: without a key it works offline, and runs lie in the project's own `wandb/` folder.

Everything is set through W&B's own environment variables, without importing W&B itself (which costs a second).
W&B says at the start of an offline run where it keeps it, and at the end how to upload it.
"""

import configparser
import netrc
import os
from pathlib import Path
from urllib.parse import urlsplit

PROJECT = Path(__file__).resolve().parent.parent
WANDB_HOSTS = ("api.wandb.ai", "api.forge.coreweave.com")  # two names of the same server: a key is for both


def configure_wandb() -> None:
    """Chooses where runs are kept, and offline mode where there is no key. The user's own settings stay."""
    os.environ.setdefault("WANDB_DIR", str(PROJECT))  # W&B adds the `wandb/`
    settings = read_settings_files()
    mode_is_open = not os.environ.get("WANDB_MODE") and settings.get("mode", "online") == "online"
    if mode_is_open and not has_key(settings):
        os.environ["WANDB_MODE"] = "offline"
        # Listing all installed packages takes half a second, longer than the rest of an offline run's start.
        os.environ.setdefault("WANDB__SAVE_REQUIREMENTS", "false")


def has_key(settings: dict[str, str]) -> bool:
    """Whether W&B would find a key or a token by itself: in the environment, its settings or netrc."""
    if (
        os.environ.get("WANDB_API_KEY")
        or os.environ.get("WANDB_IDENTITY_TOKEN_FILE")
        or settings.get("api_key")
    ):
        return True
    own_server = os.environ.get("WANDB_BASE_URL") or settings.get("base_url")
    host = urlsplit(own_server).netloc if own_server else WANDB_HOSTS[0]
    return any(netrc_password(name) for name in (WANDB_HOSTS if host in WANDB_HOSTS else [host]))


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
