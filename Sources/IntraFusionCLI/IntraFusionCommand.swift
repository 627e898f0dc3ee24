import ArgumentParser
import IntraFusion

/// The command line of IntraFusion.
@main
struct IntraFusionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intrafusion",
        abstract: "Structured compression of neural networks that fuses channels instead of deleting them.",
        version: ProductVersion.current,
        subcommands: [
            SweepCommand.self, PruneCommand.self, ApplyCommand.self, GroupsCommand.self, InspectCommand.self,
            EvaluateCommand.self, CompareCommand.self, ConvertCommand.self, TrainCommand.self,
            RunCommand.self, StudyCommand.self, LandscapeCommand.self, ReportCommand.self,
            ArchitecturesCommand.self, DataCommand.self,
        ])
}
