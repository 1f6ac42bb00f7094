"""Step 2: captions and references to images."""

import sys

from cmc.cli.t2i import main

if __name__ == "__main__":
    sys.exit(main())
