/// The cheapest integer flows, and the prices that prove it.
struct FlowSolution {
    /// A flow from a source to a target.
    struct Flow {
        let source: Int
        let target: Int
        /// In units of the masses' total; positive.
        let flow: Int
    }

    /// The positive flows, in no particular order.
    let flows: [Flow]
    /// The prices of the sources that take part, in units of cost.
    let sourcePrices: [Double]
    /// The prices of the targets that take part, in units of cost.
    let targetPrices: [Double]

    /// The solution when nothing has to move.
    static let nothing = FlowSolution(flows: [], sourcePrices: [], targetPrices: [])
}
