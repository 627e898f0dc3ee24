package import Graph

/// One axis of one parameter.
package struct ParameterAxis: Hashable {
    package let parameter: ValueID
    package let axis: Int
}
