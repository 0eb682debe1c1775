"""The two counterexamples of Koh et al. 2019, Figure 3: no intercept, relative lambda 1e-3."""
import numpy as np

from regression import Regression


def scale_data():
    """Right panel: 120 copies of 4 points."""
    points = [((.075, 0.), 0, 40), ((.15, 0.), 1, 20), ((0., 1.), 0, 40), ((0., .1), 1, 20)]
    X = np.repeat([p for p, _, _ in points], [c for _, _, c in points], axis=0)
    y = np.repeat([k for _, k, _ in points], [c for _, _, c in points])
    return X, y, [c for _, _, c in points]


def scale():
    X, y, counts = scale_data()
    model = Regression(X, y, 2, 0.12, intercept=False)
    theta, norm = model.fit()
    H, x_test = model.curvature(theta, model.s), np.array([1., 1.])
    rows, worst = [], 0.0
    for point, count in enumerate(counts):
        start = sum(counts[:point])
        for m in range(1, count):
            w = np.arange(start, start + m)
            removed = np.zeros(model.n)
            removed[w] = 1.0
            g = model.loss_gradient(theta, removed)
            influence = x_test @ model.solve(H, g)
            newton = x_test @ model.solve(model.curvature(theta, 1 - removed), g)
            actual = x_test @ (model.fit(1 - removed, start=theta)[0] - theta)
            p = model.probabilities(theta, X[[start]])[0, 1]
            d = 1.0 / (1.0 - m * p * (1 - p) * (X[start] @ model.solve(H, X[start])))
            worst = max(worst, abs(newton - d * influence) / abs(newton))
            rows.append([point, m, influence, newton, actual, d])
    print(f'  scale: theta {theta}, gradient {norm:.1e}, {len(rows)} groups, Prop. 4 within {worst:.1e}')
    return {'theta': theta.tolist(), 'lambda': 0.12, 'testPoint': [1, 1],
            'columns': ['point', 'copies', 'influence', 'newton', 'actual', 'd'], 'groups': rows}


def sign_data(seed, D=60, per_class=60):
    rng = np.random.RandomState(seed)
    axis = rng.standard_normal(D)
    axis *= 0.5 / np.linalg.norm(axis)
    X = rng.standard_normal((2 * per_class, D))
    y = np.repeat([0, 1], per_class)
    return np.round(X + np.where(y == 1, 0.5, -0.5)[:, None] * axis, 4), y


def changes_of_pairs(X, y):
    """Parameter changes (influence, Newton) of removing each of the 7,140 pairs."""
    model = Regression(X, y, 2, 1e-3 * len(y), intercept=False)
    theta, _ = model.fit()
    H = model.curvature(theta, model.s) + np.diag(model.ridge)
    p = model.probabilities(theta)[:, 1]
    G, D = (p - y)[:, None] * X, p * (1 - p)
    pairs = np.array([(i, j) for i in range(len(y)) for j in range(i + 1, len(y))])
    g = G[pairs].sum(axis=1)
    influence = np.linalg.solve(H, g.T).T
    newton = np.empty_like(influence)
    for start in range(0, len(pairs), 500):
        part = pairs[start:start + 500]
        Hw = np.einsum('gi,gia,gib->gab', D[part], X[part], X[part])
        newton[start:start + 500] = np.linalg.solve(H - Hw, g[start:start + 500, :, None])[:, :, 0]
    return model, theta, pairs, influence, newton


def sign():
    X, y = sign_data(0)
    model, theta, pairs, a, b = changes_of_pairs(X, y)
    cosine = np.sum(a * b, axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
    order = np.argsort(cosine, kind='stable')
    minimal_a, minimal_b = a[order[0]], b[order[0]]
    x_test = minimal_b - minimal_a * (minimal_a @ minimal_b) / (minimal_a @ minimal_a)
    for K in (30, 120):
        rho, opposite = span_directions(a[order[:K]], b[order[:K]])
        print(f'  sign: K={K} mean rho {rho:.3f}, opposite signs {opposite:.3f}')
    chosen = order[:30]
    removed = np.zeros(len(y))
    removed[pairs[order[0]]] = 1.0
    actual = x_test @ (model.fit(1 - removed, start=theta)[0] - theta)
    return {'lambda': model.lam, 'd': X.shape[1], 'X': X.ravel().tolist(), 'y': y.tolist(),
            'pairs': pairs[chosen].tolist(), 'cosines': cosine[chosen].tolist(),
            'minimal': {'testPoint': x_test.tolist(), 'newton': float(x_test @ minimal_b), 'actual': float(actual),
                        'influenceIs': 0},
            'leastCosineOfAllPairs': float(cosine[order[0]]), 'medianCosine': float(np.median(cosine))}


def span_directions(a, b, directions=2000):
    """Spearman correlation and share of opposite signs over random test directions in the span of the changes."""
    from scipy.stats import spearmanr
    rng = np.random.RandomState(1)
    basis = np.vstack([a, b])
    rho, opposite = [], []
    for _ in range(directions):
        x = rng.standard_normal(len(basis)) @ (basis / np.linalg.norm(basis, axis=1)[:, None])
        rho.append(spearmanr(a @ x, b @ x)[0])
        opposite.append(np.mean(np.sign(a @ x) != np.sign(b @ x)))
    return np.mean(rho), np.mean(opposite)


def study():
    return {'scale': scale(), 'sign': sign()}
