"""Networks of others as ONNX files: described, kept in the user's folder, run by onnxruntime."""
