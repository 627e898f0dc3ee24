#!/usr/bin/env python3
"""Runs the built command over the exported networks and writes the table of what works.

    python Tests/Coverage/check_coverage.py FOLDER [--only REGEX] [--sparsities 0.3 0.5] [--table docs/coverage.md]

FOLDER is what export_networks.py wrote. Every network is read, run, pruned, written, read again and run again by the
command; ONNX's own checker says whether the pruned file is valid, and ONNX Runtime computes what the original and the
pruned network should answer. `CoverageCheck` merges duplicated channels of every group, which must not change the
outputs. Rows are kept in FOLDER/coverage.json as they come, and the table is made of them; nothing in it is written by
hand. Needs onnx, onnxruntime, safetensors and numpy.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy
import onnx
import onnxruntime
from safetensors.numpy import load_file, save_file

import check_foreign
from architectures.catalogue import Input
from node_suite_table import section_of

SEED = 7
# Single precision after a hundred layers; ONNX Runtime differs from PyTorch by as much.
RUN_TOLERANCE = 1e-4
# Random networks can amplify rounding errors; this many times what a change of the input by 1e-6 does is let pass.
NOISE = 10
# Beyond this nothing is excused by noise.
MOST_NOISE = 1e-2
# The same sums of the same weights, in another order.
PAIR_TOLERANCE = 1e-4
# Deletion of one of each pair must show, or the test of pairs proves nothing.
LEAST_DELETION = 1e-3

# How large files are pruned where that was asked for.
PLAIN_OPTIONS = "--importance l1 --rule delete"


class Failure(Exception):
    """A step that did not work, with the reason for the table."""


def command(arguments: list[str], seconds: float) -> dict:
    """Runs a command that prints one JSON object."""
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=seconds, env=environment)
    except subprocess.TimeoutExpired:
        raise Failure(f"more than {seconds:.0f} s") from None
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        how = f"signal {-done.returncode}: " if done.returncode < 0 else ""
        # A crash's report names its cause first.
        line = next((one for one in lines if "rror:" in one), lines[-1] if lines else "no message")
        raise Failure(how + line[:300])
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        raise Failure(f"printed no JSON: {done.stdout[:100]!r}") from None


def answers(path: Path, feeds: dict[str, numpy.ndarray]) -> dict[str, numpy.ndarray]:
    """What ONNX Runtime computes."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    known = {one.name for one in session.get_inputs()}
    outputs = session.run(None, {name: value for name, value in feeds.items() if name in known})
    return {one.name: value for one, value in zip(session.get_outputs(), outputs)}


def difference(found: dict[str, numpy.ndarray], expected: dict[str, numpy.ndarray]) -> float:
    """The greatest difference of any output relative to its greatest element."""
    worst = 0.0
    for name, value in expected.items():
        if name not in found or found[name].shape != value.shape:
            raise Failure(f"output {name}: expected {value.shape}, got {getattr(found.get(name), 'shape', None)}")
        value, other = value.astype(numpy.float64), found[name].astype(numpy.float64)
        if not numpy.isfinite(value).all():
            raise Failure(f"output {name} of ONNX Runtime is not finite")
        if not numpy.isfinite(other).all():
            raise Failure(f"output {name} is not finite")
        scale = numpy.abs(value).max(initial=0) or 1.0
        worst = max(worst, float(numpy.abs(value - other).max(initial=0) / scale))
    return worst


def parameters(path: Path) -> int:
    model = onnx.load(str(path), load_external_data=False)
    return sum(
        int(numpy.prod(one.dims, dtype=numpy.int64)) for one in model.graph.initializer if one.data_type in (1, 10, 11))


class Checker:
    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.scratch = Path(options.scratch)
        self.scratch.mkdir(parents=True, exist_ok=True)

    def intrafusion(self, *arguments: str) -> dict:
        return command([self.options.intrafusion, *arguments], self.options.timeout)

    def row(self, name: str, entry: dict) -> dict:
        """Everything about one network; a step's error stands in place of its result."""
        path = Path(self.options.folder) / f"{name}.onnx"
        start = time.time()
        row = {key: entry.get(key) for key in ("family", "exporter", "opset", "note")}
        row["errors"] = errors = {}
        generator = numpy.random.default_rng(SEED)
        feeds = {key: Input(**value).draw(generator) for key, value in entry["inputs"].items()}
        numpy.savez(self.scratch / "inputs.npz", **feeds)
        row["parameters"] = parameters(path)
        expected = answers(path, feeds)
        # How much the network itself amplifies a rounding error of its input.
        nudged = {key: value * numpy.float32(1 + 1e-6) if value.dtype == numpy.float32 else value
                  for key, value in feeds.items()}
        row["noise"] = difference(answers(path, nudged), expected)

        def step(key: str, body):
            try:
                row[key] = body()
            except Failure as failure:
                errors[key] = str(failure)
            except Exception as error:
                errors[key] = f"{type(error).__name__}: {str(error)[:300]}"

        # How the command was asked to prune, beyond the sparsity.
        row["options"] = " ".join([*self.rule(path), *self.options.prune_options.split()])
        step("check", lambda: self.check(path, feeds, expected, row))
        step("inspect", lambda: self.inspect(path))
        for sparsity in self.options.sparsities:
            step(f"pruned_{sparsity}", lambda: self.prune(path, sparsity, feeds, expected, row))
        row["seconds"] = round(time.time() - start, 1)
        return row

    def check(self, path: Path, feeds, expected, row) -> dict:
        inputs, outputs = self.scratch / "inputs.safetensors", self.scratch / "outputs.safetensors"
        for old in [outputs, *self.scratch.glob("pruned-*")]:
            old.unlink(missing_ok=True)
        # An input that the exporter dropped is simply not asked for.
        save_file({f"input:{key}": numpy.ascontiguousarray(value) for key, value in feeds.items()}, str(inputs))
        more = ["--sparsities", *self.options.sparsities, *self.rule(path)] if self.options.library else []
        report = command(
            [self.options.checker, "check", str(path), str(inputs), str(self.scratch), *more], self.options.timeout)
        if outputs.exists():
            report["difference"] = difference(self.tensors(outputs), expected)
        return report

    @staticmethod
    def tensors(path: Path) -> dict[str, numpy.ndarray]:
        return {key.removeprefix("output:"): value for key, value in load_file(str(path)).items()}

    def rule(self, path: Path) -> list[str]:
        """Large files are pruned by plain deletion, which takes less time, where that was asked for."""
        if path.stat().st_size <= self.options.plain_beyond * 1e6:
            return []
        return ["--rule", "delete"] if self.options.library else PLAIN_OPTIONS.split()

    def inspect(self, path: Path) -> dict:
        if self.options.library:
            return {}
        report = self.intrafusion("inspect", str(path), "--json")
        return {"groups": report["groups"], "frozen": len(report["frozen"])}

    def prune(self, path: Path, sparsity: str, feeds, expected, row) -> dict:
        small, outputs = self.scratch / f"pruned-{sparsity}.onnx", self.scratch / f"pruned-{sparsity}.npz"
        if self.options.library:
            outputs = outputs.with_suffix(".safetensors")
            failed = row.get("check", {}).get("errors", {})
            for key in (f"prune {sparsity}", f"run {sparsity}"):
                if key in failed:
                    raise Failure(failed[key])
            if not outputs.exists():
                raise Failure("not reached")
            seconds = row["check"]["seconds"][f"prune {sparsity}"]
        else:
            for old in self.scratch.glob("pruned-*"):
                old.unlink()
            start = time.time()
            self.intrafusion("prune", "--effort", "minimal", str(path), "-o", str(small), "--sparsity", sparsity, "--json", *self.rule(path),
                             *self.options.prune_options.split())
            seconds = time.time() - start
        result = {"seconds": round(seconds, 2)}
        onnx.checker.check_model(str(small), full_check=True)
        result["parameters"] = parameters(small)
        result["bytes"] = small.stat().st_size
        pruned = answers(small, feeds)
        for name, value in expected.items():
            if pruned[name].shape != value.shape:
                raise Failure(f"output {name} has another shape: {pruned[name].shape}, not {value.shape}")
        if not self.options.library:
            self.intrafusion(
                "run", str(small), "--input", str(self.scratch / "inputs.npz"), "--output", str(outputs), "--json")
        found = self.tensors(outputs) if self.options.library else dict(numpy.load(outputs))
        result["difference"] = difference(found, pruned)
        return result


def allowed(tolerance: float, noise: float | None) -> float:
    """What a difference may be: the tolerance, or more where the network itself amplifies rounding, up to a bound."""
    return max(tolerance, min(NOISE * (noise or 0), MOST_NOISE))


def used_allowance(row: dict) -> bool:
    """Whether some difference of the row is above the plain tolerance and was let pass."""
    check = row.get("check", {})
    runs = [check.get("difference"), *(value.get("difference") for key, value in row.items()
                                       if key.startswith("pruned_") and isinstance(value, dict))]
    values = [(one, RUN_TOLERANCE) for one in runs] + [(check.get("mergingDifference"), PAIR_TOLERANCE)]
    return any(isinstance(one, (int, float)) and one > limit for one, limit in values)


def verdicts(row: dict, sparsities: list[str]) -> dict[str, str]:
    """The cells of the table: "yes" or what is wrong."""
    check, errors = row.get("check", {}), row.get("errors", {})
    failed = check.get("errors", {})

    def small(value, limit) -> bool:
        return isinstance(value, (int, float)) and value <= limit

    cells = {}
    if "check" in errors or "load" in failed:
        cells["loads"] = failed.get("load") or errors.get("check", "")
    else:
        cells["loads"] = "yes"
    tolerance = allowed(RUN_TOLERANCE, row.get("noise"))
    if "difference" in check:
        cells["runs"] = "yes" if small(check["difference"], tolerance) else f"off by {check['difference']:.0e}"
    else:
        cells["runs"] = failed.get("run") or errors.get("check", "no")
    if "inspect" in errors:
        cells["groups"] = errors["inspect"]
    elif "couple" not in failed and "groups" in check:
        cells["groups"] = str(row.get("inspect", {}).get("groups", check["groups"]))
    else:
        cells["groups"] = errors.get("inspect") or failed.get("couple", "no")
    cells["share"] = f"{100 * check['fraction']:.0f} %" if check.get("fraction") is not None else "-"
    merged = check.get("mergingDifference")
    # Where doubling failed, and the pairs were made in place.
    cells["obstacle"] = "" if check.get("isDoubled") or merged is None else check.get("obstacle", "")
    if small(merged, allowed(PAIR_TOLERANCE, check.get("noise"))):
        deleted = check.get("deletionDifference")
        shows = isinstance(deleted, str) or (deleted or 0) > max(LEAST_DELETION, 2 * float(merged))
        cells["exact"] = "yes" if shows else "deletion does not show"
    elif merged is not None:
        cells["exact"] = f"off by {float(merged):.0e}"
    else:
        cells["exact"] = next((failed[key] for key in ("merge", "run paired", "run merged") if key in failed), "no")
    for sparsity in sparsities:
        key = f"pruned_{sparsity}"
        result = row.get(key)
        if result is None:
            cells[key] = errors.get(key, "no")
        elif not small(result["difference"], tolerance):
            cells[key] = f"off by {result['difference']:.0e}"
        elif result["parameters"] >= row["parameters"]:
            cells[key] = "not smaller"
        else:
            cells[key] = f"{100 * result['parameters'] / row['parameters']:.0f} %"
    return cells


def is_good(cells: dict[str, str]) -> bool:
    return (cells["loads"] == cells["runs"] == cells["exact"] == "yes" and cells["groups"].isdigit()
            and all(value.endswith(" %") for key, value in cells.items() if key.startswith("pruned_")))


class OldRows:
    """What a page says of networks that are not checked anew: their lines and notes, as they stand there."""

    def __init__(self, page: str, rows: dict[str, dict]):
        def key(cells: list[str]) -> tuple[str, ...]:
            return (re.sub(r"[ *†]+$", "", cells[0]), *cells[2:4])

        new = {(name.split("@")[0], row["exporter"] + (" " + name.split("-", 1)[1].replace("_", " ") if "-" in name else ""),
                str(row["opset"])) for name, row in rows.items()}
        top = page.split("<!--", 1)[0]
        cells = {line: [cell.strip() for cell in line.strip("|").split("|")] for line in top.splitlines()
                 if line.startswith("| ") and not line.startswith("| network |")}
        self.lines = [line for line, parts in cells.items() if key(parts) not in new]
        names = {key(cells[line])[0] for line in self.lines}
        self.good = sum("no [" not in line for line in self.lines)
        found = re.search(r"(\d+) needed that", top)
        # Of how many it was not written down one by one; those that are checked anew count once more at most.
        self.allowances = int(found[1]) if found and self.lines else 0
        self.notes = [line for line in top.splitlines() if line.startswith("- ") and line[2:].split(":")[0] in names]


def table(rows: dict[str, dict], sparsities: list[str], library: bool, plain_beyond: float, old: OldRows) -> str:
    judged = {name: verdicts(row, sparsities) for name, row in rows.items()}
    good = sum(is_good(cells) for cells in judged.values()) + old.good
    allowances = old.allowances + sum(used_allowance(rows[name]) for name, cells in judged.items() if is_good(cells))
    in_place = [name for name, cells in judged.items() if cells["exact"] == "yes" and cells["obstacle"]]
    plain = sorted({row["options"] for row in rows.values() if row.get("options")})
    if not plain and any("†" in line for line in old.lines):
        plain = [PLAIN_OPTIONS]
    problems: list[str] = []

    def cell(text: str) -> str:
        if text in ("yes", "-") or text.isdigit() or text.endswith(" %"):
            return text
        if text not in problems:
            problems.append(text)
        return f"no [{problems.index(text) + 1}]"

    head = ["network", "family", "exporter", "opset", "parameters", "loads", "runs", "groups", "prunable", "exact",
            *(f"at {one}" for one in sparsities), "seconds"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * 4 + "---:|" + "---|" * 2 + "---:|" * 2 + "---|"
             + "---:|" * (len(sparsities) + 1), *old.lines]
    for name, row in rows.items():
        cells = judged[name]
        lines.append("| " + " | ".join([
            name.split("@")[0] + (" *" if row.get("note") else "")
            + (" " + "†" * (plain.index(row["options"]) + 1) if row.get("options") else ""), row["family"],
            row["exporter"] + (" " + name.split("-", 1)[1].replace("_", " ") if "-" in name else ""),
            str(row["opset"]), f"{row['parameters']:,}", *(cell(cells[key]) for key in (
                "loads", "runs", "groups", "share")),
            "in place" if name in in_place else cell(cells["exact"]),
            *(cell(cells[f"pruned_{one}"]) for one in sparsities),
            f"{row['seconds']:.0f}"]) + " |")
    notes = old.notes + [f"- {name}: {row['note']}" for name, row in rows.items() if row.get("note") and "@" not in name]
    text = [
        "# Coverage", "",
        "How many exported networks can be pruned to a smaller ONNX file: "
        f"**{good} of {len(rows) + len(old.lines)}** files pass every step. Made by `Tests/Coverage/check_coverage.py` from files that "
        "`Tests/Coverage/export_networks.py` exports with random weights; nothing here is written by hand.", "",
        "- *loads*: `intrafusion` reads the file.",
        f"- *runs*: its outputs equal ONNX Runtime's to {RUN_TOLERANCE:g} of the largest value.",
        f"- Here and below, a larger difference is allowed where the network itself amplifies rounding: up to {NOISE} times what a "
        f"change of the input by a millionth does to its outputs, and never more than {MOST_NOISE:g}. Of the files that pass, "
        f"{allowances} needed that.",
        "- *groups*: how many coupled groups `intrafusion inspect` finds.",
        "- *prunable*: of the numbers in the weights of layers (floating-point parameters of two or more axes that a "
        "convolution, product, recurrence or look-up reads), the share that belongs to channels of some group. "
        "Numbers whose channel axes are all inputs or outputs of the network do not count; all others do, "
        "whatever the reason why they cannot be removed.",
        "- *exact*: every channel of every group was doubled (its producers repeated, its consumers halved; "
        "heads, groups of convolutions and shapes follow), and one of each pair was removed and merged into the other by "
        f"`mean`: the original's outputs are recovered to {PAIR_TOLERANCE:g}, while plain deletion changes them. A single wrong link "
        "anywhere would show. *in place*: the network could not be doubled (reasons below), so its channels were made "
        "equal in pairs instead, and the outputs of that network are recovered.",
        *(f"- *at {one}*: the share of parameters left by `intrafusion prune --sparsity {one}`; the file passes "
          "`onnx.checker` with shape inference, ONNX Runtime runs it with outputs of the same shapes, and the command "
          f"reads it again and computes the same to {RUN_TOLERANCE:g}." for one in sparsities),
        *(["- These rows were made with `--library`: `CoverageCheck` finds groups, prunes (by `moment_matched`, beyond "
           f"{plain_beyond:g} MB by `delete`), writes and runs the files by the library's calls, without the command."]
          if library else []),
        *(f"- {'†' * (index + 1)} pruned with `{one}`, which is faster; all others by the command's defaults."
          for index, one in enumerate(plain)),
        "- *seconds*: all steps together, on busy cores.", "", *lines, ""]
    if notes:
        text += ["\\* differs from the published network:", "", *notes, ""]
    if in_place:
        text += ["What could not be doubled:", "", *(f"- {name}: {judged[name]['obstacle']}" for name in in_place), ""]
    if problems:
        text += ["What does not work:", "", *(f"{index + 1}. {one}" for index, one in enumerate(problems)), ""]
    return "\n".join(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="the exported networks")
    parser.add_argument("--only", help="a regular expression that names must match")
    parser.add_argument("--sparsities", nargs="*", default=["0.3", "0.5"])
    parser.add_argument("--intrafusion", default=".build/release/intrafusion")
    parser.add_argument("--checker", default=".build/release/CoverageCheck")
    parser.add_argument("--library", action="store_true",
                        help="prune by CoverageCheck, which calls the library, instead of by the command")
    parser.add_argument("--plain-beyond", type=float, default=1e9,
                        help="prune files beyond so many megabytes by plain deletion, which takes less time")
    parser.add_argument("--prune-options", default="", help="further options of the command")
    parser.add_argument("--scratch", default="/tmp/coverage")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for one command")
    parser.add_argument("--largest", type=float, default=None, help="leave out files beyond so many megabytes")
    parser.add_argument("--smallest", type=float, default=0, help="leave out files below so many megabytes")
    parser.add_argument("--results", help="where rows are kept (default: coverage.json in the folder)")
    parser.add_argument("--again", choices=["all", "failed", "missing"], default="missing",
                        help="which existing rows to compute again")
    parser.add_argument("--table", help="where the table goes")
    parser.add_argument("--keep", action="store_true", help="keep the page's rows of networks that are not in the folder")
    options = parser.parse_args()
    folder = Path(options.folder)
    entries = json.loads((folder / "networks.json").read_text())
    results = Path(options.results) if options.results else folder / "coverage.json"
    rows = json.loads(results.read_text()) if results.exists() else {}
    checker = Checker(options)
    for name, entry in sorted(entries.items(), key=lambda item: item[1].get("bytes", 0)):
        if "error" in entry or (options.only and not re.search(options.only, name)):
            continue
        if not options.smallest * 1e6 <= entry["bytes"] <= (options.largest or math.inf) * 1e6:
            continue
        if name in rows and (options.again == "missing" or options.again == "failed" and is_good(
                verdicts(rows[name], options.sparsities))):
            continue
        rows[name] = checker.row(name, entry)
        temporary = results.with_suffix(".partial")
        temporary.write_text(json.dumps(rows, indent=1))
        os.replace(temporary, results)
        cells = verdicts(rows[name], options.sparsities)
        print(f"{'ok  ' if is_good(cells) else 'FAIL'} {name}: {cells}", file=sys.stderr, flush=True)
    rows = {name: rows[name] for name in entries if name in rows}
    if options.table:
        page = Path(options.table)
        # Other scripts write the tables of foreign files and of operators.
        old = page.read_text() if page.exists() else ""
        others = section_of(old, check_foreign.BEGIN, check_foreign.END) + section_of(old)
        kept = OldRows(old if options.keep else "", rows)
        page.write_text(table(rows, options.sparsities, options.library, options.plain_beyond, kept) + others)
    good = sum(is_good(verdicts(row, options.sparsities)) for row in rows.values())
    print(f"{good} of {len(rows)}")
    sys.exit(0 if good == len(rows) else 1)


if __name__ == "__main__":
    main()
