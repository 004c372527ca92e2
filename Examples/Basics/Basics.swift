// SPDX-License-Identifier: Apache-2.0
//
// A graph, its gradient and its runs, without an optimizer or layers: what those are made of.
// It fits a circle's centre and radius to points that lie near it.  swift run -c release Basics
import Foundation
import Weft

@main
struct Basics {
    static func main() throws {
        // 1. A graph is built by writing formulas. Nothing is computed yet, and there is no graph
        //    object: a tensor owns what it is made from.
        let points = Tensor<Double>.placeholder(shape: [nil, 2], name: "points")
        let centre = Variable<Double>("centre", shape: [2])
        let radius = Variable<Double>("radius", shape: [], initializer: .ones)

        let offsets = points - centre.value
        let distances = sqrt((offsets * offsets).sum(axes: [1]))
        let misses = distances - radius.value
        let loss = (misses * misses).mean()

        // 2. What is wrong is an error that says so when the tensor is used, never a trap.
        let wrong = points - Tensor<Double>([1, 2, 3])
        do {
            _ = try wrong.validated()
        } catch {
            print("an error:", error, "\n")
        }

        // 3. Gradients are tensors of the same graph. They can be differentiated again.
        let slopes = try gradients(of: loss, withRespectTo: [centre.value, radius.value])
        guard let towardsCentre = slopes[0], let towardsRadius = slopes[1] else { return }
        print(Graph(inputs: ["points": points], outputs: ["loss": loss]), "\n")

        // 4. An update is part of the graph, too; it happens when a run asks for it, and all
        //    updates of a run happen together or not at all.
        let rate = Tensor<Double>(0.4)
        let step = Update.group([
            centre.assign(centre.value - rate * towardsCentre),
            radius.assign(radius.value - rate * towardsRadius),
        ])

        // 5. A session holds the values of variables and runs what is asked for. A function looks
        //    its plan up once.
        let session = Session()
        let train = session.function(feeding: points, fetching: loss, step)
        let data = try circle(around: (3, -1), radius: 2, count: 200)
        for round in 1...60 {
            let (value, _) = try train(data)
            if round % 20 == 0 { print("round \(round): loss \(value)") }
        }
        print("centre", try session.value(of: centre), "radius", try session.value(of: radius))

        // 6. Any tensor can be fetched, and any can be fed: here distances that nobody measured.
        let given = try session.run(loss, feeding: [distances: NDArray([2, 2, 2.5] as [Double])])
        print("loss of given distances:", given, "\n")

        // 7. What a run does can be looked at: which operations became one step, and why not more.
        print(try session.explain([loss, step], feeding: [points: data]))
    }

    /// Points near a circle, the same ones in every run of the program.
    private static func circle(
        around centre: (x: Double, y: Double), radius: Double, count: Int
    ) throws -> NDArray {
        var numbers: [Double] = []
        for i in 0..<count {
            let angle = Double(i) * 2.399963
            let distance = radius + 0.05 * cos(Double(i) * 7)
            numbers += [centre.x + distance * cos(angle), centre.y + distance * sin(angle)]
        }
        return try NDArray(numbers).reshaped(to: [count, 2])
    }
}
