"""In which order the chunks of a job are taken. Bulk 2.0 promises none, so it is never that of the file."""

from __future__ import annotations

from random import Random

BATCH_CHUNKS = 50


def parallel_order(seed: str, count: int) -> list[int]:
    """The numbers 0 … count-1 shuffled: internal batches of 10,000 rows (50 chunks) side by side, each out of order.

    The same seed gives the same order; it is not that of the file whenever there are two chunks.
    """
    random = Random(seed)  # noqa: S311
    batches = [list(range(start, min(start + BATCH_CHUNKS, count))) for start in range(0, count, BATCH_CHUNKS)]
    for batch in batches:
        random.shuffle(batch)
    random.shuffle(batches)
    out: list[int] = []
    while batches:
        out.extend(batch.pop() for batch in batches)
        batches = [batch for batch in batches if batch]
    return [*out[1:], out[0]] if count > 1 and out == sorted(out) else out
