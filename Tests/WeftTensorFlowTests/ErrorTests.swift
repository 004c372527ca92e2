// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftTensorFlow

@Suite struct TensorFlowErrorTests {
    @Test func namesFileNodeAndOperation() {
        let error = TensorFlowError(
            .unsupported, path: "model.pb", node: "decode", operation: "DecodeRaw", "no such thing")
        #expect(
            error.description == "'model.pb', node 'decode' (DecodeRaw): no such thing")
    }
}
