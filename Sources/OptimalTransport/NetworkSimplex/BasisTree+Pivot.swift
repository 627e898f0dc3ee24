extension BasisTree {
    /// Brings the arc from a source to a target, on which `u + v` exceeds the cost, into the basis.
    mutating func pivot(source: Int, target: Int, reducedCost: Double) {
        let end = sources + target
        // Flow rises on the entering arc, so it falls on the arcs that leave a source on the way up from
        // the entering source, and on those that enter a target on the way up from the entering target. Of
        // several blocking arcs the last one counted from the apex along the entering arc's direction must
        // leave.
        var (first, second) = (source, end)
        var (change, leaving, leavesSourceSide) = (Int.max, source, true)
        while first != second {
            if nodes[first].size < nodes[second].size {
                if first < sources, nodes[first].flow < change {
                    (change, leaving, leavesSourceSide) = (nodes[first].flow, first, true)
                }
                first = Int(nodes[first].parent)
            } else {
                if second >= sources, nodes[second].flow <= change {
                    (change, leaving, leavesSourceSide) = (nodes[second].flow, second, false)
                }
                second = Int(nodes[second].parent)
            }
        }
        let apex = first
        if change > 0 {
            shift(from: source, to: apex, by: change)
            shift(from: end, to: apex, by: change)
        }
        let (top, parent) = leavesSourceSide ? (source, end) : (end, source)
        let moved = nodes[leaving].size
        resize(from: Int(nodes[leaving].parent), to: apex, by: -moved)
        resize(from: parent, to: apex, by: moved)
        rehang(top, below: parent, cuttingAt: leaving, flow: change)
        // The moved subtree must absorb the reduced cost; shifting the other nodes instead is equivalent.
        let sourceChange = leavesSourceSide ? reducedCost : -reducedCost
        if Int(moved) * 2 <= nodes.count {
            shiftPrices(below: top, except: -1, sourcesBy: sourceChange)
        } else {
            shiftPrices(below: root, except: top, sourcesBy: -sourceChange)
        }
    }

    /// Alternately lowers and raises the flow on the path up from an end of the entering arc.
    private mutating func shift(from start: Int, to apex: Int, by change: Int) {
        var node = start
        var signed = -change
        while node != apex {
            nodes[node].flow += signed
            signed = -signed
            node = Int(nodes[node].parent)
        }
    }

    /// Changes the subtree sizes from a node up to below the apex.
    private mutating func resize(from start: Int, to apex: Int, by change: Int32) {
        var node = start
        while node != apex {
            nodes[node].size += change
            node = Int(nodes[node].parent)
        }
    }

    /// Cuts off the subtree at `cut`, makes `node` its root and attaches it below `newParent`.
    private mutating func rehang(_ node: Int, below newParent: Int, cuttingAt cut: Int, flow: Int) {
        var (current, parent, arcFlow) = (node, newParent, flow)
        let total = nodes[cut].size
        var lost: Int32 = 0
        while true {
            let old = nodes[current]
            detach(current)
            attach(current, to: parent, flow: arcFlow)
            nodes[current].size = total - lost
            if current == cut { break }
            (parent, arcFlow, lost) = (current, old.flow, old.size)
            current = Int(old.parent)
        }
    }
}
