"""The datasets of the goldens: trivial loaders and splits, so that any program can rebuild the same matrices.

breast-cancer  scikit-learn's bundled file; test = rows with row % 4 == 0 (0-based file order); features minus the
               training mean, over the training standard deviation (ddof 0)
digits         the same split; pixels / 16
spambase       UCI file, header line skipped; test = rows with row % 5 == 0; standardised as above
diabetes       the npz as it is
mnist-5500     training images 5,000 … 10,499 (after the 5,000 validation rows), test images 0 … 999; pixels / 255
"""
import gzip
import os

import numpy as np

SHARED = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..', 'shared', 'data')


def shared(*parts):
    return os.path.join(SHARED, *parts)


class Data:
    def __init__(self, X, y, Xt, yt, labels, columns=None):
        self.X, self.y, self.Xt, self.yt = (np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.int64),
                                            np.asarray(Xt, dtype=np.float64), np.asarray(yt, dtype=np.int64))
        self.labels, self.columns = labels, columns


def split(X, y, every, labels, standardise):
    test = np.arange(len(y)) % every == 0
    A, B = X[~test], X[test]
    if standardise:
        mean, sd = A.mean(axis=0), A.std(axis=0)
        A, B = (A - mean) / sd, (B - mean) / sd
    return Data(A, y[~test], B, y[test], labels)


def breast_cancer():
    from sklearn.datasets import load_breast_cancer
    raw = load_breast_cancer()
    return split(raw.data, raw.target, 4, [str(k) for k in raw.target_names], True), raw


def digits():
    from sklearn.datasets import load_digits
    raw = load_digits()
    return split(raw.data / 16.0, raw.target, 4, [str(k) for k in range(10)], False), raw


def spambase():
    table = np.loadtxt(shared('spambase', 'spambase.data'), delimiter=',', skiprows=1)
    return split(table[:, :-1], table[:, -1].astype(int), 5, ['0', '1'], True)


def diabetes():
    z = np.load(shared('diabetes', 'diabetes.npz'))
    columns = {k: z[k + '_train'] for k in ('age', 'medical_specialty', 'race')}
    return Data(z['X_train'], z['y_train'], z['X_test'], z['y_test'], ['0', '1'], columns)


def idx(name):
    with gzip.open(shared('mnist', name), 'rb') as file:
        raw = file.read()
    rank = raw[3]
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], 'big') for i in range(rank)]
    return np.frombuffer(raw, dtype=np.uint8, offset=4 + 4 * rank).reshape(shape)


def mnist_5500():
    X, y = idx('train-images-idx3-ubyte.gz').reshape(60000, 784), idx('train-labels-idx1-ubyte.gz')
    Xt, yt = idx('t10k-images-idx3-ubyte.gz').reshape(10000, 784), idx('t10k-labels-idx1-ubyte.gz')
    return Data(X[5000:10500] / 255.0, y[5000:10500], Xt[:1000] / 255.0, yt[:1000], [str(k) for k in range(10)])
