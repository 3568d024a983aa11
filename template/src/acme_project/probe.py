"""Measure a packaged model alone in its process: `python -m ... MODELS VERSION`."""

import json
import resource
import statistics
import sys
import time
from pathlib import Path

from .artifact import load

CALLS = 500


def main(models: Path, version: str) -> None:
    """Print the 95th percentile of one prediction in ms and the peak memory in MB."""
    model = load(models, version)
    row = model.manifest.example
    times = []
    for _ in range(CALLS):
        started = time.perf_counter()
        model.predict([row])
        times.append(time.perf_counter() - started)
    p95 = statistics.quantiles(times, n=20)[-1] * 1000
    print(json.dumps({"p95_ms": round(p95, 3), "memory_mb": round(peak_memory_mb(), 1)}))


def peak_memory_mb() -> float:
    """The most memory this process has held; its parent's share, which getrusage adds, is not."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
