"""Does with POT and torch what the benchmark did, on the problems that it wrote; prints one JSON object.

    peer.py costs|transport|entropic|chip FOLDER THREADS SETTINGS NAME...
"""

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


def timed_with_processor(body):
    start, processor = time.perf_counter(), time.process_time()
    body()
    return time.perf_counter() - start, time.process_time() - processor


def timed(body):
    start = time.perf_counter()
    result = body()
    return time.perf_counter() - start, result


def seconds(body, repetitions):
    return sorted(timed(body)[0] for _ in range(repetitions))[repetitions // 2]


def marginals(cost):
    return [numpy.full(size, 1 / size) for size in cost.shape]


def costs(folder, name, settings):
    features = torch.from_numpy(read(f"{folder}/{name}.features", numpy.float32))
    targets = torch.from_numpy(read(f"{folder}/{name}.targets", numpy.float32))
    norm = float(settings[0])
    times = sorted(timed_with_processor(lambda: torch.cdist(features, targets, p=norm)) for _ in range(3))
    result = {"wall": times[1][0], "cpu": sorted(cpu for _, cpu in times)[1]}
    if settings[1] == "check":
        exact = torch.cdist(
            features.double(), targets.double(), p=norm, compute_mode="donot_use_mm_for_euclid_dist")
        ours = torch.from_numpy(read(f"{folder}/{name}.cost-{settings[0]}", numpy.float64))
        for who, found in ("ours", ours), ("peer", torch.cdist(features, targets, p=norm)):
            result[f"{who}_difference"] = float((found - exact).abs().max() / exact.max())
    return result


def transport(folder, name, settings):
    cost = read(f"{folder}/{name}.cost", numpy.float64)
    features = torch.from_numpy(read(f"{folder}/{name}.features", numpy.float32))
    targets = torch.from_numpy(read(f"{folder}/{name}.targets", numpy.float32))
    source, target = marginals(cost)
    plan = ot.emd(source, target, cost, numItermax=10**8)
    repetitions = 7 if cost.size < 10**6 else 1
    times = sorted(
        timed_with_processor(lambda: ot.emd(source, target, cost, numItermax=10**8)) for _ in range(repetitions))
    return {
        "solver": times[repetitions // 2][0],
        "solver_cpu": sorted(cpu for _, cpu in times)[repetitions // 2],
        "distances": seconds(lambda: torch.cdist(features, targets, p=1.0), 3),
        "cost": float((plan * cost).sum()),
    }


def entropic(folder, name, settings):
    cost = read(f"{folder}/{name}.cost", numpy.float64)
    source, target = marginals(cost)
    strength, limit = float(settings[0]) * numpy.abs(cost).mean(), int(settings[1])
    result = {}
    for kind, body in [
        ("log", lambda: ot.bregman.sinkhorn_log(
            source, target, cost, strength, numItermax=limit, stopThr=1e-9, warn=False)),
        ("scaling", lambda: ot.bregman.sinkhorn_epsilon_scaling(
            source, target, cost, strength, numItermax=max(limit // 100, 1), numInnerItermax=100,
            stopThr=1e-9, warn=False)),
    ]:
        result[kind], plan = timed(body)
        result[f"{kind}_cost"] = float((plan * cost).sum())
        result[f"{kind}_deviation"] = float(
            numpy.abs(plan.sum(1) - source).sum() + numpy.abs(plan.sum(0) - target).sum())
    return result


def chip(folder, name, settings):
    channels = int(settings[0])
    maps = torch.from_numpy(read(f"{folder}/{name}.maps", numpy.float32)).double()
    maps = maps.reshape(-1, channels, maps.shape[1])

    def losses():
        sums = [0.0] * channels
        for image in maps:
            whole = torch.linalg.matrix_norm(image, "nuc").item()
            for channel in range(channels):
                without = image.clone()
                without[channel] = 0
                sums[channel] += whole - torch.linalg.matrix_norm(without, "nuc").item()
        return sums

    elapsed, sums = timed(losses)
    return {"seconds": elapsed} | {str(channel): value for channel, value in enumerate(sums)}


mode, folder, threads, settings = sys.argv[1:5]
torch.set_num_threads(int(threads))
compare = {"costs": costs, "transport": transport, "entropic": entropic, "chip": chip}[mode]
json.dump({name: compare(folder, name, settings.split(",")) for name in sys.argv[5:]}, sys.stdout)
