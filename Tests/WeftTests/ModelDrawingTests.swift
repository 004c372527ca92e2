// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftGraph

/// Drawings of models that train.
@Suite("Drawings of models") struct ModelDrawingTests {
    private let images = Tensor<Float>.placeholder(shape: [nil, 28, 28, 1], name: "images")
    private let labels = Tensor<Int32>.placeholder(shape: [nil], name: "labels")

    /// The training step of a small convolutional network.
    private func network() throws -> Graph {
        let first = Conv2D<Float>(
            "conv1", inputs: 1, filters: 8, kernelSize: [3, 3], padding: .same)
        let norm = BatchNorm<Float>("norm1", channels: 8)
        let second = Conv2D<Float>(
            "conv2", inputs: 8, filters: 16, kernelSize: [3, 3], padding: .same)
        let dense = Dense<Float>("dense", inputs: 14 * 14 * 16, units: 10)
        var x = MaxPool2D()(relu(norm(first(images), mode: .training)))
        x = relu(second(x))
        let loss = softmaxCrossEntropy(logits: dense(Flatten()(x)), labels: labels)
        let step = try Adam().minimize(loss)
        return Graph(
            inputs: ["images": images, "labels": labels], outputs: ["loss": loss, "train": step])
    }

    private struct Box {
        var title = ""
        var (x, y, width, height) = (0, 0, 0, 0)
    }

    /// The boxes of a drawing, with their titles.
    private func boxes(_ svg: String) throws -> [Box] {
        let rectangle = try Regex(
            #"<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" rx="#,
            as: (Substring, Substring, Substring, Substring, Substring).self)
        let title = try Regex(#"font-weight="bold">([^<]*)<"#, as: (Substring, Substring).self)
        return try svg.components(separatedBy: "<g>").dropFirst().map { text in
            let place = try #require(text.firstMatch(of: rectangle)?.output)
            let name = try #require(text.firstMatch(of: title)?.output.1)
            func number(_ text: Substring) -> Int { Int(text) ?? -1 }
            return Box(
                title: String(name), x: number(place.1), y: number(place.2),
                width: number(place.3), height: number(place.4))
        }
    }

    private func size(_ svg: String) throws -> (width: Int, height: Int) {
        let size = try Regex(
            #"<svg [^>]*width="(\d+)" height="(\d+)""#, as: (Substring, Substring, Substring).self)
        let found = try #require(svg.firstMatch(of: size)?.output)
        return (Int(found.1) ?? 0, Int(found.2) ?? 0)
    }

    @Test("a training step is a box a layer, with gradient and update beside it")
    func trainingStep() throws {
        let graph = try network()
        #expect(graph.nodeCount > 200)
        let svg = graph.svg()
        let boxes = try boxes(svg)
        func box(_ title: String) throws -> Box {
            try #require(boxes.first { $0.title == title }, "\(title) in \(boxes.map(\.title))")
        }
        for layer in ["conv1", "norm1", "conv2", "dense"] {
            let row = try [box(layer), box("\(layer) gradient"), box("Adam/\(layer)")]
            #expect(Set(row.map { $0.y + $0.height / 2 }).count == 1, "\(layer) is one row")
            #expect(row[0].x + row[0].width < row[1].x && row[1].x + row[1].width < row[2].x)
        }
        for (above, below) in [("conv1", "norm1"), ("norm1", "conv2"), ("conv2", "dense")] {
            #expect(try box(above).y < box(below).y)
        }
        #expect(try box("dense").y < box("softmaxCrossEntropy").y)
        #expect(try box("softmaxCrossEntropy").y < box("loss").y && box("loss").y < box("train").y)
        for text in ["kernel f32[3, 3, 1, 8]", "moving_mean f32[8]"] { #expect(svg.contains(text)) }
        #expect(boxes.count <= 32)
        let (width, height) = try size(svg)
        #expect(width <= 1200 && height <= 1500, "\(width) × \(height)")
    }

    @Test("boxes never overlap, however many scopes are open", arguments: 0...3)
    func overlaps(_ depth: Int) throws {
        let graph = try network()
        let boxes = try boxes(graph.svg(depth: depth))
        for (place, a) in boxes.enumerated() {
            for b in boxes[..<place] {
                let isApart =
                    a.x >= b.x + b.width || b.x >= a.x + a.width || a.y >= b.y + b.height
                    || b.y >= a.y + a.height
                #expect(isApart, "\(a) and \(b)")
            }
        }
        let dot = graph.graphviz(depth: depth)
        #expect(dot.count { $0 == "{" } == dot.count { $0 == "}" })
    }

    @Test("a tensor of a model is found by name and fetched")
    func instrument() throws {
        let graph = try network()
        let hidden = try graph.tensor(named: "conv1/add")
        let value = try Session(.init(seed: 1)).run(
            hidden, feeding: [images: .zeros(.float32, [2, 28, 28, 1])])
        #expect(value.shape == [2, 28, 28, 8] && value.doubles.allSatisfy { $0 == 0 })
    }
}
