// SPDX-License-Identifier: Apache-2.0

extension GradientRule {
    func cond(_ a: Region, _ b: Region) throws -> [AnyTensor?] { throw failure("not yet") }
    func whileLoop(_ attributes: WhileAttributes) throws -> [AnyTensor?] { throw failure("not yet") }
    func scan(_ attributes: ScanAttributes) throws -> [AnyTensor?] { throw failure("not yet") }
    func rematerialized(_ body: Region) throws -> [AnyTensor?] { throw failure("not yet") }
}
