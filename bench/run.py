"""Every benchmark, one after the other. Each measures itself and its peers in the same run and prints the ratio; nothing is asserted."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import digest
import exploration
import history
import rehearsal
import replay
import replay_memory
import replication

if __name__ == "__main__":
    digest.main()
    exploration.main()
    history.main()
    rehearsal.main()
    replay_memory.main()
    replay.main()
    replication.main()
