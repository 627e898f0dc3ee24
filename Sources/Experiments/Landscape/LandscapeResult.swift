public import Evaluation
internal import Foundation

/// The losses on a plane or a line through networks, as far as they are measured.
public struct LandscapeResult: Sendable, Codable, Equatable {
    /// One of the networks that span it.
    public struct Point: Sendable, Codable, Equatable {
        /// "original", or the name of the merge rule that made it.
        public let name: String
        /// Its distance from the original along the first axis, in weights.
        public let x: Double
        /// Its distance along the second axis.
        public let y: Double
        /// Its measurement; nil until there is one.
        public internal(set) var measurement: LossMeasurement?
    }

    /// The networks, the original first.
    public internal(set) var points: [Point]
    /// The places of the grid's columns, in weight distance.
    public let xs: [Double]
    /// The places of its rows; a line has one row, at 0.
    public let ys: [Double]
    /// The measurements on the grid, row by row; nil where there is none yet.
    public internal(set) var grid: [LossMeasurement?]
    /// The number of samples that the loss is averaged over.
    public let samples: Int
    /// The number of samples in the data set.
    public let availableSamples: Int
    /// The seconds spent on measuring.
    public internal(set) var seconds: Double

    /// Whether it is the line between two networks.
    public var isLine: Bool { ys.count == 1 }

    /// The number of places, networks and grid.
    public var count: Int { points.count + grid.count }

    /// The number of measured places.
    public var measuredCount: Int { points.count { $0.measurement != nil } + grid.count { $0 != nil } }

    /// Whether nothing is missing.
    public var isComplete: Bool { measuredCount == count }

    /// The measurements at all places: the networks, then the grid.
    var measurements: [LossMeasurement?] {
        get { points.map(\.measurement) + grid }
        set {
            for index in points.indices { points[index].measurement = newValue[index] }
            grid = Array(newValue.dropFirst(points.count))
        }
    }

    /// The coordinates of all places, in the same order.
    var places: [(x: Double, y: Double)] {
        points.map { ($0.x, $0.y) } + ys.flatMap { y in xs.map { ($0, y) } }
    }

    /// Whether another result has the same places and samples, wherever it was measured.
    ///
    /// - Parameter tolerance: How much coordinates may differ, relative to the extent of the grid.
    func hasPlaces(of other: LandscapeResult, tolerance: Double = 1e-9) -> Bool {
        let extent = max(abs(xs.last ?? 0), abs(xs.first ?? 0), 1e-300)
        return xs.count == other.xs.count && ys.count == other.ys.count && samples == other.samples
            && grid.count == other.grid.count && availableSamples == other.availableSamples
            && points.map(\.name) == other.points.map(\.name)
            && zip(places, other.places).allSatisfy {
                abs($0.x - $1.x) <= tolerance * extent && abs($0.y - $1.y) <= tolerance * extent
            }
    }

    /// All places as comma-separated values: the networks with their names, then the grid.
    public var csv: String {
        let names = points.map(\.name) + Array(repeating: "", count: grid.count)
        let lines = zip(zip(names, places), measurements).map { place, measurement in
            [
                place.0, "\(place.1.x)", "\(place.1.y)", measurement?.loss.map { "\($0)" } ?? "",
                measurement.map { "\($0.accuracy.fraction)" } ?? "",
            ].joined(separator: ",")
        }
        return (["network,x,y,loss,accuracy"] + lines).joined(separator: "\n")
    }
}
