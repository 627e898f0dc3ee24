#!/usr/bin/env python3
"""Writes the table of operators into docs/coverage.md from what a run of ONNX's own node cases gave.

    python Tests/Coverage/node_suite_table.py RESULTS.json docs/coverage.md

RESULTS.json holds [verdict, reason] by case, as the node suite's script writes it with --json. The section between the
two marks is replaced, or put at the end; nothing in it is written by hand. Needs onnx.
"""

from __future__ import annotations

import argparse
import collections
import json
import re
import warnings
from pathlib import Path

import onnx
from onnx.backend.test.case.node import collect_testcases

BEGIN, END = "<!-- operators: begin -->", "<!-- operators: end -->"
VERDICTS = ["ok", "refused", "WRONG", "crashed", "timed out"]
# What an operator is for, where none of its cases can be run.
KINDS = {
    "ImageDecoder": "decodes images", "StringConcat": "strings", "StringNormalizer": "strings", "StringSplit": "strings",
    "RegexFullMatch": "strings", "Adagrad": "training", "Adam": "training", "Gradient": "training", "Momentum": "training",
    "Bernoulli": "draws at random", "ArrayFeatureExtractor": "classical machine learning",
    "Binarizer": "classical machine learning", "LabelEncoder": "classical machine learning",
    "TreeEnsemble": "classical machine learning",
}


def operators() -> dict[str, str]:
    """The operator that each case is about; cases of a function's body are about the function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = [case for case in collect_testcases(None) if case.model is not None]
    known = {schema.name for schema in onnx.defs.get_all_schemas()}
    whole = {}
    for case in cases:
        types = [node.op_type for node in case.model.graph.node]
        if "_expanded" not in case.name:
            named = [kind for kind in types if kind in known and kind not in ("Constant", "Identity")] or types
            # A case of several nodes is about the one that its name begins with.
            squeezed = case.name.removeprefix("test_").replace("_", "")
            named.sort(key=lambda kind: not squeezed.startswith(kind.lower()))
            whole[case.name] = named[0]
    found = dict(whole)
    for case in cases:
        if case.name not in found:
            found[case.name] = whole.get(re.sub(r"_expanded.*", "", case.name), case.model.graph.node[-1].op_type)
    return found


def section(results: dict[str, list[str]]) -> str:
    by_case = operators()
    counts: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    reasons: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    for case, (verdict, reason) in results.items():
        operator = by_case.get(case, case)
        counts[operator][verdict] += 1
        if verdict == "refused":
            line = reason.strip().splitlines()[-1] if reason.strip() else ""
            line = re.sub(r"^(Error: )?(\S*/(model\.onnx|in\.npz): )?", "", line)
            # The suite hands strings over as Python objects, which are never read.
            line = "its strings cannot be handed over in a file" if "'|O'" in line else line
            reasons[operator][line[:110].replace("|", "\\|")] += 1
    total = sum(counts.values(), collections.Counter())
    shown = [verdict for verdict in VERDICTS if total[verdict] or verdict in ("ok", "refused", "WRONG")]
    lines = [
        BEGIN, "## Operators", "",
        f"The node cases of ONNX {onnx.__version__} whose inputs and outputs are arrays, run by `intrafusion run` and compared"
        f" by the suite's own tolerances: **{total['ok']:,} of {sum(total.values()):,}** are right, "
        f"{total['refused']} are refused by name, {total['WRONG']} are wrong, {total['crashed']} crash and"
        f" {total['timed out']} take too long. Made by `Tests/Coverage/node_suite_table.py`.", "",
        "| operator | cases | " + " | ".join(shown) + " | why refused |", "|---|---:|" + "---:|" * len(shown) + "---|",
    ]
    for operator in sorted(counts, key=str.lower):
        own = counts[operator]
        why = reasons[operator].most_common(1)
        lines.append(
            f"| {operator} | {sum(own.values())} | " + " | ".join(str(own[verdict]) for verdict in shown)
            + f" | {why[0][0] if why else ''} |")
    # Cases of an operator set before the first that is read say nothing of the operator.
    left = sorted(
        operator for operator, own in counts.items()
        if not own["ok"] and not all("uses version" in reason for reason in reasons[operator]))
    tested = set(by_case.values())
    schemas = {schema.name for schema in onnx.defs.get_all_schemas() if schema.domain in ("", "ai.onnx.preview.training")}
    untested = sorted(name for name in KINDS if name in schemas | tested and name not in counts)
    lines += ["", "Left out: none of their cases runs, and a network with one of them keeps it as it is.", ""]
    lines += [f"- {name}: {KINDS.get(name, 'see the table')}" for name in sorted(set(left) | set(untested))]
    lines += ["", END]
    return "\n".join(lines)


def section_of(page: str, begin: str = BEGIN, end: str = END) -> str:
    """A section as a page has it, with the line before it; nothing where it has none."""
    if begin not in page or end not in page:
        return ""
    return "\n" + begin + page.split(begin, 1)[1].split(end, 1)[0] + end + "\n"


def replaced(page: str, made: str, begin: str, end: str) -> str:
    """The page with a section in place of what it had between the same marks, or at its end."""
    if begin in page and end in page:
        before, rest = page.split(begin, 1)
        return before + made + rest.split(end, 1)[1]
    return page.rstrip("\n") + "\n\n" + made + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("page", type=Path)
    options = parser.parse_args()
    page = options.page.read_text() if options.page.exists() else ""
    options.page.write_text(replaced(page, section(json.loads(options.results.read_text())), BEGIN, END))


if __name__ == "__main__":
    main()
