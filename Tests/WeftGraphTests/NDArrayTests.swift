// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

@Suite struct NDArrayTests {
    private func text(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch { return "\(error)" }
    }

    @Test("copies share their memory until one is written to")
    func copyOnWrite() {
        var a: NDArray = [1.0, 2.0, 3.0]
        let b = a
        #expect(a.storage === b.storage)
        a.withUnsafeMutableBytes { $0.assumingMemoryBound(to: Float.self)[0] = 9 }
        #expect(a.doubles == [9, 2, 3])
        #expect(b.doubles == [1, 2, 3])
        let own = a.storage
        a.withUnsafeMutableBytes { $0.assumingMemoryBound(to: Float.self)[0] = 8 }
        #expect(a.storage === own || a.doubles == [8, 2, 3])
    }

    @Test("memory is aligned for vectors")
    func alignment() {
        for count in [0, 1, 3, 100, 70_000] {
            let array = NDArray([Float](repeating: 0, count: count))
            array.withUnsafeBytes { #expect(Int(bitPattern: $0.baseAddress) % 64 == 0) }
        }
    }

    @Test("literals: integers are i32, fractions f32, a mixture f32")
    func literals() {
        let integers: NDArray = [[1, 2], [3, 4]]
        #expect(integers.dtype == .int32 && integers.shape == [2, 2])
        let mixed: NDArray = [[1, 2], [3.5, 4]]
        #expect(mixed.dtype == .float32 && mixed.doubles == [1, 2, 3.5, 4])
        let flags: NDArray = [true, false]
        #expect(flags.dtype == .bool && flags.doubles == [1, 0])
        let empty: NDArray = []
        #expect(empty.shape == [0] && empty.dtype == .float32)
        let scalar: NDArray = 5
        #expect(scalar.shape == [] && scalar.dtype == .int32)
        let deep: NDArray = [[[1.0], [2.0]], [[3.0], [4.0]], [[5.0], [6.0]]]
        #expect(deep.shape == [3, 2, 1] && deep.doubles == [1, 2, 3, 4, 5, 6])
    }

    @Test("a literal has one type, wherever it stands; values have their own")
    func literalArguments() throws {
        #expect(NDArray([0, 1]) == [0, 1] && NDArray([0, 1]).dtype == .int32)
        #expect(NDArray([0.5]) == [0.5] && NDArray([0.5]).dtype == .float32)
        #expect(NDArray(0.5).dtype == .float32 && NDArray(-3).dtype == .int32)
        #expect(NDArray([[1, 2], [3, 4.5]]) == [[1, 2], [3, 4.5]])
        #expect(try NDArray([1, 2], shape: [2, 1]) == [[1], [2]])
        #expect(try NDArray(repeating: 0.5, shape: [2]) == [0.5, 0.5])
        let (doubles, integers) = ([0.5], [0, 1])
        #expect(NDArray(doubles).dtype == .float64)
        #expect(NDArray(integers) == [0, 1] && NDArray(integers.count) == 2)
        let rows: [[Float]] = [[1, 2], [3, 4]]
        #expect(try NDArray(rows: rows) == [[1.0, 2.0], [3.0, 4.0]])
        #expect(try NDArray(rows: [integers, [2, 3]]) == [[0, 1], [2, 3]])
        #expect(try NDArray(integers, shape: [2, 1]) == [[0], [1]])
        // What 32 bits do not hold takes 64, as in TensorFlow.
        let large: NDArray = [1, 3_000_000_000]
        #expect(large.dtype == .int64 && large == NDArray([1, 3_000_000_000]))
        #expect(NDArray([1, integers[1] << 40]).dtype == .int64)
        let mixed: NDArray = [3_000_000_000, 0.5]
        #expect(mixed.dtype == .float32 && mixed.doubles == [3e9, 0.5])
        // Nothing is lost by the type of the first.
        let (byte, double) = (NDArray(UInt8(1)), NDArray([0.1].map { $0 }))
        let half = try NDArray([0.5]).cast(to: .float16)
        let whole = NDArray([1, 2])
        #expect(NDArray(arrayLiteral: NDArray([2.5, 1]), whole).doubles == [2.5, 1, 1, 2])
        #expect(NDArray(arrayLiteral: half, double).dtype == .float64)
        #expect(NDArray(arrayLiteral: half, NDArray([0.1])).dtype == .float32)
        #expect(NDArray(arrayLiteral: byte, NDArray(300)).doubles == [1, 300])
        #expect(NDArray(arrayLiteral: NDArray(true), NDArray(2)).doubles == [1, 2])
    }

    @Test("an array is made from the bytes of its elements")
    func bytes() throws {
        let array: NDArray = [[1.5, -2.0], [0.0, 4.0]]
        let bytes = array.withUnsafeBytes { Array($0) }
        #expect(try NDArray(dtype: .float32, shape: [2, 2], bytes: bytes) == array)
        #expect(try NDArray(dtype: .float32, shape: [1], bytes: bytes[4..<8]) == [-2.0])
        #expect(try NDArray(dtype: .bool, shape: [3], bytes: [0, 1, 7]) == [false, true, true])
        #expect(try NDArray(dtype: .int64, shape: [0], bytes: []).count == 0)
        func text(_ body: () throws -> NDArray) -> String {
            do { return "\(try body())" } catch { return "\(error)" }
        }
        #expect(
            text { try NDArray(dtype: .int16, shape: [3], bytes: [0, 0]) }
                == "an array of i16[3] takes 6 bytes, 2 were given")
        #expect(
            text { try NDArray(dtype: .int16, shape: [-1], bytes: []) }
                == "[-1] is not the shape of an array that fits the machine's memory")
        #expect(text { try NDArray(dtype: .list, shape: [], bytes: []) } == "a list has no bytes")
    }

    @Test("slices of the first axis are copies")
    func slicing() {
        let a: NDArray = [[1, 2], [3, 4], [5, 6]]
        #expect(a[1] == [3, 4])
        #expect(a[1][0] == 3)
        #expect(a[1..<3] == [[3, 4], [5, 6]])
        #expect(a[1..<1].shape == [0, 2])
        #expect(a[0..<3] == a)
    }

    @Test("arrays print as nested brackets")
    func printing() {
        #expect("\([[1, 2], [3, 4]] as NDArray)" == "[[1, 2],\n [3, 4]]")
        #expect("\([1.5, 2.0] as NDArray)" == "[1.5, 2.0]")
        #expect("\([true] as NDArray)" == "[true]")
        #expect("\(NDArray(Double.nan))" == "nan")
        #expect("\([] as NDArray)" == "[]")
        #expect(([1, 2] as NDArray).debugDescription == "i32[2] [1, 2]")
        let long = NDArray((0..<2000).map { Int32($0) })
        #expect("\(long)" == "[0, 1, 2, ..., 1997, 1998, 1999]")
        let wide = NDArray((0..<2000).map { Int32($0) }).reinterpreted(shape: [1000, 2])
        #expect(
            "\(wide)"
                == "[[0, 1],\n [2, 3],\n [4, 5],\n ...,\n [1994, 1995],\n [1996, 1997],\n [1998, 1999]]"
        )
        #expect("\(NDArray([BFloat16(Float(1.5))]))" == "[1.5]")
    }

    @Test("casts truncate, wrap and saturate as TensorFlow's do")
    func casting() throws {
        let fractions = NDArray([Float(1.9), -1.9, 300.5, .nan, .infinity])
        let integers = try fractions.cast(to: .int32).doubles
        #expect(integers == [1, -1, 300, -2_147_483_648, -2_147_483_648])
        #expect(try fractions.cast(to: .uint8).doubles.prefix(3) == [1, 255, 44])
        #expect(try fractions.cast(to: .bool).doubles == [1, 1, 1, 1, 1])
        #expect(try NDArray([Int32(-1), 256, 255]).cast(to: .uint8).doubles == [255, 0, 255])
        #expect(try NDArray([Int64.max, Int64.min]).cast(to: .int32).doubles == [-1, 0])
        #expect(try NDArray([UInt64.max]).cast(to: .float32).doubles == [0x1p64])
        #expect(try NDArray([Int32(2), 0]).cast(to: .bool).doubles == [1, 0])
        #expect(try NDArray([Double(1e300)]).cast(to: .float32).doubles == [.infinity])
        // One rounding, not two: 2^24 + 1 and a bit more is above the middle.
        #expect(
            try NDArray([Int64(1) << 60 + 1 << 36 + 1]).cast(to: .float32).doubles
                == [Double(Float(Int64(1) << 60 + 1 << 36 + 1))])
        for dtype in DTypeClass.any.dtypes {
            let small = try NDArray([Float(0), 1, 2, 100]).cast(to: dtype)
            #expect(small.dtype == dtype)
            #expect(small.doubles == (dtype == .bool ? [0, 1, 1, 1] : [0, 1, 2, 100]))
        }
    }

    @Test("equality is of numbers, sameness of bits")
    func equality() {
        #expect(NDArray([Float(0)]) == NDArray([Float(-0.0)]))
        #expect(!NDArray([Float(0)]).hasSameBits(as: NDArray([Float(-0.0)])))
        #expect(NDArray([Float.nan]) != NDArray([Float.nan]))
        #expect(NDArray([Float.nan]).hasSameBits(as: NDArray([Float.nan])))
        #expect(NDArray([Float(1)]) != NDArray([Double(1)]))
        #expect(NDArray([Float(1)]) != NDArray(Float(1)))
        #expect(NDArray([Int64.max]) != NDArray([Int64.max - 1]))
    }

    @Test("what cannot be an array throws and says why")
    func errors() {
        #expect(
            text { _ = try NDArray([1.0, 2.0], shape: [3]) }
                == "2 elements do not fill the shape [3]; "
                + "the product of the dimensions must be the number of elements")
        #expect(
            text { _ = try NDArray([Float](), shape: [-1, 0]) }.hasPrefix("0 elements do not fill"))
        #expect(
            text { _ = try NDArray(rows: [[1.0, 2.0], [3.0]]) }
                == "row 1 has 1 elements, row 0 has 2; all rows must be of one length")
        #expect(
            text { _ = try NDArray(repeating: Float(0), shape: [-1]) }
                == "[-1] is not the shape of an array that fits the machine's memory")
        #expect(
            text { _ = try NDArray(repeating: Float(0), shape: [1 << 62, 1 << 62]) }
                == "[4611686018427387904, 4611686018427387904] is not the shape of an array that fits "
                + "the machine's memory")
        #expect(
            text { _ = try NDArray(repeating: Float(0), shape: [1 << 45]) }
                .hasSuffix("fits the machine's memory"))
        #expect(
            text { _ = try ([1.0, 2.0] as NDArray).scalars(as: Int32.self) }
                == "the array holds f32, not i32; convert it with `cast(to:)` first")
        #expect(
            text { let _: Float = try ([1.0, 2.0] as NDArray).scalar() }
                == "an array of shape [2] has 2 elements, not one")
        #expect(
            text { _ = try ([1.0, 2.0] as NDArray).reshaped(to: [3]) }
                == "an array of shape [2] cannot be reshaped to [3]")
        #expect(
            text { _ = try ([1.0, 2.0] as NDArray).reshaped(to: [-2, -1]) }
                == "an array of shape [2] cannot be reshaped to [-2, -1]")
    }

    @Test("a recycled buffer is as large as its class says, for every size")
    func recycler() {
        var sizes = Array(0...5000)
        for exponent in 12..<44 {
            for offset in [-1, 0, 1] { sizes.append(1 << exponent + offset) }
            for quarter in 1...3 {
                let step = 1 << (exponent - 2)
                for offset in [-1, 0, 1] { sizes.append(1 << exponent + quarter * step + offset) }
            }
        }
        var last = (index: 0, capacity: 256)
        for size in sizes.sorted() {
            let own = BufferRecycler.sizeClass(size)
            #expect(own.capacity >= size)
            #expect(own.capacity == BufferRecycler.capacity(of: own.index))
            #expect(size <= 256 || own.capacity <= size + size / 4 + 1)
            #expect(own.index >= last.index && own.capacity >= last.capacity)
            last = own
        }
    }

    @Test("zeros are zeros in fresh and in used memory, of each kind of buffer")
    func zeroed() throws {
        for size in [1, 300, 100_000, 3_000_001] {
            for _ in 0..<3 {
                let storage = try Storage(allocatingZeros: size)
                let bytes = UnsafeMutableRawBufferPointer(start: storage.address, count: size)
                #expect(bytes.allSatisfy { $0 == 0 })
                // The next round may get the same memory.
                for index in bytes.indices { bytes[index] = 0xFF }
            }
        }
    }

    @Test("what is not kept for reuse goes back to the system, and comes back as zeros")
    func returned() throws {
        for size in [100_000, 300_000_000] {
            let count = BufferRecycler.limit / size + 2
            for _ in 0..<2 {
                let many = try (0..<count).map { _ in try Storage(allocatingZeros: size) }
                for storage in many {
                    #expect(storage.address.load(as: UInt64.self) == 0)
                    storage.address.storeBytes(of: .max, as: UInt64.self)
                }
            }
        }
    }

    @Test("a freed buffer is used again")
    func reuse() {
        var addresses: Set<Int> = []
        for _ in 0..<50 {
            let storage = Storage(byteCount: 12_345_678)
            addresses.insert(Int(bitPattern: storage.address))
        }
        #expect(addresses.count < 50)
    }

    @Test("buffers of all sizes are aligned and lie apart")
    func separateBuffers() {
        // Sizes around those from which buffers are cut out of slabs, and of whole large pages.
        let sizes = [
            100, 65_535, 65_536, 65_537, 300_000, 1_048_577, 2_097_151, 2_097_152, 3_000_000,
        ]
        var made: [(storage: Storage, byte: UInt8)] = []
        for round in 0..<4 {
            for size in sizes {
                let (storage, byte) = (Storage(byteCount: size), UInt8(made.count + 50 * round))
                storage.address.initializeMemory(as: UInt8.self, repeating: byte, count: size)
                made.append((storage, byte))
            }
            // Some are given back in between, and their memory comes again.
            if round == 1 { made.removeSubrange(3..<8) }
        }
        for (storage, byte) in made {
            #expect(Int(bitPattern: storage.address) % 64 == 0)
            let bytes = UnsafeRawBufferPointer(start: storage.address, count: storage.byteCount)
            #expect(bytes.allSatisfy { $0 == byte })
        }
        let places = made.map(\.storage).sorted { $0.address < $1.address }
        for (a, b) in zip(places, places.dropFirst()) {
            #expect(a.address + a.byteCount <= b.address)
        }
    }
}
