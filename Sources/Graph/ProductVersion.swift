/// The version of this package, as its files, reports and command give it.
public enum ProductVersion {
    /// The version, by semantic versioning.
    public static let current = "0.1.0"
}
