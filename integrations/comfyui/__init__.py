"""A node for ComfyUI: black-and-white pictures in, the same pictures in colour out.

Put this folder into `custom_nodes`, and Chromafield into ComfyUI's Python. Nothing heavy is
imported before a picture is coloured.
"""

from __future__ import annotations

from typing import Any

MOST_SIZE = 512  # of what the network sees, in steps of 32


class ChromafieldColorize:
    """Colours each picture of a batch by itself, in its order."""

    CATEGORY = "image/color"
    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "colorize"
    DESCRIPTION = "Colours black-and-white pictures; every pixel keeps its lightness."

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802 - ComfyUI's name
        """The sockets and widgets, with the values that Chromafield takes."""
        from chromafield.settings import about, defaults

        def slider(name: str) -> tuple[str, dict[str, float]]:
            one = about[name]
            ends = {"min": one.low, "max": one.high, "step": 0.05}
            return "FLOAT", {"default": defaults[name], **ends}

        return {
            "required": {
                "image": ("IMAGE",),
                "field": (_fields(), {"default": defaults["field"]}),
                "size": (
                    "INT",
                    {"default": defaults["size"], "min": 32, "max": MOST_SIZE, "step": 32},
                ),
                "strength": slider("strength"),
                "vividness": slider("vividness"),
                "force": ("BOOLEAN", {"default": False}),
            },
            "optional": {"reference": ("IMAGE",)},
        }

    def colorize(self, image: Any, reference: Any = None, **settings: Any) -> tuple[Any]:
        """Colour a batch (b, h, w, 3), float32 in [0, 1].

        Args:
            reference: a batch whose first picture has the colours to be taken.

        Raises:
            chromafield.ChromafieldError: a picture has colours of its own, and `force` is off.
        """
        import torch

        import chromafield

        if reference is not None:
            settings["reference"] = reference[0].cpu().numpy()
        colored = [
            torch.from_numpy(chromafield.colorize(one.cpu().numpy(), **settings)) for one in image
        ]
        return (torch.stack(colored).to(image),)


def _fields() -> list[str]:
    from pathlib import Path

    import chromafield
    from chromafield.plugins import names_in

    return names_in([str(Path(chromafield.__file__).parent / "fields")])


NODE_CLASS_MAPPINGS = {"ChromafieldColorize": ChromafieldColorize}
NODE_DISPLAY_NAME_MAPPINGS = {"ChromafieldColorize": "Colour (Chromafield)"}
