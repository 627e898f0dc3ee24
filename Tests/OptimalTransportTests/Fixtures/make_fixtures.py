"""Writes sinkhorn.json and clusters.json: entropic plans by POT, objectives of clusterings by scikit-learn.

    python3 -m venv venv && venv/bin/pip install pot==0.9.7.post1 scikit-learn==1.9.1 && venv/bin/python make_fixtures.py
"""

import json
import pathlib

import numpy
import ot
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

folder = pathlib.Path(__file__).parent


def significant(values, digits):
    return [float(f"{value:.{digits}g}") for value in numpy.ravel(values)]


def sinkhorn():
    generator = numpy.random.default_rng(7)
    cases = []
    for name, rows, columns, epsilon, kind in [
        ("soft", 12, 5, 0.5, "uniform"),
        ("default", 16, 8, 0.05, "uniform"),
        ("sharp", 10, 6, 0.01, "uniform"),
        ("importance", 14, 7, 0.05, "importance"),
        ("wide", 4, 9, 0.1, "importance"),
    ]:
        points = generator.normal(size=(max(rows, columns), 6))
        cost = numpy.abs(points[:rows, None] - points[None, :columns]).sum(2)
        cost = numpy.array(significant(cost, 9)).reshape(rows, columns)
        if kind == "uniform":
            source, target = numpy.full(rows, 1 / rows), numpy.full(columns, 1 / columns)
        else:
            source, target = generator.uniform(0.05, 1, rows), generator.uniform(0.05, 1, columns)
            source, target = source / source.sum(), target / target.sum()
        strength = epsilon * numpy.abs(cost).mean()
        plan, log = ot.bregman.sinkhorn_log(
            source, target, cost, strength, numItermax=10**6, stopThr=1e-15, log=True, warn=True
        )
        assert numpy.abs(plan.sum(1) - source).max() < 1e-13
        cases.append({
            "name": name, "rows": rows, "columns": columns, "epsilon": epsilon,
            "source": source.tolist(), "target": target.tolist(), "cost": cost.ravel().tolist(),
            "regularisation": strength, "plan": significant(plan, 12),
        })
    return cases


def clusters():
    generator = numpy.random.default_rng(11)
    cases = []
    for name, count, points, dimension, spread in [
        ("separate", 4, 24, 5, 0.1),
        ("near", 4, 30, 3, 0.6),
        ("overlapping", 3, 40, 2, 1.2),
        ("many dimensions", 12, 24, 40, 0.4),
    ]:
        centres = generator.normal(size=(count, dimension))
        features = centres[numpy.arange(points) % count] + spread * generator.normal(size=(points, dimension))
        features = features.astype(numpy.float32)
        means = KMeans(count, n_init=100, random_state=0).fit(features)
        exact = features.astype(numpy.float64)
        sizes = numpy.bincount(means.labels_, minlength=count)
        inside = numpy.bincount(
            means.labels_, ((exact - means.cluster_centers_[means.labels_]) ** 2).sum(1), minlength=count)
        # From the clusters of k-means, as from then on nothing is random.
        mixture = GaussianMixture(
            count, covariance_type="spherical", tol=1e-3, max_iter=10**4, weights_init=sizes / points,
            means_init=means.cluster_centers_, precisions_init=1 / (inside / (dimension * sizes) + 1e-6),
        ).fit(exact)
        cases.append({
            "name": name, "clusters": count, "points": points, "dimension": dimension,
            "values": features.astype(float).ravel().tolist(), "inertia": float(means.inertia_),
            "log_density": float(mixture.score(exact)),
        })
    return cases


(folder / "sinkhorn.json").write_text(json.dumps(sinkhorn()))
(folder / "clusters.json").write_text(json.dumps(clusters()))
