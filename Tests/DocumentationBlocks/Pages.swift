// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py.

/// The pages that have blocks.
var pages: [any Page.Type] {
    [
        AddingALayerBlocks.self,
        BatchNormalizationBlocks.self,
        CheckpointsBlocks.self,
        ComingFromKerasAndPyTorchBlocks.self,
        ComingFromSwiftForTensorFlowBlocks.self,
        ComingFromTensorFlow1Blocks.self,
        DataBlocks.self,
        DebuggingBlocks.self,
        GettingStartedBlocks.self,
        GradientsBlocks.self,
        READMEBlocks.self,
        ReproducibilityBlocks.self,
        SessionsAndPlansBlocks.self,
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
