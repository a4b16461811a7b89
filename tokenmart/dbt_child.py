"""dbt, in a process that ends with the one that started it: ``python -m tokenmart.dbt_child``.

Its standard input is a pipe whose other end the parent holds open and never writes to. The kernel
closes it when the parent is gone, however it was killed, and on every system.
"""

import os
import signal
import sys
import time
from threading import Thread, main_thread

PATIENCE = 10
"""Seconds in which dbt may cancel its queries, before it is ended with them."""


def main() -> None:
    """Run dbt with the arguments of this process."""
    # dbt cancels its queries when it is interrupted
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    Thread(target=_end_with_the_parent, daemon=True).start()
    try:
        from dbt.cli.main import cli

        cli(prog_name="dbt")
    except KeyboardInterrupt:
        sys.exit(1)


def _end_with_the_parent() -> None:
    while os.read(0, 1):
        pass
    # no one reads what dbt says of it
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    thread = main_thread().ident
    # to that thread, which may be waiting for others; Windows knows no such signal
    if hasattr(signal, "pthread_kill") and thread:
        signal.pthread_kill(thread, signal.SIGTERM)
        time.sleep(PATIENCE)
    os._exit(1)


if __name__ == "__main__":
    main()
