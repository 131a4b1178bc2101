"""Near-duplicates by MinHash (Broder 1997) with banding: texts whose shingles overlap by some 80 % count as one."""

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable

import numpy

SHINGLE_TOKENS = 5
BANDS, ROWS = 16, 4
SAME = 0.8
_PRIME = (1 << 31) - 1
_FACTORS = numpy.random.default_rng(1).integers(1, _PRIME, size=(2, BANDS * ROWS), dtype=numpy.int64)


def _signature(text: str) -> numpy.ndarray:
    tokens = re.findall(r"\w+|[^\w\s]", text)
    count = max(1, len(tokens) - SHINGLE_TOKENS + 1)
    shingles = {zlib.crc32(" ".join(tokens[i : i + SHINGLE_TOKENS]).encode()) % _PRIME for i in range(count)}
    hashes = numpy.fromiter(shingles, dtype=numpy.int64, count=len(shingles))
    return ((hashes[:, None] * _FACTORS[0] + _FACTORS[1]) % _PRIME).min(axis=0)


class NearDuplicates:
    """A growing set of texts."""

    def __init__(self, texts: Iterable[str] = ()):
        self._signatures: list[numpy.ndarray] = []
        self._bands: dict[tuple[int, bytes], list[int]] = defaultdict(list)
        for text in texts:
            self.add(text)

    def add(self, text: str) -> bool:
        """Puts a text in; False, and nothing is put in, if it or one much like it is there."""
        signature = _signature(text)
        keys = [(band, signature[band * ROWS : (band + 1) * ROWS].tobytes()) for band in range(BANDS)]
        near = {i for key in keys for i in self._bands.get(key, ())}
        if any((self._signatures[i] == signature).mean() >= SAME for i in near):
            return False
        for key in keys:
            self._bands[key].append(len(self._signatures))
        self._signatures.append(signature)
        return True
