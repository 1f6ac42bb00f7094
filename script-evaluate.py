"""Step 3: images to scores."""

import sys

from cmc.cli.evaluate import main

if __name__ == "__main__":
    sys.exit(main())
