#!/usr/bin/env python3
"""Prune a network to several sizes and keep the smallest that still answers as the original does.

    python prune_and_pick.py model.onnx smallest.onnx --keep 0.97 [--calibrate pictures/] [--shares 0.8 0.6 0.4]

Only the standard library is needed, and the command intrafusion on the path or in $INTRAFUSION. docs/prune-report.schema.json
describes the JSON that the command prints.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile


def prune(model, output, share, more):
    """Prune a network to a share of its multiply-accumulates; return what the command says about it."""
    command = [os.environ.get("INTRAFUSION", "intrafusion"), "prune", model, "-o", output, "--json", "--target-macs", share]
    run = subprocess.run([*command, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.exit(f"prune_and_pick: {run.stderr.strip()}")
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("output")
    parser.add_argument("--keep", type=float, default=0.95, help="the least share of the answers (default: 0.95)")
    parser.add_argument("--shares", nargs="+", default=["0.8", "0.6", "0.4"], help="shares of the multiply-accumulates")
    arguments, more = parser.parse_known_args()  # what else is said goes on to the command
    best = None
    with tempfile.TemporaryDirectory() as folder:
        for share in sorted(arguments.shares, key=float, reverse=True):
            file = os.path.join(folder, share + os.path.splitext(arguments.output)[1])
            report = prune(arguments.model, file, share, more)
            kept, size = report.get("agreement", 0), report["after"]["parameters"]
            print(f"{share}: {kept:.1%} of the answers kept, {size} of {report['before']['parameters']} parameters")
            if kept >= arguments.keep and (best is None or size < best[0]):
                best = (size, file, share)
        if best is None:
            sys.exit(f"prune_and_pick: no size keeps {arguments.keep:.1%} of the answers; nothing was written")
        shutil.copyfile(best[1], arguments.output)
    print(f"{arguments.output}: the network with {best[2]} of the multiply-accumulates")


if __name__ == "__main__":
    main()
