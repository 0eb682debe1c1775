"""Small problems at the edge of what the method allows, with their inputs.

When a group takes the last row of a class
------------------------------------------
Without a bias, or with every coefficient regularised, retraining has one finite optimum and everything is as usual.

With a free bias there is no optimum. Let class c vanish. Lowering the logit of c by the same amount for every row
costs no penalty and lowers every remaining loss, so b_c -> -infinity, and p_c -> 0 on every row. Then
  * softmax, K - 1 > 1 classes left: the gradient of theta_c tends to lambda theta_c, so theta_c -> 0 and the other
    classes tend to the (K - 1)-class fit of the rows that stay. Losses of points of the remaining classes tend to
    those of that fit: their effects are finite limits, and well defined. Losses of points of class c tend to
    +infinity: so does a test loss, a mean test loss over rows that include class c, and the self-loss of the group.
  * two classes: all remaining rows have one label; theta -> 0 (only the penalty is left), b -> -+infinity. Losses of
    the remaining class tend to 0 (effect -> -f(theta)), losses of the lost class and the mean over both to +infinity,
    the margin y (theta x + b) to +infinity for test points of the remaining class and -infinity for the lost one.
A solver that stops when the gradient is small stops somewhere on that ray: its margin and its losses for the lost
class say only how small "small" was. They must not be reported as numbers.

What the program should report for `actual`: the limit where it is finite; undefined (empty) where it diverges, with a
remark on the study that says which class vanished, in how many groups, and that the effect is infinite. Influence
and Newton (and their parameter forms) are computed at the full fit, where the class is still there: they are
finite and are reported as usual. All rows removed: the same ray in every direction (the bias is arbitrary);
everything after retraining is undefined.
The goldens hold "Infinity" and "-Infinity" where the limit is infinite.
"""
import numpy as np

from regression import Evaluations, Regression, removal_effects
from rows import mixed


def numbers(seed, *shape):
    """Uniform on (-1.7, 1.7) with 4 decimals, from integers: no random generator to agree on."""
    flat = mixed(seed, int(np.prod(shape))).astype(np.float64) / 2 ** 32
    return np.round((flat.reshape(shape) - 0.5) * 3.4, 4)


def labelled(seed, n, d, K, strength=1.0):
    X = numbers(seed, n, d)
    scores = strength * X @ numbers(seed + 1, d, K) + 0.8 * numbers(seed + 2, n, K)
    return X, np.argmax(scores, axis=1)


def case(title, X, y, Xt, yt, K, lam, groups, intercept=True, weights=None):
    labels = [str(k) for k in range(K)]
    model = Regression(X, y, K, lam, intercept, weights)
    theta, norm = model.fit()
    f = Evaluations(model, theta, Xt, yt, labels, [0, 1], slices=True)
    finite = [w for w in groups if not vanished(model, w, K)]
    effects, norms = removal_effects(model, theta, f, finite)
    rows, at = {k: [] for k in effects}, 0
    for w in groups:
        if vanished(model, w, K):
            estimates = one_step(model, theta, f, w)
            for k in rows:
                rows[k].append(limits(model, theta, f, w, Xt, yt, K) if k == 'actual' else estimates[k])
        else:
            for k in rows:
                rows[k].append([float(x) for x in effects[k][at]])
            at += 1
    print(f'  {title}: gradient {norm:.1e}, retrained {max(norms, default=0):.1e}, |theta| {np.linalg.norm(theta):.3g}')
    return {'title': title, 'd': X.shape[1], 'X': X.ravel().tolist(), 'y': y.tolist(), 'testX': Xt.ravel().tolist(),
            'testY': yt.tolist(), 'classes': labels, 'lambda': lam, 'intercept': intercept,
            'weights': None if weights is None else weights.tolist(), 'gradientNorm': norm,
            'theta': theta.reshape(model.L, model.p).tolist(), 'groups': [[int(i) for i in w] for w in groups],
            'vanishes': [vanished(model, w, K) for w in groups], 'evaluations': f.list, 'values': f.values(),
            'effects': rows}


def vanished(model, w, K):
    """A class that the fit had and that has no weight left, with a free bias."""
    left = model.s.copy()
    left[np.asarray(w, dtype=int)] = 0
    lost = [k for k in range(K) if model.s[model.y == k].sum() > 0 and left[model.y == k].sum() == 0]
    return bool(lost) and model.intercept


def one_step(model, theta, f, w):
    """The estimators that need no retraining."""
    w = np.asarray(w, dtype=np.int64)
    removed = np.zeros(model.n)
    removed[w] = model.s[w]
    g = model.loss_gradient(theta, removed)
    first = model.solve(model.curvature(theta, model.s), g)
    newton = model.solve(model.curvature(theta, model.s - removed), g)
    out = {'influence': f.slope(first, g), 'newtonLinear': f.slope(newton, g),
           'influenceOnParameters': f.change(first, w), 'newton': f.change(newton, w)}
    return {k: [float(x) for x in v] for k, v in out.items()}


def limits(model, theta, f, w, Xt, yt, K):
    """Actual effects in the limit: the fit of the classes that remain; +-Infinity where it diverges."""
    keep = np.setdiff1d(np.arange(model.n), w)
    left = [k for k in range(K) if np.any(model.y[keep] == k)]
    before = model.losses(theta, f.Xt, f.yt)
    after = np.full(len(yt), np.inf)
    inside = np.isin(yt, left)
    if len(left) == 1:
        after[inside] = 0.0
    else:
        # K - 1 classes as a softmax even when two are left: with the penalty on both, theta = (-u/2, u/2), is the
        # two-class fit with lambda/2 on u
        features = model.X[keep][:, :-1]
        relabelled = np.searchsorted(left, model.y[keep])
        lam = model.lam / 2 if len(left) == 2 else model.lam
        smaller = Regression(features, relabelled, len(left), lam, True, model.s[keep])
        fit, _ = smaller.fit()
        after[inside] = smaller.losses(fit, f.Xt[inside], np.searchsorted(left, yt[inside]))
    change = after - before
    margin = [float('inf') if yt[r] in left else float('-inf') for r in f.rows] if f.margin else []
    means = [np.inf if np.any(~inside & (m > 0)) else m[inside] @ change[inside] for m in f.masks]
    values = margin + [change[r] for r in f.rows] + [np.inf] + means
    return [float(x) if np.isfinite(x) else ('Infinity' if x > 0 else '-Infinity') for x in values]


def study():
    X, y = labelled(10, 40, 3, 2)
    Xt, yt = labelled(20, 12, 3, 2)
    X3, y3 = labelled(30, 60, 4, 3)
    Xt3, yt3 = labelled(40, 15, 4, 3)
    yt[:2], yt3[:2] = [0, 1], [0, 2]
    ones, zeros = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    half = [0, 1, 2, 5, 8, 13, 21, 34]
    most = [i for i in range(40) if i % 10 != 3]
    most3 = [i for i in range(60) if i % 10 not in (3, 7)]
    weights = 0.5 + (np.arange(40) % 5) / 2
    weights3 = np.where(np.arange(60) % 6 == 0, 0.0, 0.5 + (np.arange(60) % 5) / 2)
    some = [[], [0], half, most]
    deficient = np.column_stack([X, X[:, 0] - 2 * X[:, 1], np.full(40, 3.0), np.zeros(40)])
    deficient_t = np.column_stack([Xt, Xt[:, 0] - 2 * Xt[:, 1], np.full(12, 3.0), np.zeros(12)])
    separable = (X[:, 0] + X[:, 1] > 0.1).astype(int)
    wide, wide_y = labelled(50, 20, 30, 2)
    wide_t, wide_ty = labelled(60, 8, 30, 2)
    copied = np.vstack([X[:20], np.repeat(X[[20]], 10, axis=0), X[30:]])
    copied_y = np.concatenate([y[:20], np.full(10, y[20]), y[30:]])
    steep, steep_t = X * 1e3, Xt * 1e3
    return {'cases': [
        case('binary, free bias', X, y, Xt, yt, 2, 0.04, some),
        case('binary, no intercept, a class vanishes', X, y, Xt, yt, 2, 0.04, [*some, ones, zeros], intercept=False),
        case('binary, free bias, a class vanishes', X, y, Xt, yt, 2, 0.04, [ones, zeros, [0, *ones]]),
        case('softmax, free bias, a class vanishes', X3, y3, Xt3, yt3, 3, 0.06,
             [[], half, most3, np.flatnonzero(y3 == 1), np.flatnonzero(y3 != 0)]),
        case('softmax, no intercept, a class vanishes', X3, y3, Xt3, yt3, 3, 0.06,
             [half, most3, np.flatnonzero(y3 == 1)], intercept=False),
        case('binary, weights', X, y, Xt, yt, 2, 0.04, some, weights=weights),
        case('softmax, weights, some 0', X3, y3, Xt3, yt3, 3, 0.06, [[], [0], half, most3], weights=weights3),
        case('binary, rank-deficient and constant columns', deficient, y, deficient_t, yt, 2, 0.04, some),
        case('binary, separable', X, separable, Xt, yt, 2, 0.004, some),
        case('binary, fewer rows than columns', wide, wide_y, wide_t, wide_ty, 2, 0.02, [[], [0], [1, 2, 5, 8]]),
        case('binary, all copies of a point', copied, copied_y, Xt, yt, 2, 0.04,
             [list(range(20, 30)), list(range(20, 29))]),
        case('binary, logits beyond 700', steep, separable, steep_t, yt, 2, 1e-3, [[], [0], half]),
    ]}
