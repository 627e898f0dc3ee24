#!/usr/bin/env python3
"""Trained networks that other people ship, pruned and scored at their tasks in ONNX Runtime; writes docs/field.md.

Needs `pip install numpy pillow onnx onnxruntime onnxsim==0.8.1` and the script `zoo.py` of the shared folder, which fetches the
networks, makes inputs for calibration and scores; `subjects.py` beside this one adds further networks.

    field.py --intrafusion .build/release/intrafusion --models DIR --pictures DIR [--zoo ../shared/tools/zoo.py]
             [--subjects rec det ...] [--shares 0.85 0.7 0.5] [--results results.json] [--page docs/field.md]

DIR is what `zoo.py fetch DIR` and `subjects.py prepare DIR` left, with EfficientNet-Lite0 exported to DIR/lite0.onnx. Results are
kept after every run: the same command goes on where it was interrupted.
"""
import argparse, json, os, re, subprocess, sys, tempfile, time, warnings

import numpy as np
import onnx

import subjects

warnings.filterwarnings("ignore")

SUBJECTS = {
    "rec": ("PP-OCRv4 recogniser", "rapidocr_onnxruntime/ch_PP-OCRv4_rec_infer.onnx", "exact"),
    "det": ("PP-OCRv4 detector", "rapidocr_onnxruntime/ch_PP-OCRv4_det_infer.onnx", "overlap"),
    "nude": ("NudeNet (YOLOv8n)", "nudenet/320n.onnx", "found_again"),
    "lite0": ("EfficientNet-Lite0", "lite0.onnx", "top1"),
    **subjects.SUBJECTS,
}
METHODS = {
    "quick, no data": ["--effort", "quick"],
    "quick, own inputs": ["--effort", "quick", "--calibrate", "{inputs}"],
    "normal, no data": [],
    "normal, own inputs": ["--calibrate", "{inputs}"],
    "onnxsim": None,
    "onnxsim wanda": None,
}


def parameters(model):
    """The floating-point numbers that a file stores: Paddle's exporter keeps weights in Constant nodes."""
    stored = list(model.graph.initializer) + [
        attribute.t for node in model.graph.node if node.op_type == "Constant" for attribute in node.attribute
        if attribute.name == "value"]
    return sum(int(np.prod(t.dims)) for t in stored if t.data_type == onnx.TensorProto.FLOAT)


def with_initializers(model):
    """The network with the tensors of its Constant nodes as initializers, which is where onnxsim looks for weights."""
    constants = [node for node in model.graph.node if node.op_type == "Constant" and node.attribute[0].name == "value"]
    for node in constants:
        tensor = onnx.TensorProto()
        tensor.CopyFrom(node.attribute[0].t)
        tensor.name = node.output[0]
        model.graph.initializer.append(tensor)
        model.graph.node.remove(node)
    return model


def onnxsim_pruned(path, inputs, goal, wanda):
    """onnxsim's network with about as many parameters as ours, found by bisection; None where it cannot get there."""
    import onnxsim

    model = with_initializers(onnx.load(path))
    data = None
    if wanda:
        import onnxruntime

        name = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_inputs()[0].name
        data = [{name: inputs[i:i + 1].astype(np.float32)} for i in range(min(32, len(inputs)))]

    def prune(sparsity):
        if wanda:
            return onnxsim.apply_structured_wanda_pruning(model, calibration_data=data, sparsity=sparsity)
        return onnxsim.apply_structured_pruning(model, sparsity=sparsity)

    low, high = 0.0, 0.95
    least = prune(high)
    if parameters(least) > goal:
        return None
    for _ in range(7):
        middle = (low + high) / 2
        if parameters(prune(middle)) > goal:
            low = middle
        else:
            high = middle
    return prune(high)


def script(options, subject):
    """The command that makes inputs for a subject and scores it."""
    if subject in subjects.SUBJECTS:
        return [sys.executable, subjects.__file__], ["--models", options.models, "--zoo", options.zoo]
    return [sys.executable, options.zoo], ["--pictures", options.pictures]


def scored(options, subject, path, original):
    command, more = script(options, subject)
    run = subprocess.run([*command, "score", subject, path, "--original", original, *more], capture_output=True, text=True)
    if run.returncode != 0:
        return {"error": run.stderr.strip().splitlines()[-1] if run.stderr.strip() else "failed"}
    words = run.stdout.strip().splitlines()[-1].split()
    return {key: float(value) for key, value in zip(words, words[1:]) if re.fullmatch(r"-?[0-9.]+", value)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--intrafusion", required=True)
    parser.add_argument("--models", required=True)
    parser.add_argument("--pictures", default="")
    parser.add_argument("--zoo", default="../shared/tools/zoo.py")
    parser.add_argument("--subjects", nargs="*", default=list(SUBJECTS))
    parser.add_argument("--methods", nargs="*", default=list(METHODS))
    parser.add_argument("--shares", nargs="*", type=float, default=[0.85, 0.7, 0.5])
    parser.add_argument("--inputs", default="", help="a folder that keeps the inputs for calibration")
    parser.add_argument("--results", default="docs/results/field.json")
    parser.add_argument("--page", default="docs/field.md")
    options = parser.parse_args()
    results = json.load(open(options.results)) if os.path.exists(options.results) else {}
    with tempfile.TemporaryDirectory() as folder:
        kept = options.inputs or folder
        for subject in options.subjects:
            original = os.path.join(options.models, SUBJECTS[subject][1])
            inputs = os.path.join(kept, subject + (".npz" if subject in subjects.SEVERAL_INPUTS else ".npy"))
            if not os.path.exists(inputs):
                command, more = script(options, subject)
                subprocess.run([*command, "calibration", subject, inputs, *more], check=True)
            if subject not in results:
                results[subject] = {"original": scored(options, subject, original, original), "runs": {}}
            for share in options.shares:
                for method in options.methods:
                    key = f"{method} {share}"
                    if key in results[subject]["runs"]:
                        continue
                    target = os.path.join(folder, "small.onnx")
                    start = time.time()
                    row = {}
                    if METHODS[method] is None:
                        wanda = method.endswith("wanda")
                        ours = results[subject]["runs"].get(f"normal, own inputs {share}", {})
                        if "parameters" not in ours or wanda and subject in subjects.SEVERAL_INPUTS:
                            continue
                        try:
                            small = onnxsim_pruned(
                                original, np.load(inputs, mmap_mode="r"), ours["parameters"], wanda)
                            if small is None:
                                row = {"error": "cannot get so small"}
                            else:
                                onnx.save(small, target)
                        except Exception as error:
                            row = {"error": f"{type(error).__name__}: {error}"[:120]}
                    else:
                        flags = [flag.replace("{inputs}", inputs) for flag in METHODS[method]]
                        run = subprocess.run(
                            [options.intrafusion, "prune", original, "-o", target, "--target-macs", str(share), "--json", *flags],
                            capture_output=True, text=True)
                        if run.returncode != 0:
                            row = {"error": run.stderr.strip().splitlines()[0][:120] if run.stderr.strip() else "failed"}
                        else:
                            report = json.loads(run.stdout)
                            row = {"verdict": report.get("verdict"), "agreement": report.get("agreement")}
                    row["seconds"] = round(time.time() - start, 1)
                    if "error" not in row:
                        row["parameters"] = parameters(onnx.load(target))
                        row["score"] = scored(options, subject, target, original)
                    results[subject]["runs"][key] = row
                    json.dump(results, open(options.results, "w"), indent=1)
                    print(subject, key, row, flush=True)
    write(options, results)


def write(options, results):
    lines = [
        "## Networks of other people", "",
        "Trained networks that public Python packages ship, pruned without flags but those named and scored at their tasks in ONNX",
        "Runtime. Own inputs are 256 unlabelled pictures, lines, tones, sentences or frames, or 32 rendered pages; without data the",
        "command takes crops of the bundled photographs, or makes inputs up. onnxsim 0.8.1's structured pruning has as many parameters as ours with own inputs. The",
        "verdict is what the command says about its result. Made by `Benchmarks/field/field.py`; wall times on two shared cores.",
        "",
    ]
    for subject, found in results.items():
        name, _, figure = SUBJECTS[subject]
        original = found["original"].get(figure)
        lines += [f"### {name}", "", f"Original: {figure} {100 * original:.1f} %." if original is not None else "", "",
                  "| multiply-accumulates | method | " + figure + " | other figures | parameters | verdict | seconds |",
                  "|---|---|---:|---|---:|---|---:|"]
        for share in options.shares:
            for method in METHODS:
                row = found["runs"].get(f"{method} {share}")
                if row is None:
                    continue
                if "error" in row:
                    lines.append(f"| {100 * share:.0f} % | {method} | | {row['error']} | | | {row['seconds']:.0f} |")
                    continue
                score = row["score"]
                others = ", ".join(f"{key} {value:g}" for key, value in score.items() if key != figure)
                value = score.get(figure)
                verdict = f"{row['verdict']} ({100 * row['agreement']:.1f} %)" if row.get("verdict") else ""
                lines.append(
                    f"| {100 * share:.0f} % | {method} | {'' if value is None else f'{100 * value:.1f} %'} | {others} | "
                    f"{row['parameters']:,} | {verdict} | {row['seconds']:.0f} |")
        lines.append("")
    begin, end = "<!-- results: begin -->", "<!-- results: end -->"
    made = begin + "\n" + "\n".join(lines) + end + "\n"
    page = open(options.page).read() if os.path.exists(options.page) else ""
    if begin in page and end in page:
        made = page.split(begin)[0] + made + "\n" + page.split(end, 1)[1].lstrip("\n")
    with open(options.page, "w") as f:
        f.write(made)


main()
