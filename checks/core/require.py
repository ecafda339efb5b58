"""Is what was handed in a function, or a class, at all? The one way to ask, and what is said where it is not.

What is asked here comes before any probe, and has a name of its own in a failure.
"""

from __future__ import annotations

from checks.core.evidence import Target
from checks.core.run import CheckRun
from checks.core.runner import look_at
from checks.core.words import article


def described(target: Target) -> str:
    """What was handed in, in words: "the class `VAE`", "an int"."""
    if target.kind in ("class", "function"):
        return f"the {target.kind} `{target.name}`"
    return "an object" if target.kind == "instance" else article(target.kind)


def require_function(run: CheckRun, name: str) -> None:
    """Sets the run's target to the function `name`. Anything that can be called, and is no class, counts; raises
    CheckFailure otherwise."""
    target = look(run, name)
    run.probe = "is_a_function"
    if not target.is_callable:
        run.fail(f"this is {described(target)} where the function `{name}` should be.", cause="not-a-function")


def look(run: CheckRun, name: str) -> Target:
    """Sets the run's target to what the check of `name` was called with."""
    run.asked, run.target = name, run.observe(look_at, f"looking for `{name}`", name=name)
    return run.target


def require_class(run: CheckRun, name: str) -> None:
    """Sets the run's target to the class `name`. Raises CheckFailure where something else was handed in."""
    target = look(run, name)
    run.probe = "is_a_class"
    if target.kind == "instance":
        run.fail(
            f"this was made from a class, and is not the class: hand over `{name}`, without brackets behind it.",
            cause="instance-instead-of-class",
        )
    if target.kind != "class":
        run.fail(f"this is {described(target)} where the class `{name}` should be.", cause="not-a-class")


def require_module_class(run: CheckRun, name: str) -> None:
    """Sets the run's target to the class `name`, which must be an nn.Module's. Raises CheckFailure otherwise."""
    require_class(run, name)
    run.probe = "is_a_module"
    if not run.target.is_module:
        run.fail(
            f"{run.target.name} is a class, but not a module: write `class {name}(nn.Module):`, so that torch finds "
            "its layers and weights.",
            cause="not-a-module",
            where=run.where("__init__"),
        )
