"""Row lists that both programs can build from a line of JSON."""
import numpy as np


def mixed(seed, n):
    """murmur3's 32-bit finaliser of i + 0x9e3779b9 * (seed + 1): the same integers everywhere."""
    h = (np.arange(n, dtype=np.uint64) + np.uint64((0x9E3779B9 * (seed + 1)) & 0xFFFFFFFF)) & np.uint64(0xFFFFFFFF)
    h ^= h >> np.uint64(16)
    h = (h * np.uint64(0x85EBCA6B)) & np.uint64(0xFFFFFFFF)
    h ^= h >> np.uint64(13)
    h = (h * np.uint64(0xC2B2AE35)) & np.uint64(0xFFFFFFFF)
    h ^= h >> np.uint64(16)
    return h


def rows_of(spec, n, y, columns=None):
    """spec → ascending rows:
    {"rows": [...]} as listed; {"start","step","count"} an arithmetic sequence;
    {"hash": seed, "count": m} the m rows with the smallest mixed(seed); with "class": k only rows of class k;
    {"class": k} the whole class; {"column", "level"} all rows of that value."""
    if 'rows' in spec:
        return np.array(sorted(spec['rows']), dtype=np.int64)
    if 'start' in spec:
        return spec['start'] + spec['step'] * np.arange(spec['count'])
    if 'column' in spec:
        return np.flatnonzero(columns[spec['column']] == spec['level'])
    pool = np.flatnonzero(y == spec['class']) if 'class' in spec else np.arange(n)
    if 'hash' not in spec:
        return pool
    order = pool[np.argsort(mixed(spec['hash'], n)[pool], kind='stable')]
    return np.sort(order[:spec['count']])
