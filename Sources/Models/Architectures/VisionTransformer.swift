/// Transformers of image patches, ViT and DeiT: attention and two fully connected layers for each patch.
///
/// Sources: Dosovitskiy et al., "An image is worth 16x16 words: Transformers for image recognition at scale", 2021; Touvron et
/// al., "Training data-efficient image transformers & distillation through attention", 2021.
struct VisionTransformer: Architecture {
    let name: String
    let summary: String
    let width: Int
    let depth: Int
    let heads: Int
    let patch: Int
    let isTimm: Bool

    var firstLayer: String { isTimm ? "patch_embed.proj" : "conv_proj" }
    var defaultClasses: Int { 1000 }
    var defaultImageSize: SpatialSize { .imageNet }

    func build(_ network: inout NetworkBuilder) throws {
        let patches = try network.convolution(
            firstLayer, network.input, outputs: width, kernel: patch, stride: patch, bias: .always)
        var tokens = try network.tokens(
            patches, classKey: isTimm ? "cls_token" : "class_token",
            positionKey: isTimm ? "pos_embed" : "encoder.pos_embedding")
        for index in 0..<depth { tokens = try block(index, &network, tokens) }
        tokens = try network.rowNormalisation(isTimm ? "norm" : "encoder.ln", tokens, epsilon: 1e-6)
        let first = try network.firstToken("first", tokens)
        try network.classifier(isTimm ? "head" : "heads.head", first)
    }

    private func block(
        _ index: Int, _ network: inout NetworkBuilder, _ input: NetworkBuilder.Features
    ) throws -> NetworkBuilder.Features {
        let prefix = isTimm ? "blocks.\(index)." : "encoder.layers.encoder_layer_\(index)."
        func key(_ timm: String, _ torchvision: String) -> String { prefix + (isTimm ? timm : torchvision) }
        var tokens = try network.rowNormalisation(key("norm1", "ln_1"), input, epsilon: 1e-6)
        tokens = try network.attention(
            name: prefix + "attention", tokens, inputs: key("attn.qkv", "self_attention.in_proj"),
            separator: isTimm ? "." : "_", outputs: key("attn.proj", "self_attention.out_proj"),
            width: width, heads: heads)
        let middle = try network.sum(prefix + "add1", tokens, input)
        tokens = try network.rowNormalisation(key("norm2", "ln_2"), middle, epsilon: 1e-6)
        tokens = try network.rows(tokens, name: prefix + "mlp") { network, rows in
            var rows = try network.linear(key("mlp.fc1", "mlp.0"), rows, outputs: 4 * width)
            rows = try network.activation(.gelu, prefix + "gelu", rows)
            return try network.linear(key("mlp.fc2", "mlp.3"), rows, outputs: width)
        }
        return try network.sum(prefix + "add2", tokens, middle)
    }

    /// The customary sizes: DeiT has the same layers and timm's keys.
    static let all: [any Architecture] =
        [("b", "base", 768, 12, 12), ("l", "large", 1024, 24, 16)].flatMap {
            letter, size, width, depth, heads -> [any Architecture] in
            [16, 32].map { patch in
                VisionTransformer(
                    name: "torchvision_vit_\(letter)_\(patch)",
                    summary: "ViT (\(size), patches of \(patch) pixels) for ImageNet, torchvision's keys",
                    width: width, depth: depth, heads: heads, patch: patch, isTimm: false)
            }
        }
        + [
            ("vit_tiny_patch16_224", 192, 12, 3, 16), ("vit_small_patch16_224", 384, 12, 6, 16),
            ("vit_small_patch32_224", 384, 12, 6, 32), ("vit_base_patch16_224", 768, 12, 12, 16),
            ("vit_base_patch32_224", 768, 12, 12, 32), ("vit_large_patch16_224", 1024, 24, 16, 16),
            ("deit_tiny_patch16_224", 192, 12, 3, 16), ("deit_small_patch16_224", 384, 12, 6, 16),
            ("deit_base_patch16_224", 768, 12, 12, 16),
        ].map { name, width, depth, heads, patch in
            VisionTransformer(
                name: "timm_\(name)",
                summary:
                    "\(name.hasPrefix("deit") ? "DeiT" : "ViT") of width \(width) for ImageNet, timm's keys",
                width: width, depth: depth, heads: heads, patch: patch, isTimm: true)
        }
}
