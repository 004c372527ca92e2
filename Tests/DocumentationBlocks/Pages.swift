// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py.

/// The pages that have blocks.
var pages: [any Page.Type] {
    [
        ComingFromTensorFlow1Blocks.self,
        READMEBlocks.self,
        TensorFlow1Blocks.self,
        WeftBlocks.self,
        WeftCheckpointsBlocks.self,
        WeftDataBlocks.self,
        WeftFormatsBlocks.self,
    ]
}
