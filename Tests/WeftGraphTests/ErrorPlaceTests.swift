// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// Where errors say that they were made.
@Suite struct ErrorPlaceTests {
    @Test("errors made again from the same place say the same place")
    func repeated() throws {
        let a = Tensor<Float>.placeholder(shape: [2])
        var places: [WeftGraph.SourceLocation?] = []
        for size in 3..<53 {
            places.append((a + Tensor<Float>.zeros(shape: [size])).error?.location)
        }
        #expect(Set(places.map { $0?.line }) == [#line - 2])
    }
}
