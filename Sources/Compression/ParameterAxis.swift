internal import Graph

/// One axis of one parameter.
struct ParameterAxis: Hashable {
    let parameter: ValueID
    let axis: Int
}
