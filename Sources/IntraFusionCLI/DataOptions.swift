import ArgumentParser
import IntraFusion

/// Which labelled images a command works on.
struct DataOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder with the data set.", valueName: "folder"), completion: .directory)
    var data = "data"

    @Option(
        help: ArgumentHelp(
            "The data set: auto finds it in the folder.",
            discussion: "One of \(DatasetRegistry.names.joined(separator: ", ")).", valueName: "name"),
        completion: .list(DatasetRegistry.names))
    var dataset = "auto"
}
