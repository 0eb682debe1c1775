"""The first N training rows of an NPZ dataset, and as large a part of its test rows.

    python3 first-rows.py IN.npz OUT.npz N
"""

import sys

import numpy as np

source, target, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
z = np.load(source, allow_pickle=False)
n, tests = len(z["y_train"]), len(z["y_test"])
part = {"X_train": rows, "y_train": rows, "X_test": tests * rows // n, "y_test": tests * rows // n}
np.savez(target, **{name: z[name][:count] for name, count in part.items()})
