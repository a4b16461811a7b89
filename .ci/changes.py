"""What has been changed: the files of the working tree that are not those of a commit before."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def changed_files() -> list[Path]:
    """Since the branch left its upstream, or since the last commit but one; by path from the root.

    `SINCE=…` names another commit. Nothing is said to have changed outside of a repository.
    """
    since = os.environ.get("SINCE") or base()
    named = git("diff", "--name-only", "--diff-filter=d", since) if since else ""
    new = git("ls-files", "--others", "--exclude-standard")
    return sorted({Path(line) for line in (named + new).splitlines()})


def base() -> str:
    head = git("rev-parse", "HEAD").strip()
    fork = git("merge-base", "HEAD", "@{upstream}").strip()
    return fork if fork and fork != head else git("rev-parse", "--verify", "HEAD~1").strip()


def git(*arguments: str) -> str:
    """What git prints; nothing where it fails, in an unpacked archive or without git."""
    try:
        found = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return found.stdout
