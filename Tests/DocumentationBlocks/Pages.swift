// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py.

/// The pages that have blocks.
var pages: [any Page.Type] {
    [
        ComingFromKerasAndPyTorchBlocks.self,
        ComingFromTensorFlow1Blocks.self,
        READMEBlocks.self,
        TensorFlow1Blocks.self,
        WeftBlocks.self,
        WeftChartsBlocks.self,
        WeftCheckpointsBlocks.self,
        WeftDataBlocks.self,
        WeftFormatsBlocks.self,
        WeftImagesBlocks.self,
        WeftOpenMetricsBlocks.self,
        WeftTensorBoardBlocks.self,
        WeftTrainingBlocks.self,
    ]
}
