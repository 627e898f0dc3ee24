import ArgumentParser
import IntraFusion

/// Which groups a command may prune.
struct PruneScopeOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Only these groups, 0 being the last before the output (default: all).", valueName: "index"))
    var groups: [Int] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Leave groups whole: an index, or the name of a parameter, node or value that a group touches; * ? [...] are wild.",
            valueName: "pattern"))
    var ignore: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "The sparsity of one group; without --sparsity or a target, the others stay whole.",
            valueName: "group=share"))
    var sparsityOf: [GroupSparsity] = []

    /// The sparsities by group.
    func sparsities() throws -> [Int: Sparsity] {
        var result: [Int: Sparsity] = [:]
        for item in sparsityOf {
            guard result.updateValue(try Sparsity(item.share), forKey: item.group) == nil else {
                throw ValidationError("--sparsity-of names group \(item.group) twice")
            }
        }
        return result
    }
}

/// A group and its sparsity, written `3=0.5`.
struct GroupSparsity: ExpressibleByArgument {
    let group: Int
    let share: Double

    init?(argument: String) {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let group = Int(parts[0]), let share = Double(parts[1]) else { return nil }
        self.group = group
        self.share = share
    }
}
