"""What a command that must fail says."""

import subprocess


def refusal(result: subprocess.CompletedProcess[str]) -> str:
    """Its words, without the line breaks of its layout; a traceback is no explanation."""
    assert result.returncode != 0
    text = result.stdout + result.stderr
    assert "Traceback" not in text
    return " ".join(text.split())
