"""`python -m coordinaitor` is the `coordinaitor` command."""

import sys

from ._cli import main

sys.exit(main())
