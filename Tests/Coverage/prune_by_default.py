#!/usr/bin/env python3
"""Prunes every network of the coverage table as the command does by default, and notes time and memory.

    python Tests/Coverage/prune_by_default.py FOLDER [--only REGEX] [--table FILE]

Each network is exported into the folder, pruned at 0.5 and removed again; what was found is kept in
`defaults.json` there, and networks that are in it are left out. Needs what `export_networks.py` needs, and GNU time.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import torch

from architectures import every_network
from export_networks import Records, add

SPARSITY = "0.5"
COUNT = re.compile(r"^parameters\s+(\d+)\s+(\d+)", re.MULTILINE)


def prune(command: str, path: Path, seconds: float) -> dict:
    """Returns what pruning a file came to."""
    small = path.with_suffix(".small.onnx")
    arguments = ["/usr/bin/time", "-f", "%e %U %M", command, "prune", str(path), "--effort", "minimal", "--sparsity", SPARSITY, "-o", str(small)]
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, errors="replace", timeout=seconds, env=environment)
    except subprocess.TimeoutExpired:
        return {"error": f"not done after {seconds:.0f} s"}
    messages = done.stderr.strip().splitlines()
    count = COUNT.search(done.stdout)
    if done.returncode or not count:
        return {"error": " ".join(messages[:-1])[-300:] or f"exit status {done.returncode}"}
    wall, processor, kilobytes = messages[-1].split()
    return {"parameters": int(count[1]), "left": int(count[2]), "seconds": float(wall),
            "processor_seconds": float(processor), "megabytes": int(kilobytes) / 1e3}


def table(rows: dict[str, dict]) -> str:
    failed = {name: row["error"] for name, row in rows.items() if "error" in row}
    done = {name: row for name, row in rows.items() if name not in failed}
    processor = sorted(row["processor_seconds"] for row in done.values())
    slowest = sorted(done.items(), key=lambda item: -item[1]["processor_seconds"])[:10]
    lines = [
        "# The coverage table's networks pruned by default", "",
        f"**{len(done)} of {len(rows)}** files are pruned by `intrafusion prune FILE --effort minimal --sparsity {SPARSITY}`, "
        "including synthetic inputs for the moments. Made by `Tests/Coverage/prune_by_default.py`; "
        "nothing here is written by hand.", "",
        f"Half of them take no more than {processor[len(processor) // 2]:.0f} seconds of processor time, nine in ten no more "
        f"than {processor[len(processor) * 9 // 10]:.0f}; the most memory is "
        f"{max(row['megabytes'] for row in done.values()) / 1e3:.1f} GB. *Seconds* are wall time on a shared machine. The slowest:", "",
        "| network | parameters | left | seconds | processor seconds | GB |", "|---|" + "---:|" * 5]
    for name, row in slowest:
        lines.append(
            f"| {name} | {row['parameters']:,} | {100 * row['left'] / row['parameters']:.0f} % | {row['seconds']:.0f} "
            f"| {row['processor_seconds']:.0f} | {row['megabytes'] / 1e3:.1f} |")
    lines += ["", "<details><summary>All</summary>", "", *lines[-len(slowest) - 2:-len(slowest)]]
    for name, row in done.items():
        lines.append(
            f"| {name} | {row['parameters']:,} | {100 * row['left'] / row['parameters']:.0f} % | {row['seconds']:.0f} "
            f"| {row['processor_seconds']:.0f} | {row['megabytes'] / 1e3:.1f} |")
    lines += ["", "</details>", ""]
    if failed:
        lines += ["What does not work:", "", *(f"- {name}: {error}" for name, error in failed.items()), ""]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the files go")
    parser.add_argument("--only", help="a regular expression that names must match")
    parser.add_argument("--intrafusion", default=".build/release/intrafusion")
    parser.add_argument("--timeout", type=float, default=4000, help="seconds for one network")
    parser.add_argument("--table", type=Path, help="where the table goes")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.backends.mha.set_fastpath_enabled(False)
    options.folder.mkdir(parents=True, exist_ok=True)
    results = options.folder / "defaults.json"
    rows = json.loads(results.read_text()) if results.exists() else {}
    for network in every_network():
        if network.name in rows or options.only and not re.search(options.only, network.name):
            continue
        records = Records(options.folder)
        add(network, records)
        path = options.folder / f"{network.name}.onnx"
        rows[network.name] = prune(options.intrafusion, path, options.timeout) if path.exists() else {"error": "not exported"}
        for file in options.folder.glob("*.onnx"):
            file.unlink()
        results.write_text(json.dumps(rows, indent=1))
        print(network.name, rows[network.name], file=sys.stderr, flush=True)
    order = [one.name for one in every_network() if one.name in rows]
    if options.table:
        options.table.write_text(table({name: rows[name] for name in order}))


if __name__ == "__main__":
    main()
