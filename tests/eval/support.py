"""What the tests of fanin.eval share. The package is the installed wheel (tests/clients), the program FANIN_BINARY."""

from pathlib import Path

CORPORA = Path(__file__).resolve().parents[1] / "corpora"
