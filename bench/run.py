"""Every benchmark, one after the other. Each measures itself and its peers in the same run and prints the ratio; nothing is asserted."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import history
import rehearsal

if __name__ == "__main__":
    history.main()
    rehearsal.main()
