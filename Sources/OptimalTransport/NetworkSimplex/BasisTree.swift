/// The basis of the network simplex: a spanning tree over sources and targets, rooted at a target.
///
/// Nodes `0..<sources` are the sources, the following ones the targets. Every node except the root stores the
/// flow on the arc to its parent, which always runs from the source to the target. On every arc of the tree
/// the prices of its ends satisfy `u + v = cost`.
///
/// Invariant (strong feasibility): an arc without flow joins a source to its parent target. With the rule for
/// the leaving arc in `pivot`, no basis ever repeats (Cunningham, "A network simplex method", 1976).
struct BasisTree {
    /// One cell of the basis.
    struct Cell {
        let source: Int
        let target: Int
        let flow: Int
    }

    /// A node's place in the tree; -1 stands for none.
    struct Node {
        var parent: Int32 = -1
        var firstChild: Int32 = -1
        var nextSibling: Int32 = -1
        var previousSibling: Int32 = -1
        /// The number of nodes in the subtree, this one included.
        var size: Int32 = 1
        /// The flow on the arc to the parent.
        var flow = 0
    }

    /// The number of sources.
    let sources: Int
    /// The dual prices of sources and then targets, padded like the rows of the costs.
    var prices: [Double]
    /// The sources, then the targets.
    var nodes: [Node]
    /// The node without a parent.
    let root: Int

    /// Builds the tree from `sources + targets - 1` cells that span all nodes, rooted at a target.
    init(cells: [Cell], root: Int, costs: ScaledCosts) {
        sources = costs.rows
        self.root = costs.rows + root
        let count = costs.rows + costs.columns
        nodes = [Node](repeating: Node(), count: count)
        prices = [Double](repeating: 0, count: costs.rows + costs.stride)
        var incident = [[Int]](repeating: [], count: count)
        for (index, cell) in cells.enumerated() {
            incident[cell.source].append(index)
            incident[sources + cell.target].append(index)
        }
        var visited = [Bool](repeating: false, count: count)
        var order = [self.root]
        visited[self.root] = true
        var position = 0
        while position < order.count {
            let parent = order[position]
            position += 1
            for index in incident[parent] {
                let cell = cells[index]
                let child = parent < sources ? sources + cell.target : cell.source
                if visited[child] { continue }
                visited[child] = true
                attach(child, to: parent, flow: cell.flow)
                order.append(child)
            }
        }
        for node in order.dropFirst().reversed() {
            nodes[Int(nodes[node].parent)].size += nodes[node].size
        }
        refreshPrices(costs)
    }

    /// Takes a node out of its parent's children.
    mutating func detach(_ node: Int) {
        let (previous, next) = (nodes[node].previousSibling, nodes[node].nextSibling)
        if previous >= 0 {
            nodes[Int(previous)].nextSibling = next
        } else {
            nodes[Int(nodes[node].parent)].firstChild = next
        }
        if next >= 0 { nodes[Int(next)].previousSibling = previous }
    }

    /// Makes a node the first child of a parent, with a flow on the arc between them.
    mutating func attach(_ node: Int, to parent: Int, flow: Int) {
        let sibling = nodes[parent].firstChild
        nodes[node].parent = Int32(truncatingIfNeeded: parent)
        nodes[node].previousSibling = -1
        nodes[node].nextSibling = sibling
        nodes[node].flow = flow
        nodes[parent].firstChild = Int32(truncatingIfNeeded: node)
        if sibling >= 0 { nodes[Int(sibling)].previousSibling = Int32(truncatingIfNeeded: node) }
    }

    /// Adds to the prices of the sources in a subtree, and subtracts from those of its targets.
    mutating func shiftPrices(below top: Int, except skipped: Int, sourcesBy change: Double) {
        forEachNode(below: top, except: skipped) { tree, node in
            tree.prices[node] += node < tree.sources ? change : -change
        }
    }

    /// Recomputes all prices from the root's, so rounding errors of many pivots do not add up.
    mutating func refreshPrices(_ costs: ScaledCosts) {
        forEachNode(below: root, except: -1) { tree, node in
            let parent = Int(tree.nodes[node].parent)
            if parent < 0 {
                tree.prices[node] = 0
            } else {
                let (source, target) = node < tree.sources ? (node, parent) : (parent, node)
                tree.prices[node] = costs[source, target - tree.sources] - tree.prices[parent]
            }
        }
    }

    /// Visits a subtree, parents before children, leaving out the subtree of `skipped`.
    @inline(__always)
    private mutating func forEachNode(
        below top: Int, except skipped: Int, _ visit: (inout BasisTree, Int) -> Void
    ) {
        var node = top
        while true {
            if node != skipped {
                visit(&self, node)
                if nodes[node].firstChild >= 0 {
                    node = Int(nodes[node].firstChild)
                    continue
                }
            }
            while nodes[node].nextSibling < 0 || node == top {
                if node == top { return }
                node = Int(nodes[node].parent)
            }
            node = Int(nodes[node].nextSibling)
        }
    }

    /// The cells of the basis with positive flow, in no particular order.
    var flows: [Cell] {
        nodes.indices.compactMap { node in
            let (parent, flow) = (Int(nodes[node].parent), nodes[node].flow)
            guard parent >= 0, flow > 0 else { return nil }
            let (source, target) = node < sources ? (node, parent) : (parent, node)
            return Cell(source: source, target: target - sources, flow: flow)
        }
    }
}
