"""A limit of requests that all processes of a server keep together, without asking a database: they map the same small file."""

import hashlib
import mmap
import os
import struct
import threading
import time

try:
    import fcntl
except ImportError:  # Windows, where Odoo is one process.
    fcntl = None

SLOT = struct.Struct("=qdd")
SLOTS = 4096
# Two keys share a bucket only where so many neighbouring places are in use.
PROBES = 8


class Bucket:
    """Lets ``rate`` requests a second pass for each key, and ``burst`` at once, in all processes that name the same ``path`` together.

    Without a path, or where the file cannot be had, the process counts for itself. Clocks are the machine's, so several machines
    count apart. After a restart of the machine, levels go on from where they were.
    """

    def __init__(self, rate: float, burst: int, path: str | None = None):
        self.rate, self.burst, self.path = rate, burst, path
        self.lock = threading.Lock()
        self.file = self.slots = None

    def admits(self, key: object, now: float | None = None) -> bool:
        """Whether one more request of ``key`` may pass; ``now``: seconds of a clock that only goes forward."""
        now = time.monotonic() if now is None else now
        digest = int.from_bytes(hashlib.blake2b(repr(key).encode(), digest_size=8).digest(), "big", signed=True) or 1
        with self.lock:
            if self.slots is None:
                self._map()
            if self.file is not None:
                fcntl.lockf(self.file, fcntl.LOCK_EX)
            try:
                return self._take(digest, now)
            finally:
                if self.file is not None:
                    fcntl.lockf(self.file, fcntl.LOCK_UN)

    def _take(self, digest, now):
        free = place = None
        for probe in range(PROBES):
            offset = (digest + probe) % SLOTS * SLOT.size
            owner, level, since = SLOT.unpack_from(self.slots, offset)
            filled = min(self.burst, level + max(0.0, now - since) * self.rate)
            if owner == digest:
                place = offset, filled
                break
            if free is None and (not owner or filled >= self.burst):
                free = offset, float(self.burst)
        offset, level = place or free or (digest % SLOTS * SLOT.size, float(self.burst))
        SLOT.pack_into(self.slots, offset, digest, max(level - 1, 0.0), now)
        return level >= 1

    def _map(self):
        size = SLOTS * SLOT.size
        if self.path and fcntl:
            try:
                self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                if os.fstat(self.file).st_size < size:
                    os.ftruncate(self.file, size)
                self.slots = mmap.mmap(self.file, size)
                return
            except OSError:
                self.file = None
        self.slots = mmap.mmap(-1, size)
