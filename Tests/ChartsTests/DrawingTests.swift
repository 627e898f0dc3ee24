import Charts
import Testing

@Suite("Drawn charts")
struct DrawingTests {
    private func number(_ attributes: [String: String], _ name: String) -> Double {
        attributes[name].flatMap(Double.init) ?? .nan
    }

    private static let series = [
        LineChart.Series(
            "a", ChartStyle.series(0),
            [.init(0, 1, spread: 0.5...2), .init(1, 3, spread: 2...4), .init(2, .nan)]),
        LineChart.Series("b", ChartStyle.series(1), [.init(0, 2), .init(1, 2)]),
    ]

    @Test("text is escaped, whatever it contains, and the picture is XML on a light ground")
    func escaping() throws {
        let name = "<script>alert('x')</script> & \"q\" \u{1}"
        let picture = try Picture(
            LineChart(
                title: name, x: name, y: "y", series: [.init(name, ChartStyle.series(0), [.init(0, 1)])]
            )
            .svg(title: name))
        #expect(picture.all("script").isEmpty)
        #expect(picture.texts.contains { $0.contains("<script>alert('x')</script> & \"q\" \u{FFFD}") })
        let ground = try #require(picture.all("rect").first)
        #expect(ground["fill"] == "#ffffff" && ground["width"] == picture.all("svg").first?["width"])
        #expect(Canvas.number(.nan) == "0" && Canvas.number(-0.001) == "0" && Canvas.number(1.5) == "1.5")
    }

    @Test("marks of a line chart lie where the axes say, and all of them on the picture")
    func lines() throws {
        let chart = LineChart(
            title: "t", x: "x", y: "y", series: Self.series, reference: .init("before", 3.5))
        let frame = ChartFrame(left: 16, top: 48, width: chart.size.width, height: chart.size.height)
        let axes = chart.layout(in: frame).axes
        #expect(axes.verticalTicks.values == (0...8).map { Double($0) / 2 })
        var canvas = Canvas()
        chart.draw(on: &canvas, in: frame)
        let picture = try Picture(canvas.document(ChartSize(frame.right, frame.bottom), title: "t"))
        let circles = picture.all("circle").filter { number($0, "cy") > axes.plot.top }
        #expect(circles.count == 4)
        for (circle, point) in zip(circles, [(0.0, 1.0), (1, 3), (0, 2), (1, 2)]) {
            let place = axes.place(ChartPoint(point.0, point.1))
            #expect(abs(number(circle, "cx") - place.x) < 0.01 && abs(number(circle, "cy") - place.y) < 0.01)
        }
        #expect(axes.place(ChartPoint(0, 4)).y == axes.plot.top)
        #expect(axes.place(ChartPoint(0, 0)).y == axes.plot.bottom)
        for name in ["a", "b", "before", "t", "x", "y"] { #expect(picture.texts.contains(name), "\(name)") }
        for text in picture.all("text") {
            #expect((frame.left...frame.right).contains(number(text, "x")))
            #expect((frame.top...frame.bottom).contains(number(text, "y")))
            #expect(number(text, "font-size") >= 12)
        }
        // The band goes along the upper ends and back along the lower ones.
        let band = try #require(picture.all("path").first { $0["fill-opacity"] != nil })
        let corners = [(0.0, 2.0), (1, 4), (1, 2), (0, 0.5)].map { axes.place(ChartPoint($0.0, $0.1)) }
        let steps = corners.enumerated().map {
            "\($0 == 0 ? "M" : "L")\(Canvas.number($1.x)) \(Canvas.number($1.y))"
        }
        #expect(band["d"] == steps.joined() + "Z")
    }

    @Test("cells of a heat map have the colours of their numbers, and none where there is no number")
    func heatMap() throws {
        let map = try HeatMap(
            title: "gain", x: "sparsity", y: "group", columns: ["0.3", "0.5"], rows: ["0", "1"],
            values: [[-10, 5], [nil, 10]], valueTitle: "points")
        #expect(map.domain == -10...10)
        let picture = try Picture(map.svg(title: "gain"))
        let cells = picture.all("rect").filter { $0["stroke"] == "#ffffff" }
        #expect(
            cells.map { $0["fill"] ?? "" } == [
                "#67001f", ColorMap.diverging.color(at: 0.75).code, "#eeeeee", "#053061",
            ])
        #expect(picture.texts.contains("\u{2212}10.0") && picture.texts.contains("\u{2013}"))
        #expect(throws: ChartError.self) {
            try HeatMap(
                title: "", x: "", y: "", columns: ["a"], rows: ["b"], values: [[1, 2]], valueTitle: "")
        }
    }

    @Test("contours mark their points where they lie, each colour once in the bar, names apart")
    func contours() throws {
        let places = (0...10).map { Double($0) / 10 }
        let field = try GridField(
            xs: places, ys: places, values: places.flatMap { y in places.map { $0 + y } })
        let marks = [("first", 0.5, 0.5), ("second", 0.52, 0.5), ("third", 1.0, 1.0)].map {
            ContourChart.Mark($0.0, ChartPoint($0.1, $0.2))
        }
        let chart = ContourChart(
            x: "x", y: "y", field: field, marks: marks, valueTitle: "loss", greatest: 1, bands: 5)
        #expect(chart.thresholds.map { ($0 * 10).rounded() / 10 } == [0.2, 0.4, 0.6, 0.8, 1])
        #expect(chart.colors.first?.code == "#440154" && chart.colors.last?.code == "#fde725")
        #expect(Set(chart.colors).count == 6)
        let frame = ChartFrame(left: 0, top: 0, width: chart.size.width, height: chart.size.height)
        let axes = chart.layout(in: frame)
        // Both axes have the same scale.
        #expect(abs(axes.plot.width - axes.plot.height) < 0.01)
        var canvas = Canvas()
        chart.draw(on: &canvas, in: frame)
        let picture = try Picture(canvas.document(chart.size, title: "t"))
        for (circle, mark) in zip(picture.all("circle"), marks) {
            let place = axes.place(mark.point)
            #expect(abs(number(circle, "cx") - place.x) < 0.01 && abs(number(circle, "cy") - place.y) < 0.01)
        }
        let labels = PointLabels.place(marks.map { (axes.place($0.point), $0.name) }, in: axes.plot)
        for (index, label) in labels.enumerated() {
            #expect(axes.plot.contains(label.frame), "\(label.text)")
            for other in labels.dropFirst(index + 1) { #expect(!label.frame.overlaps(other.frame)) }
        }
        let regions = picture.all("path").map { $0["fill"] ?? "" }
        #expect(regions == chart.colors.dropFirst().map(\.code))
    }

    @Test("bars are as long as their numbers, on one scale")
    func bars() throws {
        let chart = BarPairChart(
            axisTitle: "channels", before: "before", after: "after",
            pairs: [
                .init("conv1", before: 64, after: 16, note: "64 → 16"), .init("conv2", before: 32, after: 32),
            ])
        let picture = try Picture(chart.svg(title: "widths"))
        let bars = picture.all("rect").dropFirst(3).map { number($0, "width") }
        #expect(bars.count == 4)
        #expect(abs(bars[0] / bars[1] - 4) < 0.01 && bars[2] == bars[3] && abs(bars[0] / bars[2] - 2) < 0.01)
        #expect(picture.texts.contains("64 → 16"))
    }

    @Test("a legend breaks into rows where its width ends, and long names are cut")
    func legend() {
        let entries = (0..<6).map { Legend.Entry("a method with a name \($0)", ChartStyle.series($0)) }
        let wide = Legend(entries, width: 5000).size
        let narrow = Legend(entries, width: 300).size
        #expect(wide.height == 20 && narrow.height == 120 && narrow.width <= 300)
        let cut = TextMetrics.shortened("a very long name indeed", to: 60, size: 13)
        #expect(cut.hasSuffix("…") && TextMetrics.width(cut, size: 13) <= 60)
        #expect(TextMetrics.shortened("short", to: 60, size: 13) == "short")
    }

    @Test("a figure has room for all its charts and its title")
    func figure() throws {
        let chart = LineChart(title: "t", x: "x", y: "y", series: Self.series, size: ChartSize(300, 200))
        let figure = Figure(title: "title", notes: ["a note"], rows: [[chart, chart], [], [chart]])
        #expect(figure.size.width == 16 + 300 + 20 + 300 + 16)
        let picture = try Picture(figure.svg)
        let plots = picture.all("rect").filter { $0["fill"] == "none" }
        #expect(plots.count == 3)
        for plot in plots {
            #expect(number(plot, "x") + number(plot, "width") < figure.size.width)
            #expect(number(plot, "y") + number(plot, "height") < figure.size.height)
        }
        #expect(
            number(plots[0], "y") == number(plots[1], "y") && number(plots[2], "x") == number(plots[0], "x"))
    }
}
