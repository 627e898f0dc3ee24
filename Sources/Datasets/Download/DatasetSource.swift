/// Where a data set is published, and how its files are unpacked.
public struct DatasetSource: Sendable {
    /// A file to download.
    public struct Archive: Sendable, Hashable {
        /// The file's name at its source.
        public let name: String
        /// The number of its bytes.
        public let bytes: Int
        /// Its SHA-256.
        public let sha256: String
        /// The names of its contents, by their names in the archive; a single one for a compressed file.
        let members: [String: String]
        /// Whether it is a tar archive.
        let isTar: Bool

        /// Describes a file.
        package init(name: String, bytes: Int, sha256: String, members: [String: String], isTar: Bool) {
            (self.name, self.bytes, self.sha256) = (name, bytes, sha256)
            (self.members, self.isTar) = (members, isTar)
        }
    }

    /// The name of the data set.
    public let name: String
    /// The URL of the files' folder.
    public let url: String
    /// The sub-folder that contains the data set.
    public let folder: String
    /// The files.
    public let archives: [Archive]

    /// Describes a data set.
    package init(name: String, url: String, folder: String, archives: [Archive]) {
        (self.name, self.url, self.folder, self.archives) = (name, url, folder, archives)
    }

    /// All sources.
    public static let all: [DatasetSource] = [cifar10, cifar100, mnist]

    /// The names of data sets that can be downloaded.
    public static var names: [String] { all.map(\.name) }

    /// Returns the source of a data set; nil if there is none.
    public static func named(_ name: String) -> DatasetSource? { all.first { $0.name == name } }

    /// Returns the same files at another URL.
    public func moved(to url: String) -> DatasetSource {
        DatasetSource(name: name, url: url, folder: folder, archives: archives)
    }

    /// Returns the URL of a file.
    public func url(of archive: Archive) -> String {
        "\(url)\(url.hasSuffix("/") ? "" : "/")\(archive.name)"
    }

    private static let cifar10 = cifar(
        .ten, archive: "cifar-10-binary.tar.gz", bytes: 170_052_171,
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")

    private static let cifar100 = cifar(
        .hundred, archive: "cifar-100-binary.tar.gz", bytes: 168_513_733,
        sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec")

    private static func cifar(
        _ loader: CIFAR, archive: String, bytes: Int, sha256: String
    ) -> DatasetSource {
        let files = DatasetSplit.allCases.flatMap(loader.binary.files)
        let members = files.map { ("\(loader.binary.folder)/\($0)", $0) }
        return DatasetSource(
            name: loader.name, url: "https://www.cs.toronto.edu/~kriz", folder: loader.binary.folder,
            archives: [
                Archive(
                    name: archive, bytes: bytes, sha256: sha256,
                    members: Dictionary(members, uniquingKeysWith: { first, _ in first }), isTar: true)
            ])
    }

    private static let mnist = DatasetSource(
        name: "mnist", url: "https://ossci-datasets.s3.amazonaws.com/mnist", folder: "mnist",
        archives: [
            (
                "train-images-idx3-ubyte", 9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
            ),
            (
                "train-labels-idx1-ubyte", 28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
            ),
            (
                "t10k-images-idx3-ubyte", 1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
            ),
            (
                "t10k-labels-idx1-ubyte", 4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
            ),
        ].map { name, bytes, sha256 in
            Archive(
                name: "\(name).gz", bytes: bytes, sha256: sha256, members: [name: name], isTar: false)
        })
}
