"""`python -m geppetto`: the same command line as the script `geppetto`."""

from __future__ import annotations

import sys

from geppetto.cli import main

if __name__ == "__main__":
    sys.exit(main())
