"""L2-regularised logistic and softmax regression in float64, and the effects of removing rows.

The independent judge of the project: written from the definitions (objective = sum of losses
+ (lambda/2)|theta|^2, bias free), with dense Hessians, LAPACK and nothing shared with the
program under test.

    effect = f(theta without the rows) - f(theta)        positive = removal raises f
"""
import numpy as np
import scipy.linalg as la


class Regression:
    """theta is flat: p numbers for two classes (logit of the second), K*p class-major for K > 2.

    The bias is the last coordinate of each class. `weights` multiply losses, gradients and curvature.
    """

    def __init__(self, X, y, classes, lam, intercept=True, weights=None):
        self.n, self.d = X.shape
        self.K = classes
        self.lam = float(lam)
        self.intercept = intercept
        self.X = augmented(X, intercept)
        self.y = np.asarray(y, dtype=np.int64)
        self.s = np.ones(self.n) if weights is None else np.asarray(weights, dtype=np.float64)
        self.p = self.X.shape[1]
        self.L = 1 if classes == 2 else classes
        ridge = np.full(self.p, self.lam)
        if intercept:
            ridge[-1] = 0.0
        self.ridge = np.tile(ridge, self.L)

    def probabilities(self, theta, X=None):
        """n x K, rows sum to 1."""
        Z = full_logits(self.X if X is None else X, theta, self.L)
        Z = Z - Z.max(axis=1, keepdims=True)
        E = np.exp(Z)
        return E / E.sum(axis=1, keepdims=True)

    def losses(self, theta, X=None, y=None):
        X, y = (self.X, self.y) if X is None else (X, y)
        Z = full_logits(X, theta, self.L)
        Z = Z - Z[np.arange(len(y)), y][:, None]
        # log(1 + sum over the other classes of e^(z_k - z_y)): a loss of 1e-30 keeps its digits
        Z[np.arange(len(y)), y] = -np.inf
        top = np.maximum(Z.max(axis=1), 0.0)
        others = np.exp(Z - top[:, None]).sum(axis=1)
        return np.where(top > 0, top + np.log(np.exp(-top) + others), np.log1p(others))

    def residuals(self, theta, X=None, y=None):
        """d loss / d logit, n x L (L = 1: of the second class)."""
        X, y = (self.X, self.y) if X is None else (X, y)
        R = self.probabilities(theta, X)
        R[np.arange(len(y)), y] -= 1.0
        if self.L > 1:
            return R
        # p - y of the second class, without the cancellation of 1 - p
        z = X @ theta
        sign = np.where(y == 1, 1.0, -1.0)
        return (-sign / (1.0 + np.exp(np.clip(sign * z, -745, 709))))[:, None]

    def loss_gradient(self, theta, v, X=None, y=None):
        """sum_i v_i grad loss_i (no ridge)."""
        X_, y_ = (self.X, self.y) if X is None else (X, y)
        return (self.residuals(theta, X_, y_) * v[:, None]).T.dot(X_).ravel()

    def objective(self, theta, v):
        return v @ self.losses(theta) + 0.5 * np.sum(self.ridge * theta * theta)

    def gradient(self, theta, v):
        return self.loss_gradient(theta, v) + self.ridge * theta

    def curvature(self, theta, v):
        """sum_i v_i hess loss_i (no ridge), dense."""
        P = self.probabilities(theta)
        if self.L == 1:
            return (self.X * (v * P[:, 0] * P[:, 1])[:, None]).T @ self.X
        p, H = self.p, np.empty((self.L * self.p, self.L * self.p))
        for a in range(self.L):
            for b in range(a, self.L):
                D = v * P[:, a] * ((1.0 if a == b else 0.0) - P[:, b])
                block = (self.X * D[:, None]).T @ self.X
                H[a * p:(a + 1) * p, b * p:(b + 1) * p] = block
                H[b * p:(b + 1) * p, a * p:(a + 1) * p] = block.T
        return H

    def bordered(self, H, theta=None):
        """H + ridge; for a free softmax bias the direction 'the same c to every class' is given curvature
        (it is orthogonal to every gradient, so no solution moves along it)."""
        A = H + np.diag(self.ridge)
        if self.L > 1 and self.intercept:
            bias = np.arange(self.L) * self.p + self.p - 1
            A[np.ix_(bias, bias)] += max(1.0, np.trace(H[np.ix_(bias, bias)]) / self.L) / self.L
        return A

    def solve(self, H, g):
        return la.solve(self.bordered(H), g, assume_a='pos')

    def centred(self, theta):
        """The representative whose softmax biases sum to 0."""
        if self.L == 1 or not self.intercept:
            return theta
        T = theta.reshape(self.L, self.p).copy()
        T[:, -1] -= T[:, -1].mean()
        return T.ravel()

    def fit(self, v=None, start=None, steps=200):
        """Newton with step halving, until the gradient no longer shrinks (rounding floor: below 1e-11 n)."""
        v = self.s if v is None else v
        theta = np.zeros(self.L * self.p) if start is None else start.copy()
        g = self.gradient(theta, v)
        best, best_norm, stalled = theta, la.norm(g), 0
        for _ in range(steps):
            if best_norm == 0.0 or stalled >= 8:
                break
            step = -self.solve(self.curvature(theta, v), g)
            value, slope, t = self.objective(theta, v), g @ step, 1.0
            while t > 1e-10 and self.objective(theta + t * step, v) > value + 1e-4 * t * slope + 1e-12 * abs(value):
                t *= 0.5
            theta = self.centred(theta + t * step)
            g = self.gradient(theta, v)
            norm = la.norm(g)
            stalled = stalled + 1 if norm > 0.5 * best_norm and best_norm < 1e-11 * self.n else 0
            if norm < best_norm:
                best, best_norm = theta, norm
        if best_norm > 1e-12 * self.n:
            raise RuntimeError(f'Newton stopped at a gradient of {best_norm:.1e}')
        return best, best_norm


def augmented(X, intercept):
    X = np.asarray(X, dtype=np.float64)
    return np.hstack([X, np.ones((len(X), 1))]) if intercept else X


def full_logits(X, theta, L):
    if L == 1:
        z = X @ theta
        return np.column_stack([np.zeros(len(z)), z])
    return X @ theta.reshape(L, -1).T


def loss_changes(model, theta, delta, X, y):
    """loss(theta + delta) - loss(theta) per row, without cancellation where the change is small:
    log sum_k p_k e^{d_k} - d_y with d_k the change of logit k."""
    D = full_logits(X, delta, model.L)
    small = np.abs(D).max(axis=1) < 1.0
    out = model.losses(theta + delta, X, y) - model.losses(theta, X, y)
    Ds, ys = D[small], y[small]
    Ds = Ds - Ds[np.arange(len(ys)), ys][:, None]
    P = model.probabilities(theta, X[small])
    out[small] = np.log1p((P * np.expm1(Ds)).sum(axis=1))
    return out


class Evaluations:
    """The functions f, in a fixed order; `change(delta)` and `slope(delta)` give f(theta+delta)-f(theta) and
    grad f . delta for each."""

    def __init__(self, model, theta, X_test, y_test, labels, test_rows, slices=True, margin=True):
        self.model, self.theta = model, theta
        self.Xt, self.yt = augmented(X_test, model.intercept), np.asarray(y_test, dtype=np.int64)
        self.rows = list(test_rows)
        self.margin = margin and model.L == 1
        self.list = []
        if self.margin:
            self.list += [{'quantity': 'margin', 'target': str(r)} for r in self.rows]
        self.list += [{'quantity': 'loss', 'target': str(r)} for r in self.rows]
        self.list += [{'quantity': 'selfLoss', 'target': 'self'}]
        masks = [('all', np.ones(len(self.yt)))]
        if slices:
            masks += [(f'class={label}', (self.yt == k).astype(float)) for k, label in enumerate(labels)
                      if np.any(self.yt == k)]
        self.masks = [m / m.sum() for _, m in masks]
        self.list += [{'quantity': 'meanTestLoss', 'target': name} for name, _ in masks]
        row_gradients = [model.loss_gradient(theta, np.ones(1), self.Xt[[r]], self.yt[[r]]) for r in self.rows]
        mean_gradients = [model.loss_gradient(theta, m, self.Xt, self.yt) for m in self.masks]
        self.row_gradients, self.mean_gradients = row_gradients, mean_gradients

    def margins(self, delta):
        sign = np.where(self.yt[self.rows] == 1, 1.0, -1.0)
        return list(sign * (self.Xt[self.rows] @ delta)) if self.margin else []

    def change(self, delta, w):
        m = self.model
        test = loss_changes(m, self.theta, delta, self.Xt, self.yt)
        own = loss_changes(m, self.theta, delta, m.X[w], m.y[w]) if len(w) else np.zeros(0)
        return self.margins(delta) + [test[r] for r in self.rows] + [m.s[w] @ own] + [k @ test for k in self.masks]

    def slope(self, delta, g):
        return (self.margins(delta) + [r @ delta for r in self.row_gradients] + [g @ delta]
                + [r @ delta for r in self.mean_gradients])

    def values(self):
        """f(theta) itself; the self-loss (it depends on the group) as None."""
        test = self.model.losses(self.theta, self.Xt, self.yt)
        return self.margins(self.theta) + [test[r] for r in self.rows] + [None] + [k @ test for k in self.masks]


def removal_effects(model, theta, evaluations, groups):
    """All five estimators for each group of rows; retraining is a full Newton from the full fit."""
    H = model.curvature(theta, model.s)
    factor = la.cho_factor(model.bordered(H))
    out = {k: [] for k in ('influence', 'newton', 'actual', 'influenceOnParameters', 'newtonLinear')}
    norms = []
    for w in groups:
        w = np.asarray(w, dtype=np.int64)
        removed = np.zeros(model.n)
        removed[w] = model.s[w]
        g = model.loss_gradient(theta, removed)
        first = la.cho_solve(factor, g)
        newton = model.solve(model.curvature(theta, model.s - removed), g)
        if len(w):
            retrained, norm = model.fit(model.s - removed, start=theta)
        else:
            retrained, norm = theta, 0.0
        delta = retrained - theta
        out['influence'].append(evaluations.slope(first, g))
        out['newtonLinear'].append(evaluations.slope(newton, g))
        out['influenceOnParameters'].append(evaluations.change(first, w))
        out['newton'].append(evaluations.change(newton, w))
        out['actual'].append(evaluations.change(delta, w))
        norms.append(norm)
    return out, norms
