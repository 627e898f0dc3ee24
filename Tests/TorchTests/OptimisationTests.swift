import Testing
import Torch

@Suite("Optimisation")
struct OptimisationTests {
    @Test("gradient descent takes PyTorch's steps")
    func descent() throws {
        let descents = try Golden.load().descents
        #expect(descents.count == 5)
        for descent in descents {
            var optimiser = try GradientDescent(
                momentum: descent.momentum, weightDecay: descent.weightDecay, nesterov: descent.nesterov)
            var parameters = try descent.start.map { try $0.tensor() }
            for (index, step) in descent.steps.enumerated() {
                let gradients = try step.gradients.map { try $0.tensor() }
                parameters = try optimiser.step(parameters, gradients: gradients, learningRate: step.rate)
                for (parameter, expected) in zip(parameters, step.parameters) {
                    try expect(
                        parameter, equals: expected,
                        "momentum \(descent.momentum), decay \(descent.weightDecay), step \(index)")
                }
            }
        }
    }

    @Test("Adam takes PyTorch's steps")
    func adaptive() throws {
        // torch.optim.Adam(lr=0.1, betas=(0.9, 0.99), eps=1e-8) from these numbers with these gradients.
        let gradients: [[Double]] = [[0.5, -1, 0], [0.25, 2, -0.125], [-1, 0.5, 3]]
        let expected: [[Double]] = [
            [0.8999999761581421, -1.899999976158142, 0.5],
            [0.8066551685333252, -1.9365607500076294, 0.5742459893226624],
            [0.827237606048584, -1.9781532287597656, 0.5130891992019653],
        ]
        var optimiser = try AdaptiveDescent(first: 0.9, second: 0.99)
        var parameter = try Tensor([1.0, -2.0, 0.5])
        for (gradient, wanted) in zip(gradients, expected) {
            parameter = try optimiser.step(parameter, gradient: Tensor(gradient), learningRate: 0.1)
            for (a, b) in zip(try parameter.doubles(), wanted) { #expect(abs(a - b) < 1e-6) }
        }
        expectFailure(mentioning: "decay") { try AdaptiveDescent(first: 1) }
        expectFailure(mentioning: "epsilon") { try AdaptiveDescent(epsilon: 0) }
        expectFailure(mentioning: "[2]") {
            try optimiser.step(parameter, gradient: Tensor([1.0, 2.0]), learningRate: 0.1)
        }
        expectFailure(mentioning: "learning rate") {
            try optimiser.step(parameter, gradient: parameter, learningRate: -1)
        }
    }

    @Test("a step leaves its arguments alone and its history is a value")
    func values() throws {
        let start = try Tensor([1.0, 2.0])
        let gradient = try Tensor([1.0, 1.0])
        var first = try GradientDescent(momentum: 0.5, weightDecay: 0.1)
        let once = try first.step([start], gradients: [gradient], learningRate: 0.1)
        var second = first
        let left = try first.step(once, gradients: [gradient], learningRate: 0.1)
        let right = try second.step(once, gradients: [gradient], learningRate: 0.1)
        #expect(try left[0].doubles() == right[0].doubles())
        #expect(try start.doubles() == [1, 2])
        #expect(try gradient.doubles() == [1, 1])
    }

    @Test("settings and arguments that make no sense are refused")
    func failures() throws {
        expectFailure(mentioning: "momentum") { try GradientDescent(momentum: -0.1) }
        expectFailure(mentioning: "momentum") { try GradientDescent(momentum: 1) }
        expectFailure(mentioning: "momentum") { try GradientDescent(momentum: .nan) }
        expectFailure(mentioning: "weight decay") { try GradientDescent(weightDecay: -1) }
        expectFailure(mentioning: "nesterov") { try GradientDescent(momentum: 0, nesterov: true) }
        let one = try Tensor([1.0])
        let two = try Tensor([1.0, 2.0])
        expectFailure(mentioning: "2 gradients") {
            var optimiser = try GradientDescent()
            return try optimiser.step([one], gradients: [one, one], learningRate: 0.1)
        }
        expectFailure(mentioning: "parameter 0 has shape [1], its gradient [2]") {
            var optimiser = try GradientDescent()
            return try optimiser.step([one], gradients: [two], learningRate: 0.1)
        }
        expectFailure(mentioning: "learning rate") {
            var optimiser = try GradientDescent()
            return try optimiser.step([one], gradients: [one], learningRate: .nan)
        }
        expectFailure(mentioning: "1 velocities") {
            var optimiser = try GradientDescent()
            _ = try optimiser.step([one], gradients: [one], learningRate: 0.1)
            return try optimiser.step([one, two], gradients: [one, two], learningRate: 0.1)
        }
    }

    @Test("one cycle has PyTorch's rates")
    func oneCycle() throws {
        let tolerance = 1e-12
        for golden in try Golden.load().oneCycle {
            let schedule = LearningRateSchedule.oneCycle(warmUp: golden.warmUp)
            for (step, expected) in golden.rates.enumerated() {
                let rate = schedule.rate(peak: golden.peak, step: step, total: golden.total)
                #expect(abs(rate - expected) <= tolerance, "step \(step) of \(golden.total)")
            }
        }
    }

    @Test("milestones have PyTorch's rates")
    func milestones() throws {
        let golden = try Golden.load().multiStep
        let schedule = LearningRateSchedule.step(
            milestones: golden.milestones.map { Double($0) / Double(golden.total) }, factor: golden.factor)
        let tolerance = 1e-15
        for (step, expected) in golden.rates.enumerated() {
            let rate = schedule.rate(peak: golden.peak, step: step, total: golden.total)
            #expect(abs(rate - expected) <= tolerance, "step \(step)")
        }
        #expect(LearningRateSchedule.constant.rate(peak: 0.3, step: 5, total: 6) == 0.3)
    }

    @Test("short trainings have finite rates", arguments: 0...3)
    func short(total: Int) {
        for warmUp in [0.0, 0.3, 1.0] {
            for step in 0...total {
                let rate = LearningRateSchedule.oneCycle(warmUp: warmUp).rate(
                    peak: 1, step: step, total: total)
                #expect(rate.isFinite && rate >= 0 && rate <= 1, "step \(step), warm-up \(warmUp)")
            }
        }
    }
}
