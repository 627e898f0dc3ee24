/// The version of this package, which its files, reports and command name.
public enum ProductVersion {
    /// The version, by semantic versioning.
    public static let current = "0.1.0"
}
