"""The named peers, retraining one group at a time, warm-started at the full fit.

    python3 peer.py CALL.json        prints one JSON object

CALL.json: {"dataset": {"npz": PATH} | {"images": PATH, "labels": PATH, "skip": ROWS},
            "layout": "dense" | "sparse", "groups": groups.json of a bundle, "model": model.json of a bundle,
            "solver": "lbfgs" | "newton-cholesky" | "newton-cg" | "scipy-lbfgsb",
            "tolerance": number, or null to look for the largest that reaches "target",
            "target": median relative gradient that counts as exact, "seconds": budget, "least": groups at least}

The objective is the project's: sum of losses + (lambda/2)|theta|^2 with a free intercept, so C = 1/lambda. Every peer
starts from the same theta, our full fit, and is judged by the same float64 gradient at the end: |grad over the kept
rows| / |g(w)|, g(w) the gradient that the removal leaves at the full fit. The groups are retrained in a fixed
shuffled order until the budget is spent; copying the kept rows counts, as scikit-learn needs the copy.
"""

import gzip
import json
import sys
import time
import warnings

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, issparse
from scipy.special import expit, log_softmax, softmax
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")

TOLERANCES = [10.0**-power for power in range(2, 16, 2)]
# How far above the target the worst of all groups may be (as in peer.ts).
SLACK = 10
# L-BFGS-B stops by the largest component of the gradient, which may have to be smaller than the norm asked for.
FACTORS = (1, 0.3, 0.1, 0.03, 0.01)
MEMORIES = (10, 30)
# Rows fitted to the last digit leave a g(w) that is rounding, against which no gradient is small: such a group, a thousandth
# and less of what others have, is no retraining to be timed. Times n.
LEAST_GRADIENT = 1e-6
# Newton's steps are few; without an end, one that is refused by the line search is tried for ever.
MOST_ITERATIONS = {"newton-cg": 200, "newton-cholesky": 200, "lbfgs": 20_000}


def idx(path):
    with gzip.open(path) as file:
        data = file.read()
    axes = data[3]
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(axes)]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


def load(dataset, layout):
    """Training rows in float64, and their classes as numbers from 0."""
    if "images" in dataset:
        skip = dataset["skip"]
        images = idx(dataset["images"])[skip:]
        X, y = images.reshape(len(images), -1) / 255.0, idx(dataset["labels"])[skip:]
    else:
        z = np.load(dataset["npz"], allow_pickle=False)
        if "X_train" in z:
            X, y = z["X_train"].astype(np.float64), z["y_train"]
        else:
            n = int(z["n_train"])
            entries = (z["data"].astype(np.float64), z["indices"], z["indptr"])
            X, y = csr_matrix(entries, shape=tuple(z["shape"]))[:n], z["y"][:n]
    if layout == "sparse":
        X = csr_matrix(X)
    elif issparse(X):
        X = X.toarray()
    return X, np.unique(y, return_inverse=True)[1]


class Problem:
    """The objective and its gradient; parameters are L x (d + 1), intercepts last, L = 1 for two classes, else K."""

    def __init__(self, X, y, lam):
        self.X, self.y, self.lam = X, y, lam
        self.classes = int(y.max()) + 1
        self.logits = 1 if self.classes == 2 else self.classes
        self.hot = (np.arange(self.classes)[:, None] == y).astype(np.float64)

    def value_gradient(self, theta, weights):
        """Over rows weighted by `weights`: 0 where a row is removed, so that nothing is copied."""
        W, b = theta[:, :-1], theta[:, -1]
        if self.logits == 1:
            z = self.X @ W[0] + b[0]
            value = weights @ (np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0) - self.y * z)
            residual = (weights * (expit(z) - self.y))[None]
        else:
            Z = np.asarray(self.X @ W.T).T + b[:, None]
            value = -(weights @ (log_softmax(Z, axis=0) * self.hot).sum(axis=0))
            residual = weights * (softmax(Z, axis=0) - self.hot)
        gradient = np.empty_like(theta)
        gradient[:, :-1] = np.asarray(self.X.T @ residual.T).T + self.lam * W
        gradient[:, -1] = residual.sum(axis=1)
        return value + self.lam / 2 * np.sum(W * W), gradient

    def gradient_norm(self, theta, weights):
        return np.linalg.norm(self.value_gradient(theta, weights)[1])


def sklearn_retrainer(problem, start, solver):
    def retrain(keep, tolerance):
        model = LogisticRegression(C=1 / problem.lam, solver=solver, tol=tolerance, max_iter=MOST_ITERATIONS[solver], warm_start=True)
        model.coef_, model.intercept_ = start[:, :-1].copy(), start[:, -1].copy()
        model.fit(problem.X[keep], problem.y[keep])
        return np.column_stack([model.coef_, model.intercept_])

    return retrain


def scipy_retrainer(problem, start, memory):
    """L-BFGS-B that stops by the gradient alone; `tolerance` is its largest component, relative to |g(w)|."""

    def retrain(keep, tolerance):
        weights = keep.astype(np.float64)

        def objective(flat):
            value, gradient = problem.value_gradient(flat.reshape(start.shape), weights)
            return value, gradient.ravel()

        options = {
            "maxcor": memory,
            "ftol": 0,
            "gtol": tolerance * problem.gradient_norm(start, weights),
            "maxiter": MOST_ITERATIONS["lbfgs"],
            "maxfun": 2 * MOST_ITERATIONS["lbfgs"],
        }
        return minimize(objective, start.ravel(), jac=True, method="L-BFGS-B", options=options).x.reshape(start.shape)

    return retrain


def main():
    call = json.load(open(sys.argv[1]))
    X, y = load(call["dataset"], call["layout"])
    fit = json.load(open(call["model"]))
    problem = Problem(X, y, fit["lambda"])
    start = np.column_stack([np.array(fit["coefficients"]), np.array(fit["intercept"])])
    everything = np.ones(len(y))
    start_gradient = problem.gradient_norm(start, everything) / len(y)
    if not start_gradient < 1e-8:
        raise SystemExit(f"the full fit has a gradient of {start_gradient:.1e} n here: the peer sees other data")

    members = [group["members"] for group in json.load(open(call["groups"]))]
    order = np.random.default_rng(0).permutation(len(members))
    keeps = []

    def keep_of(position):
        """Rows that stay, of the groups in order; one that takes a whole class or has no gradient is passed over."""
        while len(keeps) <= position and len(order) > keep_of.next:
            keep = np.ones(len(y), bool)
            keep[members[order[keep_of.next]]] = False
            keep_of.next += 1
            # g(w) is the gradient over the rows that stay, at the full fit.
            moves = problem.gradient_norm(start, keep.astype(np.float64)) > LEAST_GRADIENT * len(y)
            if moves and len(np.unique(y[keep])) == problem.classes:
                keeps.append(keep)
        return keeps[position] if position < len(keeps) else None

    keep_of.next = 0

    def timed(retrain, keep, tolerance):
        begin = time.perf_counter()
        theta = retrain(keep, tolerance)
        seconds = time.perf_counter() - begin
        weights = keep.astype(np.float64)
        return seconds, problem.gradient_norm(theta, weights) / problem.gradient_norm(start, weights)

    def reached(found):
        norms = [norm for _, norm in found]
        return np.median(norms) <= call["target"] and max(norms) <= SLACK * call["target"]

    def sample(retrain, tolerance):
        """(seconds, relative gradient) of the first groups, or None where they do not reach the target."""
        found = []
        for keep in map(keep_of, range(call["least"])):
            if keep is None:
                break
            found.append(timed(retrain, keep, tolerance))
            if not found[-1][1] <= SLACK * call["target"]:
                return None
        return found if reached(found) else None

    def first_that_reaches(retrain, tolerances):
        """The largest tolerance with which the sample reaches the target, and that sample; else the smallest and none."""
        for tolerance in tolerances:
            found = sample(retrain, tolerance)
            if found is not None:
                return tolerance, found
        return tolerances[-1], None

    def total(found):
        return float("inf") if found is None else sum(seconds for seconds, _ in found)

    solver, tolerance, memory, found, tolerances = call["solver"], call["tolerance"], None, None, []
    if solver == "scipy-lbfgsb":
        tolerances = [factor * call["target"] for factor in FACTORS]
        for candidate in MEMORIES:
            one = scipy_retrainer(problem, start, candidate)
            its_tolerance, its_sample = first_that_reaches(one, tolerances)
            if memory is None or total(its_sample) < total(found):
                retrain, tolerance, memory, found = one, its_tolerance, candidate, its_sample
            if total(found) > call["seconds"]:
                break
    else:
        retrain = sklearn_retrainer(problem, start, solver)
        if tolerance is None:
            tolerances = TOLERANCES
            tolerance, found = first_that_reaches(retrain, tolerances)

    while True:
        # Where the sample took longer than the budget, it is the measurement.
        measured = found if found is not None and total(found) >= call["seconds"] else []
        started = time.perf_counter()
        while len(measured) < call["least"] or (measured is not found and time.perf_counter() - started < call["seconds"]):
            keep = keep_of(len(measured))
            if keep is None:
                break
            measured.append(timed(retrain, keep, tolerance))
        smaller = [one for one in tolerances if one < tolerance]
        if found is None or not smaller or reached(measured):
            break
        # The sample reached the target and the other groups do not: the next tolerance, measured anew.
        tolerance, found = first_that_reaches(retrain, smaller)
    seconds, relative = zip(*measured)
    print(
        json.dumps(
            {
                "tolerance": tolerance,
                "memory": memory,
                "groups": len(seconds),
                "secondsPerGroup": float(np.mean(seconds)),
                "standardError": float(np.std(seconds) / np.sqrt(len(seconds))),
                "worstRelativeGradient": float(np.max(relative)),
                "medianRelativeGradient": float(np.median(relative)),
                "startGradient": float(start_gradient),
            }
        )
    )


if __name__ == "__main__":
    main()
