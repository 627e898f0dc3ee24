public import Graph
internal import Registries

/// All operators that the system knows, by their type in the standard.
///
/// A new operator is one file, and one line in this table.
public enum OperatorRegistry {
    private static let registry = Registry<any Operator.Type>(
        of: "operator",
        [
            // Layers
            AveragePool.self, BatchNormalization.self, Conv.self, ConvTranspose.self, Einsum.self, Gemm.self,
            GlobalAveragePool.self, GlobalMaxPool.self, Hardmax.self, LogSoftmax.self, MatMul.self,
            MaxPool.self,
            Softmax.self,
            // Normalisation
            GroupNormalization.self, InstanceNormalization.self, LayerNormalization.self, LRN.self,
            RMSNormalization.self, SimplifiedLayerNormalization.self,
            // Activations
            Celu.self, Clip.self, Dropout.self, Elu.self, Gelu.self, HardSigmoid.self, HardSwish.self,
            Identity.self, LeakyRelu.self, Mish.self, PRelu.self, Relu.self, Selu.self, Sigmoid.self,
            Softplus.self, Softsign.self, Swish.self, Tanh.self, ThresholdedRelu.self,
            // Arithmetic
            Abs.self, Acos.self, Acosh.self, Add.self, Asin.self, Asinh.self, Atan.self, Atanh.self,
            Cast.self,
            CastLike.self, Ceil.self, Cos.self, Cosh.self, Div.self, Erf.self, Exp.self, Floor.self, Log.self,
            Max.self, Mean.self, Min.self, Mod.self, Mul.self, Neg.self, Pow.self, Reciprocal.self,
            Round.self,
            Sign.self, Sin.self, Sinh.self, Sqrt.self, Sub.self, Sum.self, Tan.self,
            // Logic
            And.self, Equal.self, Greater.self, GreaterOrEqual.self, IsInf.self, IsNaN.self, Less.self,
            LessOrEqual.self, Not.self, Or.self, Where.self, Xor.self,
            // Layout
            Concat.self, Constant.self, DepthToSpace.self, Expand.self, Flatten.self, Pad.self, Reshape.self,
            Slice.self, SpaceToDepth.self, Split.self, Squeeze.self, Tile.self, Transpose.self,
            Unsqueeze.self,
            // Lengths
            ConstantOfShape.self, EyeLike.self, NumberRange.self, Shape.self, Size.self,
            // Indexing
            ArgMax.self, ArgMin.self, CumSum.self, Gather.self, GatherElements.self, GatherND.self,
            NonZero.self,
            OneHot.self, Scatter.self, ScatterElements.self, ScatterND.self, TopK.self, Trilu.self,
            // Resampling
            GridSample.self, Resize.self, Upsample.self,
            // Sequences
            Attention.self, GRU.self, LSTM.self, RNN.self,
            // Reductions
            ReduceL1.self, ReduceL2.self, ReduceLogSum.self, ReduceLogSumExp.self, ReduceMax.self,
            ReduceMean.self, ReduceMin.self, ReduceProd.self, ReduceSum.self, ReduceSumSquare.self,
            // Quantisation
            ConvInteger.self, DequantizeLinear.self, DynamicQuantizeLinear.self, MatMulInteger.self,
            QLinearConv.self, QLinearMatMul.self, QuantizeLinear.self,
            // Detection
            MaxRoiPool.self, NonMaxSuppression.self, RoiAlign.self,
            // Signals
            BlackmanWindow.self, DFT.self, HammingWindow.self, HannWindow.self, MelWeightMatrix.self,
            STFT.self,
            // Losses
            NegativeLogLikelihoodLoss.self, SoftmaxCrossEntropyLoss.self,
            // Random numbers
            Multinomial.self, RandomNormal.self, RandomNormalLike.self, RandomUniform.self,
            // Further layers, activations, bits, layout and indexing
            AffineGrid.self, BitCast.self, BitShift.self, BitwiseAnd.self, BitwiseNot.self, BitwiseOr.self,
            BitwiseXor.self, CausalConvWithState.self, CenterCropPad.self, Col2Im.self, Compress.self,
            CumProd.self, DeformConv.self, Det.self, GlobalLpPool.self, LinearAttention.self,
            LpNormalization.self, LpPool.self, MaxUnpool.self, MeanVarianceNormalization.self,
            ReverseSequence.self, RotaryEmbedding.self, Shrink.self, SwiGLU.self, TensorScatter.self,
            TfIdfVectorizer.self, Unique.self,
            // Optional tensors
            OptionalGetElement.self, OptionalHasElement.self, OptionalValue.self,
            // ONNX Runtime's own
            BiasAdd.self, BiasGelu.self, DynamicQuantizeLSTM.self, DynamicQuantizeMatMul.self,
            EmbedLayerNormalization.self,
            FastGelu.self,
            FusedConv.self, FusedMatMul.self, GroupQueryAttention.self, MatMulNBits.self,
            MicrosoftAttention.self, MicrosoftGelu.self, MicrosoftRotaryEmbedding.self,
            MultiHeadAttention.self,
            NhwcConv.self, QAttention.self, QuickGelu.self, SkipLayerNormalization.self,
            SkipSimplifiedLayerNormalization.self,
        ]
    ) { key($0.type, domain: $0.domain) }

    /// The types of all operators, in any domain, sorted.
    public static var types: [String] { Set(registry.entries.map { $0.type }).sorted() }

    /// Returns whether an operator of a type is known.
    public static func contains(_ type: String, domain: String = "") -> Bool {
        registry.find(key(type, domain: domain)) != nil
    }

    /// Makes an operator from its attributes.
    ///
    /// - Parameters:
    ///   - type: The type in the standard, such as "Conv".
    ///   - domain: The operator's domain; "" and "ai.onnx" are the standard's own.
    ///   - attributes: The attributes; absent ones have the standard's default.
    ///   - inputCount: The number of inputs, absent ones included.
    ///   - outputCount: The number of outputs.
    ///   - operatorSet: The version of the standard that the attributes follow.
    /// - Throws: `GraphError` naming an unknown type, attributes that do not fit, or attributes that the
    ///   operator does not support.
    public static func make(
        _ type: String, domain: String = "", attributes: Attributes = [:], inputCount: Int,
        outputCount: Int = 1, operatorSet: Int = OperatorSignature.currentOperatorSet
    ) throws -> any Operator {
        guard let operatorType = registry.find(key(type, domain: domain)) else {
            let place = isStandard(domain) ? "" : " of domain \(domain)"
            throw GraphError("unknown operator type \(type)\(place)")
        }
        let signature = OperatorSignature(
            operatorSet: operatorSet, inputCount: inputCount, outputCount: outputCount)
        do {
            return try attributes.understood { try operatorType.init(attributes: $0, signature: signature) }
        } catch let error as GraphError where error.node == nil {
            throw GraphError("\(type): \(error.message)")
        }
    }

    private static func isStandard(_ domain: String) -> Bool {
        domain.isEmpty || domain == "ai.onnx"
    }

    /// Returns the key of an operator of a domain.
    static func key(_ type: String, domain: String) -> String {
        isStandard(domain) ? type : "\(domain)::\(type)"
    }
}
