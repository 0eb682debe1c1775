"""MNIST, 5,500 training rows, softmax, 7,850 unknowns: Newton with conjugate gradients preconditioned by the
Cholesky factor of the full-data Hessian (too large to factor again for every step of every group)."""
import numpy as np
import scipy.linalg as la

import datasets
from regression import Evaluations, Regression
from rows import rows_of

RELATIVE = 1e-3


def curvature_product(model, P, v, q):
    """(H + ridge) q with H = sum_i v_i hess loss_i, from the class probabilities P."""
    Q = model.X @ q.reshape(model.L, model.p).T
    R = v[:, None] * P * (Q - np.sum(P * Q, axis=1, keepdims=True))
    return (R.T @ model.X).ravel() + model.ridge * q


def solve(model, factor, theta, v, g, tolerance=1e-12, steps=200):
    P = model.probabilities(theta)
    x, r = np.zeros_like(g), model.centred(g)  # rounding leaves a part along the flat direction
    z = la.cho_solve(factor, r)
    q, rz, target = z.copy(), r @ z, tolerance * la.norm(g)
    for _ in range(steps):
        if la.norm(r) <= target:
            break
        Aq = curvature_product(model, P, v, q)
        t = rz / (q @ Aq)
        x, r = x + t * q, r - t * Aq
        z = model.centred(la.cho_solve(factor, r))
        rz, old = r @ z, rz
        q = z + (rz / old) * q
    if la.norm(r) > target:
        raise RuntimeError(f'conjugate gradients stopped at {la.norm(r) / la.norm(g):.1e}')
    return model.centred(x)


def retrain(model, factor, theta, v):
    best, best_norm, t = theta, np.inf, theta
    for _ in range(30):
        g = model.gradient(t, v)
        norm = la.norm(g)
        if norm < best_norm:
            improved = norm < 0.3 * best_norm
            best, best_norm = t, norm
        else:
            improved = False
        if best_norm < 3e-12 or (not improved and best_norm < 1e-9):
            return best, best_norm
        step = -solve(model, factor, t, v, g, 1e-5)
        scale, value = 1.0, model.objective(t, v)
        while model.objective(t + scale * step, v) > value + 1e-9 * abs(value):
            scale /= 2
        t = model.centred(t + scale * step)
    raise RuntimeError(f'Newton stopped at a gradient of {best_norm:.1e}')


def study():
    data = datasets.mnist_5500()
    n = len(data.y)
    model = Regression(data.X, data.y, 10, RELATIVE * n)
    theta = np.zeros(model.L * model.p)
    for _ in range(3):
        # full Newton steps from 0, where the loss is mild; the refinement is by conjugate gradients
        theta = model.centred(theta - model.solve(model.curvature(theta, model.s), model.gradient(theta, model.s)))
    factor = la.cho_factor(model.bordered(model.curvature(theta, model.s)), overwrite_a=True)
    theta, norm = retrain(model, factor, theta, model.s)
    print(f'  fit: gradient {norm:.1e}', flush=True)
    top = np.sort(np.argsort(-model.losses(theta), kind='stable')[:137])
    specs = [{'rows': []}, {'rows': [0]}, {'hash': 0, 'count': 14}, {'hash': 1, 'count': 550}, {'hash': 2, 'count': 1375},
             {'hash': 3, 'count': 275, 'class': 3}, {'rows': [int(i) for i in top]}, {'start': 0, 'step': 1, 'count': 550}]
    groups = [rows_of(s, n, data.y) for s in specs]
    rows = [0, 8, 247]
    f = Evaluations(model, theta, data.Xt, data.yt, data.labels, rows)
    factor = la.cho_factor(model.bordered(model.curvature(theta, model.s)), overwrite_a=True)
    effects = {k: [] for k in ('influence', 'newton', 'actual', 'influenceOnParameters', 'newtonLinear')}
    for spec, w in zip(specs, groups):
        v = np.ones(n)
        v[w] = 0.0
        g = model.loss_gradient(theta, 1.0 - v)
        first = model.centred(la.cho_solve(factor, g))
        newton = solve(model, factor, theta, v, g) if len(w) else np.zeros_like(g)
        retrained, spec['gradientNorm'] = retrain(model, factor, theta + newton, v) if len(w) else (theta, 0.0)
        spec['size'] = len(w)
        print(f'  {len(w)} rows: gradient {spec["gradientNorm"]:.1e}', flush=True)
        effects['influence'].append(f.slope(first, g))
        effects['newtonLinear'].append(f.slope(newton, g))
        effects['influenceOnParameters'].append(f.change(first, w))
        effects['newton'].append(f.change(newton, w))
        effects['actual'].append(f.change(retrained - theta, w))
    from goldens import as_lists, summary
    return {**summary(model, theta, norm, data, RELATIVE), 'groups': specs, 'evaluations': f.list,
            'values': f.values(), 'effects': as_lists(effects)}
