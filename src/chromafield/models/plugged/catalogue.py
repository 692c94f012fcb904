"""Networks of others that may be fetched when a person asks for it, and where they are kept.

Sizes and hashes are those that the makers or several independent programs state; where none could
be found, the hash is shown after fetching and asked about. None was checked here by fetching.
"""

from __future__ import annotations

from dataclasses import dataclass

ZHANG = "https://colorizers.s3.us-east-2.amazonaws.com/"
FACEFUSION = "https://huggingface.co/facefusion/models-3.0.0/resolve/"
EDGETOOLS = (
    "https://huggingface.co/edgetools/ddcolor/resolve/c4c98361d19eda29908cc960be39e8eeb44fc530/"
)
PINNED = "728b9659bd9691bf32cbf7f61af478d94b7ba81e/"  # a revision of that folder


@dataclass(frozen=True, slots=True)
class Offer:
    name: str  # what --model will call it
    what: str
    address: str
    licence: str
    size: int = 0  # bytes; 0: not known
    sha256: str = ""  # "": not known
    gives: str = "colours"  # what it answers with

    @property
    def file(self) -> str:
        return self.address.rpartition("/")[2]


OFFERS = (
    Offer(
        "zhang2016",
        "Zhang, Isola and Efros, Colorful image colorization; the authors' file",
        ZHANG + "colorization_release_v2-9b330a0b.pth",
        "BSD-2-Clause",
        128_976_165,
        "9b330a0bae53f4ded77b1e23defbf78beaa09c10ebc4c4999e8e4f4a160b93f9",
        "a distribution over 313 colours",
    ),
    Offer(
        "zhang2017",
        "Zhang et al., Real-time user-guided image colorization; the authors' file",
        ZHANG + "siggraph17-df00044c.pth",
        "BSD-2-Clause",
        136_787_426,
        "df00044c0a4d7c3edcecf6f75437ce346a66e7a42612d9b968e1a7e17dbc6f66",
        "colours, and how sure it is; takes hints",
    ),
    Offer(
        "ddcolor",
        "Kang et al., DDColor; ONNX by FaceFusion",
        FACEFUSION + PINNED + "ddcolor.onnx",
        "Apache-2.0",
    ),
    Offer(
        "ddcolor-artistic",
        "Kang et al., DDColor, the artistic weights; ONNX by FaceFusion",
        FACEFUSION + PINNED + "ddcolor_artistic.onnx",
        "Apache-2.0",
        980_103_562,
        "adad4b897990d627e139e858e8a6552c1f99e39e49e811d21e8f591803c877f1",
    ),
    Offer(
        "ddcolor-tiny",
        "Kang et al., DDColor, the tiny weights in half precision; ONNX by edgetools",
        EDGETOOLS + "ddcolor-tiny-fp16.onnx",
        "Apache-2.0",
        135_444_402,
        "2653da00dc15e54a45e5200b61dbf82ee9ceaf56b02bb9b9657569ac775e82e6",
    ),
    Offer(
        "deoldify-artistic",
        "Antic, DeOldify, the artistic weights; ONNX by FaceFusion",
        FACEFUSION + "main/deoldify_artistic.onnx",
        "MIT",
        255_044_725,
        "9ac296cf05fecbdb604f50211f632b722402bc1f9a96ee5a8987b01c0c3c688f",
    ),
    Offer(
        "deoldify-stable",
        "Antic, DeOldify, the stable weights; ONNX by FaceFusion",
        FACEFUSION + "main/deoldify_stable.onnx",
        "MIT",
    ),
)
