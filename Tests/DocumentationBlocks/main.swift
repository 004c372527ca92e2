// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What a page's block does.
typealias Block = @Sendable () async throws -> Void

/// A page of the documentation, by its blocks that run.
protocol Page: Sendable {
    static var path: String { get }
    static var blocks: [(line: Int, run: Block)] { get }
}

// Runs each block, in a folder of its own, and fails where one throws. What blocks print is theirs.
var failures = 0
for page in pages {
    for block in page.blocks {
        let manager = FileManager.default
        let folder = manager.temporaryDirectory
            .appendingPathComponent("weft-page-\(UUID().uuidString)")
        do {
            try manager.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? manager.removeItem(at: folder) }
            guard manager.changeCurrentDirectoryPath(folder.path) else {
                throw CocoaError(.fileNoSuchFile)
            }
            try await block.run()
            print("\(page.path), line \(block.line): runs")
        } catch {
            print("\(page.path), line \(block.line): \(error)")
            failures += 1
        }
    }
}
exit(failures == 0 ? 0 : 1)
