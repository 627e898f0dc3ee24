/// The outputs of equal networks may differ by this where sums are taken in another order, relative to the greatest.
package let orderTolerance = 1e-5

/// The outputs of equal networks may differ by this where weights were rounded anew, relative to the greatest.
package let roundingTolerance = 1e-4
