// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// Where errors say that they were made.
@Suite struct ErrorPlaceTests {
    @Test("an error made again from the same place is cheap and says the same place")
    func repeated() throws {
        let a = Tensor<Float>.placeholder(shape: [2])
        let clock = ContinuousClock()
        var places: Set<WeftGraph.SourceLocation> = []
        var times: [Duration] = []
        for size in 3..<53 {
            times.append(
                clock.measure {
                    let error = (a + Tensor<Float>.zeros(shape: [size])).error
                    if let place = error?.location { places.insert(place) }
                })
        }
        #expect(places.map(\.line) == [#line - 4])
        let later = times.dropFirst(5).sorted()[22]
        print("first error \(times[0]), later ones \(later)")
        #expect(later < .milliseconds(20))
    }
}
