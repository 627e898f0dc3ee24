"""Writes small image files of every kind, and what Pillow makes of them, for ImageFileTests (Pillow, NumPy)."""
import pathlib

import numpy as np
from PIL import Image

here = pathlib.Path(__file__).parent / "images"
random = np.random.default_rng(3)
height, width = 20, 27
y, x = np.mgrid[0:height, 0:width]
base = np.stack([x * 9, y * 12, (x + y) * 5], -1) % 256
rgb = np.clip(base + random.integers(-20, 20, base.shape), 0, 255).astype(np.uint8)
grey = rgb[..., 0]
alpha = random.integers(0, 256, (height, width), dtype=np.uint8)
picture = Image.fromarray(rgb)
picture.save(here / "rgb.png")
Image.fromarray(grey).save(here / "grey.png")
Image.fromarray(np.dstack([rgb, alpha])).save(here / "alpha.png")
picture.quantize(16).save(here / "palette.png")
Image.fromarray(grey > 100).save(here / "bits.png")
picture.save(here / "rgb.jpg", quality=95, subsampling=0)
picture.save(here / "progressive.jpg", progressive=True, quality=90)
Image.fromarray(grey).save(here / "grey.jpg", quality=95)
picture.convert("CMYK").save(here / "cmyk.jpg", quality=95)

arrays = {}
for file in sorted(here.glob("*.png")) + sorted(here.glob("*.jpg")):
    image = Image.open(file)
    colour, light = image.convert("RGB"), image.convert("RGB").convert("L")
    arrays[f"{file.name}-rgb"] = np.asarray(colour).transpose(2, 0, 1)
    arrays[f"{file.name}-grey"] = np.asarray(light)[None]
for name, size in {"smaller": (8, 8), "larger": (40, 40), "flat": (6, 12)}.items():
    h, w = size
    scale = max(h / height, w / width)
    goal = (w, int(height * w / width)) if w / width > h / height else (int(width * h / height), h)
    resized = picture.resize(goal, Image.BILINEAR)
    left, top = round((goal[0] - w) / 2), round((goal[1] - h) / 2)
    arrays[name] = np.asarray(resized.crop((left, top, left + w, top + h))).transpose(2, 0, 1)
# torchvision's Resize(12), CenterCrop(10)
resized = picture.resize((int(12 * width / height), 12), Image.BILINEAR)
left, top = round((resized.width - 10) / 2), round((resized.height - 10) / 2)
arrays["shorter"] = np.asarray(resized.crop((left, top, left + 10, top + 10))).transpose(2, 0, 1)
np.savez_compressed(here / "expected.npz", **arrays)
