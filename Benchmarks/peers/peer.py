"""Times POT's exact and entropic solvers and torch.cdist on the problems that the benchmark wrote; prints one JSON object."""

import json
import sys
import time

import numpy
import ot
import torch


def read(path, kind):
    with open(path, "rb") as file:
        rows, columns = numpy.frombuffer(file.read(16), numpy.int64)
        return numpy.frombuffer(file.read(), kind).reshape(rows, columns).copy()


def seconds(body, repetitions):
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


torch.set_num_threads(int(sys.argv[2]))
folder, results = sys.argv[1], {}
for name in sys.argv[3:]:
    cost = read(f"{folder}/{name}.cost", numpy.float64)
    features = torch.from_numpy(read(f"{folder}/{name}.features", numpy.float32))
    targets = torch.from_numpy(read(f"{folder}/{name}.targets", numpy.float32))
    source = numpy.full(cost.shape[0], 1 / cost.shape[0])
    target = numpy.full(cost.shape[1], 1 / cost.shape[1])
    plan = ot.emd(source, target, cost, numItermax=10**8)
    results[name] = {
        "solver": seconds(lambda: ot.emd(source, target, cost, numItermax=10**8), 7),
        "entropic": seconds(
            lambda: ot.bregman.sinkhorn_log(
                source, target, cost, 0.05 * numpy.abs(cost).mean(), numItermax=10**5, stopThr=1e-9), 3),
        "distances": seconds(lambda: torch.cdist(features, targets, p=1.0), 3),
        "cost": float((plan * cost).sum()),
    }
json.dump(results, sys.stdout)
