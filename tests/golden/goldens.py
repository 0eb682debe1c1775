"""Writes the golden files beside this program. See README.md here.

    /usr/bin/python3 tests/golden/goldens.py [NAME …]     names: see GOLDENS below; all of them when none is given
"""
import json
import os
import platform
import sys
import time

import numpy as np
import scipy
import scipy.linalg as la

import counterexamples
import datasets
import edge_cases
import mnist_golden
from regression import Evaluations, Regression, removal_effects
from rows import rows_of

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, content):
    content = {'madeBy': f'goldens.py {name}; python {platform.python_version()}, numpy {np.__version__}, '
                         f'scipy {scipy.__version__}', **content}
    path = os.path.join(HERE, name + '.json')
    with open(path, 'w') as file:
        json.dump(content, file, separators=(',', ':'), allow_nan=False)
        file.write('\n')
    print(f'{name}.json  {os.path.getsize(path):,} bytes')


def study(data, relative, group_specs, test_rows, weights=None, intercept=True):
    """One dataset, one fit, all groups: what a golden file holds."""
    n, K = len(data.y), len(data.labels)
    model = Regression(data.X, data.y, K, relative * n, intercept, weights)
    theta, norm = model.fit()
    groups = [rows_of(spec, n, data.y, data.columns) for spec in group_specs]
    f = Evaluations(model, theta, data.Xt, data.yt, data.labels, test_rows)
    effects, norms = removal_effects(model, theta, f, groups)
    print(f'  n={n} K={K} gradient {norm:.1e}; retrained, largest gradient {max(norms):.1e}')
    return {**summary(model, theta, norm, data, relative),
            'groups': [{**spec, 'size': len(w), 'gradientNorm': g} for spec, w, g in zip(group_specs, groups, norms)],
            'evaluations': f.list, 'values': f.values(), 'effects': as_lists(effects)}


def summary(model, theta, norm, data, relative):
    T = theta.reshape(model.L, model.p)
    right = np.argmax(model.probabilities(theta), axis=1) == data.y
    Xt = np.hstack([data.Xt, np.ones((len(data.yt), 1))]) if model.intercept else data.Xt
    right_test = np.argmax(model.probabilities(theta, Xt), axis=1) == data.yt
    return {'n': model.n, 'd': model.d, 'classes': data.labels, 'relative': relative, 'lambda': model.lam,
            'intercept': model.intercept,
            'fit': {'gradientNorm': norm, 'parameterNorm': la.norm(theta),
                    'firstCoefficients': T[:, :5].tolist(), 'bias': T[:, -1].tolist() if model.intercept else None,
                    'objective': model.objective(theta, model.s), 'trainAccuracy': right.mean(),
                    'testAccuracy': right_test.mean(), 'testLoss': model.losses(theta, Xt, data.yt).mean()}}


def as_lists(effects):
    return {k: [[float(x) + 0.0 for x in row] for row in rows] for k, rows in effects.items()}


def largest_loss(data, relative, count):
    model = Regression(data.X, data.y, len(data.labels), relative * len(data.y))
    theta, _ = model.fit()
    return [int(i) for i in np.sort(np.argsort(-model.losses(theta), kind='stable')[:count])]


def highest_test_loss(data, relative, count):
    model = Regression(data.X, data.y, len(data.labels), relative * len(data.y))
    theta, _ = model.fit()
    Xt = np.hstack([data.Xt, np.ones((len(data.yt), 1))])
    return [int(i) for i in np.argsort(-model.losses(theta, Xt, data.yt), kind='stable')[:count]]


def common_groups(n, first_of_class):
    """No row, one row, random ones of .25 … 25 %, coherent runs, and 90 % of the data."""
    return [{'rows': []}, {'rows': [first_of_class]},
            *[{'hash': s, 'count': max(2, int(a * n))} for s, a in enumerate((.0025, .01, .05, .1, .25))],
            {'start': 0, 'step': 1, 'count': int(.1 * n)}, {'start': 3, 'step': 4, 'count': int(.2 * n)},
            {'hash': 77, 'count': int(.9 * n)}]


def diabetes():
    data, relative = datasets.diabetes(), 2.154e-4
    n = len(data.y)
    groups = [{'rows': []}, {'rows': [int(np.argmax(data.y))]}, {'rows': largest_loss(data, relative, 50)},
              {'rows': largest_loss(data, relative, 500)},
              *[{'hash': s, 'count': c} for s, c in enumerate((50, 200, 1000, 2500, 5000))],
              *[{'hash': 10 + s, 'count': c, 'class': 1} for s, c in enumerate((50, 500, 1500))],
              {'hash': 20, 'count': 2000, 'class': 0}, {'start': 1, 'step': 4, 'count': 5000},
              {'start': 0, 'step': 1, 'count': 2000},
              *[{'column': 'age', 'level': v} for v in ('[20-30)', '[70-80)')],
              *[{'column': 'medical_specialty', 'level': v} for v in ('Cardiology', 'InternalMedicine')],
              {'hash': 30, 'count': int(.9 * n)}]
    write('diabetes', study(data, relative, groups, [0, 54826, highest_test_loss(data, relative, 1)[0]]))


def leave_one_out():
    data, relative = datasets.diabetes(), 2.154e-4
    rows = [*largest_loss(data, relative, 3), 0, 7, 12345]
    write('leave-one-out', study(data, relative, [{'rows': [row]} for row in rows],
                                 [0, 54826, highest_test_loss(data, relative, 1)[0]]))


def spambase():
    data, relative = datasets.spambase(), 1e-3
    n = len(data.y)
    groups = [*common_groups(n, 0), {'rows': largest_loss(data, relative, 36)},
              {'rows': largest_loss(data, relative, 180)}, {'hash': 11, 'count': 800, 'class': 1},
              {'hash': 12, 'count': 800, 'class': 0}]
    write('spambase', study(data, relative, groups, [0, 500, highest_test_loss(data, relative, 1)[0]]))


def breast_cancer():
    (data, raw), relative = datasets.breast_cancer(), 1e-3
    n = len(data.y)
    write('breast-cancer-input', {'features': [str(f) for f in raw.feature_names], 'X': raw.data.ravel().tolist(),
                                  'y': ''.join(map(str, raw.target)), 'classes': data.labels})
    groups = [*common_groups(n, 0), {'rows': largest_loss(data, relative, 20)}, {'hash': 5, 'count': 100, 'class': 1},
              {'hash': 6, 'count': 100, 'class': 0}]
    rows = [0, 70, highest_test_loss(data, relative, 1)[0]]
    sample_weights = 0.25 * (1 + np.arange(n) % 7)
    write('breast-cancer', {
        'free bias': study(data, relative, groups, rows),
        'no intercept': study(data, relative, [*groups, {'class': 0}, {'class': 1}], rows, intercept=False),
        'weights .25 (1 + row % 7)': study(data, relative, groups, rows, weights=sample_weights),
        'small lambda': study(data, 1e-6, groups[:7], rows)})


def digits():
    (data, raw), relative = datasets.digits(), 1e-3
    n = len(data.y)
    rows36 = [''.join('0123456789abcdefg'[int(v)] for v in row) for row in raw.data]
    write('digits-input', {'X': ''.join(rows36), 'y': ''.join(map(str, raw.target)), 'classes': data.labels})
    groups = [*common_groups(n, 0), {'rows': largest_loss(data, relative, 30)}, {'hash': 5, 'count': 100, 'class': 3}]
    rows = [0, 100, highest_test_loss(data, relative, 1)[0]]
    sample_weights = 0.25 * (1 + np.arange(n) % 7)
    write('digits', {'free bias': study(data, relative, groups, rows),
                     'no intercept': study(data, relative, [*groups[:9], {'class': 3}], rows, intercept=False),
                     'weights .25 (1 + row % 7)': study(data, relative, groups[:9], rows, weights=sample_weights)})


GOLDENS = {
    'breast-cancer': breast_cancer,
    'digits': digits,
    'spambase': spambase,
    'diabetes': diabetes,
    'leave-one-out': leave_one_out,
    'mnist-5500': lambda: write('mnist-5500', mnist_golden.study()),
    'edge-cases': lambda: write('edge-cases', edge_cases.study()),
    'counterexamples': lambda: write('counterexamples', counterexamples.study()),
}

if __name__ == '__main__':
    for name in sys.argv[1:] or GOLDENS:
        started = time.time()
        GOLDENS[name]()
        print(f'{name}: {time.time() - started:.1f} s')
