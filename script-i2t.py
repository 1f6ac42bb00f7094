"""Step 1: images to captions."""

import sys

from cmc.cli.i2t import main

if __name__ == "__main__":
    sys.exit(main())
