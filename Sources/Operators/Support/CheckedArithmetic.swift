internal import Graph

/// Arithmetic on lengths that come from files: an overflow is an error, never a trap.
enum Checked {
    /// Returns the sum of integers.
    static func sum(_ terms: Int...) throws(GraphError) -> Int {
        var total = 0
        for term in terms {
            let (next, overflow) = total.addingReportingOverflow(term)
            guard !overflow else { throw GraphError("the sum of \(terms) is too large") }
            total = next
        }
        return total
    }

    /// Returns the difference of two integers.
    static func difference(_ left: Int, _ right: Int) throws(GraphError) -> Int {
        let (result, overflow) = left.subtractingReportingOverflow(right)
        guard !overflow else { throw GraphError("\(left) - \(right) is too large") }
        return result
    }

    /// Returns the product of integers.
    static func product(_ factors: [Int]) throws(GraphError) -> Int {
        var total = 1
        for factor in factors {
            let (next, overflow) = total.multipliedReportingOverflow(by: factor)
            guard !overflow else { throw GraphError("the product of \(factors) is too large") }
            total = next
        }
        return total
    }

    /// Returns the product of non-negative integers, or `Int.max` where it is larger.
    static func saturatingProduct(_ factors: [Int]) -> Int {
        if factors.contains(0) { return 0 }
        return factors.reduce(1) { total, factor in
            let (next, overflow) = total.multipliedReportingOverflow(by: factor)
            return overflow ? .max : next
        }
    }

    /// Returns a quotient rounded towards positive infinity, for a positive divisor.
    static func ceilingQuotient(_ dividend: Int, _ divisor: Int) -> Int {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        return remainder > 0 ? quotient + 1 : quotient
    }

    /// Returns the axis for an index that may count from the end.
    static func axis(_ index: Int, rank: Int, name: String = "axis") throws(GraphError) -> Int {
        guard index >= -rank, index < rank else {
            throw GraphError("\(name) must be in [\(-rank), \(rank)), got \(index)")
        }
        return index < 0 ? index + rank : index
    }

    /// The largest number of elements that an operator makes from numbers alone, such as a requested length.
    static let greatestMade = 1 << 28

    /// Throws if an operator is asked for more than fits into memory.
    static func requireMade(_ shape: [Int]) throws(GraphError) {
        guard shape.allSatisfy({ $0 >= 0 }), saturatingProduct(shape) <= greatestMade else {
            throw GraphError("cannot make a tensor of shape \(shape)")
        }
    }
}
