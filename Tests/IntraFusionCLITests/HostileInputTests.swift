import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch

/// A run must end with an error that names what was wrong: no output, no signal, a status other than zero.
@Suite("Hostile input on the command line")
struct HostileInputTests {
    private func expectError(
        _ arguments: [String], _ words: [String], in folder: URL? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let run = try CommandRun.run(arguments, in: folder)
        let place = Comment(rawValue: "\(arguments): \(run.errors)")
        #expect(!run.wasSignalled && run.status != 0, place, sourceLocation: sourceLocation)
        #expect(run.output.isEmpty, place, sourceLocation: sourceLocation)
        #expect(!run.errors.isEmpty, place, sourceLocation: sourceLocation)
        for word in words {
            #expect(run.errors.contains(word), "\(word) in \(place)", sourceLocation: sourceLocation)
        }
    }

    /// The arguments of a sweep in which one flag has another value.
    private func sweep(_ flag: String, _ values: String...) -> [String] {
        let defaults = [
            ("--checkpoint", [Bundled.model.path]), ("--data", [Bundled.digits.path]), ("--samples", ["10"]),
            ("--group-idxs", ["0"]), ("--sparsities", ["0.5"]),
        ].filter { $0.0 != flag }
        return ["sweep"] + defaults.flatMap { [$0.0] + $0.1 } + [flag] + values
    }

    @Test(
        "options out of range are named",
        arguments: [
            ("--sparsities", "1", ["sparsity", "[0, 1)", "1"]), ("--sparsities", "1.5", ["1.5", "[0, 1)"]),
            ("--sparsities", "nan", ["nan"]), ("--sparsities", "half", ["half"]),
            ("--sparsities", "-0.5", ["--sparsities"]), ("--group-idxs", "8", ["8", "0 to 7"]),
            ("--group-idxs", "99999999999999999999", ["99999999999999999999"]),
            ("--group-idxs", "-1", ["--group-idxs"]),
            ("--group-idxs", "first", ["first"]), ("--rules", "average", ["average", "norm_preserving"]),
            ("--importance-criteria", "l7", ["l7", "l_inf"]), ("--folding", "half", ["half", "exact"]),
            ("--reduction", "median", ["median", "product"]),
            ("--normaliser", "median", ["median", "standardise"]), ("--batches", "0", ["batches", "0"]),
            ("--batches", "-2", ["-2"]), ("--criterion-batch-size", "0", ["batch size", "0"]),
            ("--source-prob", "none", ["none", "uniform"]),
            ("--target", "median", ["median", "cluster_centroid"]),
            ("--cost", "euclid", ["euclid", "cosine"]), ("--cost-features", "none", ["none", "producers"]),
            ("--clustering", "median", ["median", "kmeans"]), ("--solver", "newton", ["newton", "sinkhorn"]),
            ("--max-iterations", "0", ["iteration limit", "0"]),
            ("--p", "0.5", ["0.5"]), ("--p", "nan", ["nan"]),
            ("--p", "-1", ["-1"]), ("--samples", "0", ["samples", "0"]), ("--samples", "-3", ["-3"]),
            ("--batch-size", "0", ["batch size", "0"]), ("--threads", "0", ["0"]),
            ("--gpu-id", "512", ["512"]),
            ("--seed", "-1", ["-1"]), ("--model-name", "vgg11bn", ["vgg11bn", "vgg11_bn"]),
            ("--dataset", "imagenet", ["imagenet", "digits"]), ("--speed", "9", ["--speed"]),
        ] as [(String, String, [String])])
    func options(flag: String, value: String, words: [String]) throws {
        try expectError(sweep(flag, value), words)
    }

    @Test("a limit of iterations that the simplex needs more of is named")
    func iterationLimit() throws {
        try expectError(sweep("--source-prob", "importance", "--max-iterations", "1"), ["within 1"])
    }

    @Test("a criterion that looks at images says when there are too few or none")
    func trainingImages() throws {
        let taylor = sweep("--importance-criteria", "taylor")
        try expectError(taylor + ["--batches", "11"], ["11 batches of 128", "1297", "--batches"])
        try TemporaryFolder.with { folder in
            let target = folder.appendingPathComponent("digits")
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            try expectError(
                sweep("--data", target.path) + ["--importance-criteria", "chip"], [target.path, "digits"])
        }
    }

    @Test("--json and --csv exclude each other; a command that does not exist is refused")
    func conflicts() throws {
        try expectError(Bundled.sweep("--json", "--csv"), ["--json", "--csv"])
        try expectError(["shrink"], ["shrink"])
        try expectError(
            ["train", "--epochs", "0", "--data", Bundled.digits.path, "-o", "x"], ["epochs", "0"])
        try expectError(["train", "--data", Bundled.digits.path], ["output"])
    }

    @Test("files that are not there are named, with what to put where")
    func missing() throws {
        try TemporaryFolder.with { folder in
            // The default places, below a folder in which there is nothing.
            try expectError(
                ["sweep", "--model-name", "vgg13"], ["models/vgg13.checkpoint", "no such file"], in: folder)
            try expectError(
                ["sweep", "--checkpoint", Bundled.model.path], ["data", "cifar", "put"], in: folder)
            try expectError(sweep("--dataset", "cifar100"), ["cifar100", "put"])
            try expectError(["groups", "--checkpoint", folder.path], [folder.path, "folder"])
            try expectError(sweep("--save-models", Bundled.model.path), [Bundled.model.path])
        }
    }

    @Test("a checkpoint of another network, or of none, is named with what does not fit")
    func otherCheckpoint() throws {
        try expectError(
            ["groups", "--model-name", "vgg11_bn", "--checkpoint", Bundled.residual.path],
            ["missing", "features.0.weight", "unexpected", "layer1.0.conv1.weight"])
        try expectError(
            ["groups", "--checkpoint", Bundled.digits.appendingPathComponent("README.md").path], ["README.md"]
        )
        let fixtures = SharedFiles.packageFolder.appendingPathComponent("Tests/CheckpointsTests/Fixtures")
        for (file, word) in [
            ("evil_system.pt", "system"), ("evil_eval.pt", "eval"), ("big_endian.pt", "big_endian.pt"),
            ("no_state.pt", "no_state.pt"), ("old.tar", "old.tar"), ("loop.pkl", "loop.pkl"),
        ] {
            try expectError(
                ["groups", "--checkpoint", fixtures.appendingPathComponent(file).path], [file, word])
        }
    }

    @Test("weights that are not numbers are named")
    func notNumbers() throws {
        try TemporaryFolder.with { folder in
            for (name, value) in [("features.4.weight", Float.nan), ("features.22.weight", .infinity)] {
                var state = try CheckpointFile.load(Bundled.model).state
                let tensor = try state.tensor(named: name)
                var values = try tensor.floats()
                values[7] = value
                state[name] = try Tensor(values, shape: tensor.shape)
                let file = folder.appendingPathComponent("broken.safetensors")
                try SafetensorsWriter.write(state, to: file)
                try expectError(
                    [
                        "sweep", "--model-name", "vgg11_bn", "--checkpoint", file.path, "--data",
                        Bundled.digits.path, "--samples", "10",
                        "--group-idxs", "6", "1", "--sparsities", "0.5",
                    ], [name])
            }
        }
    }

    @Test("a checkpoint that ends too early is an error wherever it ends")
    func truncated() throws {
        let fixtures = SharedFiles.packageFolder.appendingPathComponent("Tests/CheckpointsTests/Fixtures")
        for source in [Bundled.model, fixtures.appendingPathComponent("nested.zip.pt")] {
            let bytes = try Data(contentsOf: source)
            try TemporaryFolder.with { folder in
                let file = folder.appendingPathComponent("short.checkpoint")
                for share in [0, 1, 7, 8, 100, bytes.count / 3, bytes.count / 2, bytes.count - 1] {
                    try bytes.prefix(share).write(to: file)
                    try expectError(["groups", "--checkpoint", file.path], ["short.checkpoint"])
                }
            }
        }
    }

    /// A bit in the middle of a weight may pass unnoticed; a signal or half a report may not come of any.
    @Test("flipped bits end in an error or in a whole report")
    func flipped() throws {
        let fixtures = SharedFiles.packageFolder.appendingPathComponent("Tests/CheckpointsTests/Fixtures")
        var generator = SplitMixGenerator(seed: 23)
        for (source, header) in [
            (Bundled.model, 4224), (fixtures.appendingPathComponent("nested.zip.pt"), nil),
            (fixtures.appendingPathComponent("nested.legacy.pt"), nil),
        ] as [(URL, Int?)] {
            let bytes = try Data(contentsOf: source)
            try TemporaryFolder.with { folder in
                let file = folder.appendingPathComponent("flipped.checkpoint")
                for _ in 0..<20 {
                    let place = Int.random(in: 0..<(header ?? bytes.count), using: &generator)
                    let bit = Int.random(in: 0..<8, using: &generator)
                    var changed = bytes
                    changed[changed.startIndex + place] ^= 1 << bit
                    try changed.write(to: file)
                    let run = try CommandRun.run(["groups", "--checkpoint", file.path, "--json"])
                    let comment = Comment(
                        rawValue: "\(source.lastPathComponent), bit \(bit) of byte \(place)")
                    #expect(!run.wasSignalled, comment)
                    if run.status == 0 {
                        #expect(throws: Never.self, comment) { try run.json() }
                    } else {
                        #expect(run.output.isEmpty && !run.errors.isEmpty, comment)
                    }
                }
            }
        }
    }

    @Test("data files that are cut short or damaged are named")
    func damagedData() throws {
        for name in ["images-idx3-ubyte", "labels-idx1-ubyte"] {
            try TemporaryFolder.with { folder in
                let copy = folder.appendingPathComponent("digits")
                try FileManager.default.copyItem(at: Bundled.digits, to: copy)
                let file = copy.appendingPathComponent(name)
                let bytes = try Data(contentsOf: file)
                for damaged in [Data(), bytes.prefix(3), bytes.dropLast(1), Data([1]) + bytes.dropFirst(1)] {
                    try damaged.write(to: file)
                    try expectError(sweep("--data", copy.path), [name])
                }
            }
        }
    }
}
