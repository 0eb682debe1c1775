"""Small problems where float64 itself is in doubt, solved in 50 digits with mpmath.

Columns of scale 1e-6 ... 1e6, lambda/n from 1e-7 to 1e2, separable classes, n < d, rank deficiency, weights 0 ... 1e4,
logits beyond +-700. Written from the definitions, nothing shared with the program or with regression.py: effects are
plain differences f(theta without the group) - f(theta), which 50 digits can afford.

A class that vanishes with a free bias: see edge_cases.py. The limit is the fit of the classes that are left.
"""
import json

import numpy as np
from mpmath import mp, mpf, exp, log, matrix, lu_solve

from rows import mixed

mp.dps = 50
ESTIMATORS = ['influence', 'newton', 'actual', 'influenceOnParameters', 'newtonLinear']


def numbers(seed, *shape):
    """Uniform on (-1.7, 1.7) with 4 decimals, from integers."""
    flat = mixed(seed, int(np.prod(shape))).astype(np.float64) / 2 ** 32
    return np.round((flat.reshape(shape) - 0.5) * 3.4, 4)


class Problem:
    """theta: a list of q numbers, class-major, the bias last (as in the program's own convention)."""

    def __init__(self, X, y, K, lam, intercept, weights):
        self.X = [[mpf(float(v)) for v in row] + ([mpf(1)] if intercept else []) for row in X]
        self.y, self.K, self.lam, self.intercept = [int(k) for k in y], K, mpf(lam), intercept
        self.s = [mpf(1)] * len(y) if weights is None else [mpf(float(w)) for w in weights]
        self.p, self.L = len(self.X[0]), 1 if K == 2 else K
        self.q = self.L * self.p
        self.classes = list(range(K))

    def ridge(self, j):
        return mpf(0) if self.intercept and j % self.p == self.p - 1 else self.lam

    def logits(self, theta, x):
        z = [sum(a * b for a, b in zip(theta[k * self.p:(k + 1) * self.p], x)) for k in range(self.L)]
        return [mpf(0)] + z if self.L == 1 else z

    def probabilities(self, theta, x):
        """Over the classes that are not lost: those have probability 0."""
        z = self.logits(theta, x)
        top = max(z[k] for k in self.classes)
        e = [exp(z[k] - top) if k in self.classes else mpf(0) for k in range(self.K)]
        total = sum(e)
        return [v / total for v in e]

    def loss(self, theta, x, label):
        z = self.logits(theta, x)
        top = max(z[k] for k in self.classes)
        return top + log(sum(exp(z[k] - top) for k in self.classes)) - z[label]

    def loss_gradient(self, theta, x, label):
        P = self.probabilities(theta, x)
        modelled = [1] if self.L == 1 else range(self.K)
        return [(P[k] - (1 if k == label else 0)) * v for k in modelled for v in x]

    def gradient(self, theta, rows):
        g = [self.ridge(j) * theta[j] for j in range(self.q)]
        for i in rows:
            for j, v in enumerate(self.loss_gradient(theta, self.X[i], self.y[i])):
                g[j] += self.s[i] * v
        return g

    def pull(self, theta, group):
        g = [mpf(0)] * self.q
        for i in group:
            for j, v in enumerate(self.loss_gradient(theta, self.X[i], self.y[i])):
                g[j] += self.s[i] * v
        return g

    def hessian(self, theta, rows):
        H = matrix(self.q, self.q)
        for i in rows:
            if self.s[i] == 0:
                continue
            P = self.probabilities(theta, self.X[i])[1 if self.L == 1 else 0:]
            x = self.X[i]
            for k in range(self.L):
                for l in range(k + 1):
                    c = self.s[i] * P[k] * ((1 if k == l else 0) - P[l])
                    if c == 0:
                        continue
                    for a in range(self.p):
                        ca = c * x[a]
                        for b in range(self.p if k != l else a + 1):
                            H[k * self.p + a, l * self.p + b] += ca * x[b]
        for a in range(self.q):
            H[a, a] += self.ridge(a)
            for b in range(a):
                H[b, a] = H[a, b]
        return H

    def solve(self, H, g):
        A = H.copy()
        for c in range(self.K):
            # A lost class keeps its bias where it is.
            if c not in self.classes and self.intercept and self.L > 1:
                A[c * self.p + self.p - 1, c * self.p + self.p - 1] += 1
        if self.L > 1 and self.intercept:
            bias = [k * self.p + self.p - 1 for k in self.classes]
            for a in bias:
                for b in bias:
                    A[a, b] += 1
        return [v for v in lu_solve(A, matrix(g))]

    def objective(self, theta, rows):
        return (sum(self.s[i] * self.loss(theta, self.X[i], self.y[i]) for i in rows if self.s[i] != 0)
                + sum(self.ridge(j) * v * v for j, v in enumerate(theta)) / 2)

    def fit(self, rows, start):
        theta, g = list(start), self.gradient(start, rows)
        size = [sum(self.s[i] * abs(x[j]) for i, x in enumerate(self.X)) + self.lam for j in range(self.p)]
        for _ in range(400):
            if all(abs(v) <= mpf(10) ** -38 * size[j % self.p] for j, v in enumerate(g)):
                return theta
            step = self.solve(self.hessian(theta, rows), [-v for v in g])
            value, slope, t = self.objective(theta, rows), sum(a * b for a, b in zip(g, step)), mpf(1)
            if -slope < mpf(10) ** -42 * (1 + abs(value)):
                theta = [a + b for a, b in zip(theta, step)]
                g = self.gradient(theta, rows)
                continue
            while self.objective([a + t * b for a, b in zip(theta, step)], rows) > value + t * slope / 10000:
                t /= 2
            theta = [a + t * b for a, b in zip(theta, step)]
            g = self.gradient(theta, rows)
        raise RuntimeError('no optimum')


def dot(a, b):
    return sum((x * y for x, y in zip(a, b)), mpf(0))


def number(v):
    return ('Infinity' if v > 0 else '-Infinity') if mp.isinf(v) else float(v)


def case(title, X, y, Xt, yt, K, relative, groups, intercept=True, weights=None):
    n = len(y)
    lam = float(relative) * n
    m = Problem(X, y, K, lam, intercept, weights)
    everyone = list(range(n))
    theta = m.fit(everyone, [mpf(0)] * m.q)
    T = [[mpf(float(v)) for v in row] + ([mpf(1)] if intercept else []) for row in Xt]
    yt = [int(k) for k in yt]
    H = m.hessian(theta, everyone)
    evaluations = [{'quantity': 'margin', 'target': str(r)} for r in (0, 1)] if K == 2 else []
    evaluations += [{'quantity': 'loss', 'target': str(r)} for r in (0, 1)]
    evaluations += [{'quantity': 'selfLoss', 'target': 'self'}, {'quantity': 'meanTestLoss', 'target': 'all'}]

    def values(t, group):
        """f(t), one per evaluation; a test point of a lost class has an infinite loss."""
        def loss(x, label):
            return m.loss(t, x, label) if label in m.classes else mp.inf
        test = [loss(x, k) for x, k in zip(T, yt)]
        own = sum((m.s[i] * loss(m.X[i], m.y[i]) for i in group if m.s[i] != 0), mpf(0))
        margins = []
        if K == 2:
            for r in (0, 1):
                if len(m.classes) == 2:
                    margins.append((1 if yt[r] == 1 else -1) * dot(t, T[r]))
                else:
                    margins.append(mp.inf if yt[r] in m.classes else -mp.inf)
        return margins + [test[0], test[1], own, sum(test) / len(test)]

    def gradients(g):
        rows = [m.loss_gradient(theta, x, k) for x, k in zip(T, yt)]
        mean = [sum(column) / len(rows) for column in zip(*rows)]
        margins = [[(1 if yt[r] == 1 else -1) * v for v in T[r]] for r in (0, 1)] if K == 2 else []
        return margins + [rows[0], rows[1], g, mean]

    effects, vanishes = {k: [] for k in ESTIMATORS}, []
    for group in groups:
        rest = [i for i in everyone if i not in set(group)]
        g = m.pull(theta, group)
        before = values(theta, group)
        influence = m.solve(H, g)
        newton = m.solve(m.hessian(theta, rest), g)
        lost = [k for k in range(K) if not any(m.y[i] == k and m.s[i] > 0 for i in rest)] if intercept else []
        vanishes.append(bool(lost))
        slopes = gradients(g)
        moved = lambda d: [a + b for a, b in zip(theta, d)]
        at = lambda t: [a - b for a, b in zip(values(t, group), before)]
        effects['influence'].append([number(dot(f, influence)) for f in slopes])
        effects['newtonLinear'].append([number(dot(f, newton)) for f in slopes])
        effects['influenceOnParameters'].append([number(v) for v in at(moved(influence))])
        effects['newton'].append([number(v) for v in at(moved(newton))])
        if not lost:
            effects['actual'].append([number(v) for v in at(m.fit(rest, theta))])
        elif K == 2:
            m.classes = [k for k in range(K) if k not in lost]
            effects['actual'].append([number(v) for v in at([mpf(0)] * m.q)])
            m.classes = list(range(K))
        else:
            m.classes = [k for k in range(K) if k not in lost]
            start = list(theta)
            effects['actual'].append([number(v) for v in at(m.fit(rest, start))])
            m.classes = list(range(K))
    print(title, flush=True)
    return {
        'title': title, 'd': len(X[0]), 'X': [float(v) for v in np.ravel(X)], 'y': [int(k) for k in y],
        'testX': [float(v) for v in np.ravel(Xt)], 'testY': yt, 'classes': [str(k) for k in range(K)],
        'lambda': lam, 'intercept': intercept, 'weights': None if weights is None else [float(w) for w in weights],
        'theta': [float(v) for v in theta], 'groups': [[int(i) for i in w] for w in groups], 'vanishes': vanishes,
        'evaluations': evaluations, 'effects': effects,
    }


def labelled(seed, n, d, K, noise=0.8):
    """Labels follow the features with noise; rows 0..3 are copies of one point; every class has two rows at least."""
    X = numbers(seed, n, d)
    X[1:4] = X[0]
    y = np.argmax(X @ numbers(seed + 1, d, K) + noise * numbers(seed + 2, n, K), axis=1)
    y[:4] = y[0]
    for k in range(K):
        y[4 + 2 * k:6 + 2 * k] = k
    return X, y


def standard_groups(y, K, whole=True):
    """Nothing, a point, all copies of a point, two overlapping quarters, 90 %, all but one row per class, whole classes."""
    n = len(y)
    first = [int(np.flatnonzero(y == k)[-1]) for k in range(K)]
    ninety = [i for i in range(n) if i % 10 != 3 and i not in first]
    return [[], [7], [0, 1, 2, 3], list(range(4, 4 + n // 4)), list(range(4 + n // 8, 4 + n // 8 + n // 4)), ninety,
            [i for i in range(n) if i not in first]] + ([[int(i) for i in np.flatnonzero(y == 0)]] if whole else [])


def cases():
    def usual(title, seed, K, relative, change=lambda X: X, n=40, d=5, noise=0.8, weights=None, intercept=True):
        X, y = labelled(seed, n, d, K, noise)
        Xt, yt = labelled(seed + 50, 12, d, K, noise)
        return case(title, change(X), y, change(Xt), yt, K, relative, standard_groups(y, K), intercept, weights)

    scales = 10.0 ** np.array([-6, -3, 0, 3, 6])
    for K in (2, 3):
        for relative in (1e-7, 1e-3, 1e2):
            yield usual(f'columns of scale 1e-6 to 1e6, {K} classes, lambda/n {relative:g}', 100 + K, K, relative,
                        lambda X: X * scales)
        yield usual(f'columns of scale 1e-6 to 1e6, {K} classes, no intercept', 110 + K, K, 1e-3, lambda X: X * scales,
                    intercept=False)
        yield usual(f'duplicated and constant columns, {K} classes', 120 + K, K, 1e-4,
                    lambda X: np.column_stack([X, X[:, 0], 1e3 * X[:, 1], np.full(len(X), 7.0), np.zeros(len(X))]))
        yield usual(f'rank 2 of 5 columns, {K} classes', 130 + K, K, 1e-5,
                    lambda X: X[:, :2] @ numbers(7, 2, 5))
        for relative in (1e-7, 1e-5, 1e-1, 1e2):
            yield usual(f'{K} classes, lambda/n {relative:g}', 140 + K, K, relative)
        for relative in (1e-7, 1e-3):
            yield usual(f'separable, {K} classes, lambda/n {relative:g}', 150 + K, K, relative,
                        lambda X: X, noise=0.0)
        yield usual(f'n < d, {K} classes', 160 + K, K, 1e-3, n=20, d=24 if K == 2 else 22)
        weights = 10.0 ** np.round((mixed(9, 40) / 2 ** 32) * 7 - 3)
        weights[8:40:6] = 0
        yield usual(f'weights 0 to 1e4, {K} classes', 170 + K, K, 1e-3, weights=weights)
        steep = lambda X: np.vstack([X[:6], X[6:9] * np.array([[3000.0], [-1500.0], [900.0]]), X[9:]])
        yield usual(f'logits beyond 700, {K} classes', 180 + K, K, 1e-6, steep, noise=0.0)


def main(path):
    with open(path, 'w', encoding='utf8') as file:
        made = ',\n'.join(json.dumps(one, separators=(',', ':')) for one in cases())
        file.write('{"command":"/usr/bin/python3 -B tests/golden/extremes.py","digits":%d,"cases":[\n%s\n]}\n' % (mp.dps, made))


if __name__ == '__main__':
    main(__file__.replace('.py', '.json'))
