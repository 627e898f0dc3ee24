// Loads a network, leaves half of its multiply-accumulates, measures both on labelled images, and saves the result.
import Foundation
import IntraFusion

let network = try NetworkFile("models/digits-vgg11_bn.safetensors")
let digits = try DatasetRegistry.load(
    name: "digits", folder: URL(fileURLWithPath: "data/digits"), split: .test)
let options = try PruningOptions(effort: .quick, budgets: [Budget(.multiplyAccumulates, limit: 0.5)])
let result = try Pruner(network.graph, options: options).run()
let evaluator = try AccuracyEvaluator(digits)
let accuracies = try [result.dense, result.graph].map { try evaluator.accuracy(of: $0).fraction }
try network.save(
    result.graph, to: URL(fileURLWithPath: CommandLine.arguments.dropFirst().first ?? "small.onnx"))
print("\(result.before.parameters) -> \(result.after.parameters) parameters, accuracy \(accuracies)")
