// SPDX-License-Identifier: Apache-2.0

/// Batch normalisation on one input, as TensorFlow 2.21 computed it in graph mode (the first layer
/// through tf_slim 1.1.0, the second through tf_keras 2.21's legacy layers).
struct BatchNormNumbers: Sendable {
    enum Library: Sendable { case contrib, layers }

    /// A layer with its defaults, and its moving averages after two updates. The fused rule moves
    /// towards the unbiased variance, the other one towards the population's.
    struct Rule: Sendable {
        let name: String
        let library: Library
        let isFused: Bool
        let mean: [Float]
        let variance: [Float]
    }

    let name: String
    let shape: [Int]
    let input: [Float]
    /// The output in training; nil where only the averages are known.
    let training: [Float]?
    /// The output in inference with fresh averages, which is `input / sqrt(1.001)`.
    let inference: [Float]?
    let rules: [Rule]

    static let all = [noteOne, noteFive, fiveRows, images]

    /// The numbers that the note printed for `cc`, taken as input.
    static let noteOne = BatchNormNumbers(
        name: "the note's batch 1", shape: [1, 2], input: [-0.82290715, 7.70175266],
        training: [0, 0], inference: [-0.82249600, 7.69790459],
        rules: [
            Rule(
                name: "contrib fused", library: .contrib, isFused: true,
                mean: [-0.00164499157, 0.0153958043], variance: [0.998001039, 0.998001039]),
            Rule(
                name: "contrib unfused", library: .contrib, isFused: false,
                mean: [-0.00164499157, 0.0153958043], variance: [0.998001039, 0.998001039]),
            Rule(
                name: "layers", library: .layers, isFused: false,
                mean: [-0.0163758509, 0.153264880], variance: [0.980100036, 0.980100036]),
        ])

    static let noteFive = BatchNormNumbers(
        name: "the note's batch 5", shape: [5, 2],
        input: [
            -1.72455609, -7.3269577, 1.20964813, -6.78956413, -7.1524272, -5.85298967, 9.05802536,
            5.26228619, 9.85200882, 7.94727564,
        ],
        training: [
            -0.61389601, -0.90957540, -0.16052252, -0.82776743, -1.45257401, -0.68519175,
            1.05215597, 1.00689793, 1.17483687, 1.41563654,
        ],
        inference: [
            -1.72369444, -7.32329702, 1.20904374, -6.78617191, -7.14885378, -5.85006571, 9.05350018,
            5.25965691, 9.84708691, 7.94330502,
        ],
        rules: [
            Rule(
                name: "contrib fused", library: .contrib, isFused: true,
                mean: [0.00449483097, -0.00270262780], variance: [1.10266101, 1.10582280]),
            Rule(
                name: "contrib unfused", library: .contrib, isFused: false,
                mean: [0.00449483097, -0.00270262780], variance: [1.08172905, 1.08425844]),
            Rule(
                name: "layers", library: .layers, isFused: false,
                mean: [0.0447459370, -0.0269045979], variance: [1.81361067, 1.83879089]),
        ])

    static let fiveRows = BatchNormNumbers(
        name: "five rows", shape: [5, 2], input: [1, 2, 3, 5, -4, 0.5, 10, -7, 0, 0],
        training: [
            -0.217180997, 0.480420262, 0.217180997, 1.23897862, -1.30308604, 0.101141110,
            1.73744798, -1.79525459, -0.434361994, -0.0252852775,
        ],
        inference: [
            0.999500394, 1.99900079, 2.99850130, 4.99750185, -3.99800158, 0.499750197, 9.99500370,
            -6.99650288, 0, 0,
        ],
        rules: [
            Rule(
                name: "contrib fused", library: .contrib, isFused: true,
                mean: [0.00399800017, 0.000199900009], variance: [1.05097461, 1.03708148]),
            Rule(
                name: "contrib unfused", library: .contrib, isFused: false,
                mean: [0.00399800017, 0.000199900009], variance: [1.04037976, 1.02926528]),
            Rule(
                name: "layers", library: .layers, isFused: false,
                mean: [0.0397999994, 0.00199000002], variance: [1.40198004, 1.29133594]),
        ])

    /// Twelve elements a channel: batch, height and width are normalised over together.
    static let images = BatchNormNumbers(
        name: "images", shape: [2, 2, 3, 2], input: (0..<24).map { Float($0) },
        training: [
            -1.59323823, -1.59323823, -1.30355859, -1.30355859, -1.01387882, -1.01387882,
            -0.72419918, -0.72419918, -0.43451953, -0.43451953, -0.14483984, -0.14483984,
            0.14483984, 0.14483984, 0.43451953, 0.43451953, 0.72419918, 0.72419918, 1.01387882,
            1.01387882, 1.30355859, 1.30355859, 1.59323823, 1.59323823,
        ],
        inference: nil,
        rules: [
            Rule(
                name: "contrib fused", library: .contrib, isFused: true,
                mean: [0.021988716, 0.023987692], variance: [1.10194778, 1.10194778]),
            Rule(
                name: "contrib unfused", library: .contrib, isFused: false,
                mean: [0.021989003, 0.023988001], variance: [1.09328663, 1.09328663]),
            Rule(
                name: "layers fused", library: .layers, isFused: true,
                mean: [0.218899786, 0.238799781], variance: [2.01489902, 2.01489902]),
            Rule(
                name: "layers unfused", library: .layers, isFused: false,
                mean: [0.218899995, 0.238799989], variance: [1.92866671, 1.92866671]),
        ])
}
