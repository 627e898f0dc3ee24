import torch

from my_network import MyNetwork

model = MyNetwork()
model.load_state_dict(torch.load("weights.pth", map_location="cpu", weights_only=True))
inputs = torch.zeros(1, 3, 224, 224)

torch.onnx.export(
    model.eval(), inputs, "model.onnx", input_names=["images"], dynamic_axes={"images": {0: "batch"}},
    dynamo=False, training=torch.onnx.TrainingMode.PRESERVE)
