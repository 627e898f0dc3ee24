// The umbrella: one import brings the whole library.
@_exported public import Analysis
@_exported public import Calibration
@_exported public import Checkpoints
@_exported public import Compression
@_exported public import Coupling
@_exported public import Datasets
@_exported public import DeployedRuntime
@_exported public import Evaluation
@_exported public import Experiments
@_exported public import Graph
@_exported public import Importance
@_exported public import Models
@_exported public import ONNX
@_exported public import OptimalTransport
@_exported public import Pruning
@_exported public import Registries
@_exported public import Torch
// The umbrella: one import brings the whole library.
