"""`python -m interactor` is the `interactor` command."""

import sys

from ._cli import main

sys.exit(main())
