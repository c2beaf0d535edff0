"""A small service to try the stack with."""

import sys

from tests.dev.monde.petit import main

sys.exit(main(sys.argv[1]))
