extension CIFAR {
    /// CIFAR-10: 50,000 images in five files for training and 10,000 for testing, in 10 classes.
    public static let ten = ten(imagesPerFile: 10_000)

    /// CIFAR-100: 50,000 images for training and 10,000 for testing, in 100 classes (the fine labels).
    public static let hundred = hundred(train: 50_000, test: 10_000)

    /// CIFAR-10 in files with other numbers of images.
    package static func ten(imagesPerFile: Int) -> CIFAR {
        CIFAR(
            name: "cifar10",
            classNames: [
                "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
            ],
            binary: Layout(
                folder: "cifar-10-batches-bin", train: (1...5).map { "data_batch_\($0).bin" },
                test: ["test_batch.bin"]),
            python: Layout(
                folder: "cifar-10-batches-py", train: (1...5).map { "data_batch_\($0)" }, test: ["test_batch"]
            ),
            labelBytes: 1, labelKey: "labels", imagesPerFile: [.train: imagesPerFile, .test: imagesPerFile])
    }

    /// CIFAR-100 in files with other numbers of images.
    package static func hundred(train: Int, test: Int) -> CIFAR {
        CIFAR(
            name: "cifar100", classNames: fineClassNames,
            binary: Layout(folder: "cifar-100-binary", train: ["train.bin"], test: ["test.bin"]),
            python: Layout(folder: "cifar-100-python", train: ["train"], test: ["test"]),
            labelBytes: 2, labelKey: "fine_labels", imagesPerFile: [.train: train, .test: test])
    }

    private static let fineClassNames = """
        apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can \
        castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin \
        elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard \
        lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear \
        pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal \
        shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank \
        telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
        """.split(separator: " ").map(String.init)
}
