"""The authors' commands, each run as `python -m tools.<name>` from the project's folder."""
