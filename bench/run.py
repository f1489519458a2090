"""Every benchmark, one after the other. Each measures itself and its peers in the same run and prints the ratio; nothing is asserted."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import digest
import history
import rehearsal
import replication

if __name__ == "__main__":
    digest.main()
    history.main()
    rehearsal.main()
    replication.main()
