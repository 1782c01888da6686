"""The compressor–predictor pair: the helper reads a block's sources for the writer, and nothing it says is believed."""
