"""The named peer: scikit-learn retraining one group at a time, warm-started at the full fit.

    python3 peer.py DATASET.npz GROUPS.json LAMBDA SOLVER TOL SECONDS

Objective as in the project: sum of losses + (lambda/2)|theta|^2, intercept free, so C = 1/lambda.
Retrains the groups of GROUPS.json in a fixed shuffled order until SECONDS have passed (at least three),
and prints JSON: seconds per group, groups done, largest relative gradient norm reached.
"""

import json
import sys
import time
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")


def load(path):
    z = np.load(path, allow_pickle=False)
    if "X_train" in z:
        return z["X_train"].astype(np.float64), z["y_train"]
    from scipy.sparse import csr_matrix

    n = int(z["n_train"])
    X = csr_matrix((z["data"].astype(np.float64), z["indices"], z["indptr"]), shape=tuple(z["shape"]))
    return X[:n], z["y"][:n]


def relative_gradient(X, y, keep, coef, intercept, lam, reference):
    """|grad| of the objective over the kept rows, against |g(w)| at the full fit (two classes)."""
    def gradient(w, b):
        p = 1 / (1 + np.exp(-(X[keep] @ w + b)))
        r = p - (y[keep] == np.unique(y)[1])
        return np.append(X[keep].T @ r + lam * w, r.sum())

    return np.linalg.norm(gradient(coef, intercept)) / np.linalg.norm(gradient(*reference))


def main():
    dataset, groups_file, lam, solver, tol, budget = sys.argv[1:]
    lam, tol, budget = float(lam), float(tol), float(budget)
    X, y = load(dataset)
    members = [g["members"] for g in json.load(open(groups_file))]
    order = np.random.default_rng(0).permutation(len(members))
    model = LogisticRegression(
        C=1 / lam, solver=solver, tol=tol, max_iter=100000, warm_start=True, multi_class="multinomial" if solver == "lbfgs" and len(np.unique(y)) > 2 else "auto"
    )
    model.fit(X, y)
    coef, intercept = model.coef_.copy(), model.intercept_.copy()
    started, done, worst = time.perf_counter(), 0, 0.0
    spent = 0.0
    for index in order:
        keep = np.ones(len(y), bool)
        keep[members[index]] = False
        if len(np.unique(y[keep])) < len(np.unique(y)):
            continue
        begin = time.perf_counter()
        model.coef_, model.intercept_ = coef.copy(), intercept.copy()
        model.fit(X[keep], y[keep])
        spent += time.perf_counter() - begin
        done += 1
        if model.coef_.shape[0] == 1:
            worst = max(worst, relative_gradient(X, y, keep, model.coef_[0], model.intercept_[0], lam, (coef[0], intercept[0])))
        if done >= 3 and time.perf_counter() - started > budget:
            break
    print(json.dumps({"solver": solver, "tol": tol, "secondsPerGroup": spent / done, "groups": done, "worstRelativeGradient": worst}))


if __name__ == "__main__":
    main()
