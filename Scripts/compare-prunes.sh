#!/usr/bin/env bash
# Prunes five networks by the defaults and by six sets of flags with two builds of the command, and compares the files
# that they write, byte for byte: a change that must not change results.
#
#     Scripts/compare-prunes.sh OLD/intrafusion NEW/intrafusion [folder for the results]
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 2 ] || { echo "usage: $0 OLD NEW [folder]" >&2; exit 2; }
old=$1 new=$2
place=${3:-$(mktemp -d)}
fixtures=Tests/CoverageTests/Fixtures

networks=(
    "models/digits-resnet18.safetensors"
    "models/digits-vgg11_bn.safetensors"
    "$fixtures/padded_shortcut.onnx"
    "$fixtures/patch_transformer.onnx"
    "$fixtures/bert.onnx"
)
flags=(
    "--sparsity 0.5"
    "--sparsity 0.4 --rule norm_preserving --importance l1"
    "--target-macs 0.6 --allocate sensitivity --steps 2"
    "--sparsity 0.3 --allocate global --order backward --missing-moments propagation"
    "--sparsity 0.5 --calibrate synthetic --images 32"
    "--sparsity 0.5 --calibrate synthetic --images 32 --refine 4"
    "--sparsity 0.4 --steps 3 --order forward --rule reference"
)

differ=0
for network in "${networks[@]}"; do
    for index in "${!flags[@]}"; do
        name=$(basename "$network" | tr . _)-$index
        suffix=${network##*.}
        for side in old new; do
            mkdir -p "$place/$side"
            # shellcheck disable=SC2086 # the flags are words
            if ! OMP_WAIT_POLICY=passive "${!side}" prune "$network" ${flags[$index]} \
                --output "$place/$side/$name.$suffix" --plan "$place/$side/$name.json" \
                >/dev/null 2>"$place/$side/$name.error"; then
                sed "s|$place/$side||g" "$place/$side/$name.error" >"$place/$side/$name.$suffix"
                : >"$place/$side/$name.json"
            fi
        done
        if cmp -s "$place/old/$name.$suffix" "$place/new/$name.$suffix" \
            && cmp -s "$place/old/$name.json" "$place/new/$name.json"; then
            state=equal
            [ -s "$place/new/$name.json" ] || state="equal (refused: $(head -c 100 "$place/new/$name.$suffix" | head -1))"
        else
            state=DIFFERS
            differ=$((differ + 1))
        fi
        echo "$state  $network ${flags[$index]}"
    done
done
echo "$differ of $((${#networks[@]} * ${#flags[@]})) differ"
[ "$differ" -eq 0 ]
