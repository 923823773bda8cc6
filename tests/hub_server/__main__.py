"""The Hub as a process of its own, for benchmarks: its address is the first line it writes."""

import argparse
import signal
import sys
import threading

from tests.hub_server import Quota, running_hub


def main() -> int:
    """Serve until told to stop; end with 1 if something was asked that this Hub does not know."""
    parser = argparse.ArgumentParser(prog="python -m tests.hub_server", description=__doc__)
    parser.add_argument("--dataset", action="append", default=[], help="an empty dataset to begin with")
    parser.add_argument("--token", action="append", default=[], help="a token that may write to all of them")
    parser.add_argument("--page-size", type=int, default=1000, help="how much a page of a tree holds")
    parser.add_argument("--quota", action="store_true", help="keep to the real Hub's limits")
    parser.add_argument("--port", type=int, default=0, help="where to listen, if it matters")
    options = parser.parse_args()

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with running_hub(options.port) as hub:
        hub.page_size = options.page_size
        hub.quota = Quota() if options.quota else None
        for dataset in options.dataset:
            hub.add_dataset(dataset, {})
        for token in options.token:
            hub.add_token(token, user="benchmark", may_write=options.dataset)
        sys.stdout.write(f"{hub.url}\n")
        sys.stdout.flush()
        stop.wait()
    for asked in hub.unknown_requests:
        sys.stderr.write(f"not known: {asked}\n")
    return 1 if hub.unknown_requests else 0


if __name__ == "__main__":
    raise SystemExit(main())
