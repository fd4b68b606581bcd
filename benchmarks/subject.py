"""One server process to be measured: `python -m benchmarks.subject product|limit PORT`, settings by environment."""

import sys

from benchmarks import by_hand, rules
from xrm_core.api.http import endpoint
from xrm_core.serve import serve_forever
from xrm_core.settings import settings


def main() -> None:
    """Serve until stopped, as `xrm serve` does; the limit answers GraphQL's place by hand."""
    which, port = sys.argv[1], int(sys.argv[2])
    rules.add()
    if which == "limit":
        setattr(endpoint, "answer", by_hand.answer)  # noqa: B010 - replacing the name is the point
    serve_forever(settings(), host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    main()
