import Charts
import Testing

@Suite("Colours")
struct ColorTests {
    @Test("maps begin and end with their own colours, and values beyond get those")
    func ends() {
        #expect(ColorMap.sequential.color(at: 0).code == "#440154")
        #expect(ColorMap.sequential.color(at: 1).code == "#fde725")
        #expect(ColorMap.diverging.color(at: -3).code == "#67001f")
        #expect(ColorMap.diverging.color(at: 7).code == "#053061")
        #expect(ColorMap.diverging.color(at: 0.5).code == "#f7f7f7")
        // Half way between two anchors that are neighbours.
        #expect(ColorMap.sequential.color(at: 0.05).code == "#461365")
    }

    @Test("the sequential map gets ever brighter, so that it reads without colours")
    func brightness() {
        let steps = (0...50).map { ColorMap.sequential.color(at: Double($0) / 50).luminance }
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 < $1 })
        #expect(abs(Color(0xFFFFFF).luminance - 1) < 1e-9 && Color(0).luminance == 0)
    }

    @Test("ink on a colour is the one that is read better")
    func ink() {
        #expect(Color(0x440154).inkOnTop.code == "#ffffff")
        #expect(Color(0xFDE725).inkOnTop.code == "#000000")
    }

    @Test("series differ in colour or dashes")
    func series() {
        let styles = Set((0..<28).map(ChartStyle.series))
        #expect(styles.count == 28)
    }
}
