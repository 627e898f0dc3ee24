# IntraFusion: `make demo` and `make test` are all a fresh machine needs.
SHELL := /bin/bash
BUILD := swift build -c release
INTRAFUSION := .build/release/intrafusion
SHARED ?= ../shared
# OpenMP's spinning threads slow each other down badly on busy cores.
export OMP_WAIT_POLICY ?= passive

PREFIX ?= /usr/local

.PHONY: demo build examples manuals install uninstall test lint parity accuracy dependencies clean

# What `make demo` leaves.
DEMO := .build/demo

demo: build
	mkdir -p $(DEMO)
	$(INTRAFUSION) groups --model-name vgg11_bn --checkpoint models/digits-vgg11_bn.safetensors
	$(INTRAFUSION) sweep --model-name vgg11_bn --checkpoint models/digits-vgg11_bn.safetensors --data data/digits \
		--group-idxs 1 2 3 --sparsities 0.3 0.4 0.5 0.6 0.7 --importance-criteria l1
	$(INTRAFUSION) prune models/digits-vgg11_bn.safetensors --target-macs 0.5 --effort quick --calibrate data/digits \
		--data data/digits -o $(DEMO)/small.safetensors --report $(DEMO)/report.html
	$(INTRAFUSION) landscape models/digits-vgg11_bn.safetensors --data data/digits --group 6 --sparsity 0.4 \
		-o $(DEMO)/landscape.svg
	@echo
	@echo "The report is $(DEMO)/report.html, the landscape $(DEMO)/landscape.svg: open them in a browser."

build: dependencies
	$(BUILD) --product intrafusion

# The programs of Examples, built as a package of its own that depends on this one, and run.
examples: dependencies
	for example in PruneDigits CustomCriterion; do \
		swift run --package-path Examples --scratch-path .build-examples -c release $$example \
		.build-examples/small.onnx || exit 1; done

# Completions and manual pages, in .build/share.
manuals: .build/share/intrafusion.1

.build/share/intrafusion.1: $(INTRAFUSION) Scripts/make-manuals.swift Scripts/make-share.sh docs/command.md
	Scripts/make-share.sh

# Only where it is missing, so that `make build manuals && sudo make install` needs no compiler as root.
$(INTRAFUSION):
	$(MAKE) build

install: manuals
	Scripts/install.sh install "$(PREFIX)"

uninstall:
	Scripts/install.sh uninstall "$(PREFIX)"

test: dependencies lint
	$(BUILD) --product IntraFusionPackageTests
	Scripts/run-tests.sh

lint:
	swift format lint --strict --recursive --parallel Sources Tests Scripts Examples Package.swift

# Compares every accuracy, kept set, map and weight with those of the published code; needs the reference files.
parity: dependencies
	$(BUILD) --product Parity
	.build/release/Parity --shared $(SHARED)

# The tables of docs/results, one page per study; resumes where it was interrupted. SAMPLES=10000 evaluates that many test images,
# STUDIES=accuracy-digits runs one study only.
STUDIES ?= accuracy-digits accuracy-cifar accuracy-resnet18 accuracy-resnet20 accuracy-seeds accuracy-one-group criteria
STUDY_RESULTS := .build/studies
accuracy: build
	mkdir -p $(STUDY_RESULTS)
	set -e; for study in $(STUDIES); do \
		$(INTRAFUSION) study docs/studies/$$study.json --resume -o $(STUDY_RESULTS)/$$study$(SAMPLES).json \
			--markdown docs/results/$$study.md $(if $(SAMPLES),--samples $(SAMPLES)) >/dev/null; done

dependencies:
	@Scripts/install-dependencies.sh

clean:
	swift package clean
