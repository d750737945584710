"""Every weights file that storybench can read, as data: name, size, hash, address, licence.

Files of the same name with other contents are about (a `pt_inception-2015-12-05-6726825d.pth` of
28.3 MB is public), so a file is its SHA-256. Where that is not known, it is said and nothing is
claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from storybench.errors import UnknownNameError
from storybench.home import weights_dir
from storybench.spelling import did_you_mean

MB = 1_000_000


@dataclass(frozen=True)
class WeightsFile:
    """A file of parameters that somebody published.

    `name` is what commands call it, `file` its name on disk. `size` is in bytes, None where it is
    not known to the byte; `bound` is the most that a download of it may be. `sha256` is None where
    unknown. `url` is an https address of the file itself; None
    where there is no such thing, and `how` says what to do instead. `purpose` says what reads it,
    `source` who says so.
    """

    name: str
    file: str
    purpose: str
    licence: str
    source: str
    size: int | None = None
    bound: int = 1000 * MB
    sha256: str | None = None
    url: str | None = None
    how: str = ""

    @property
    def place(self) -> Path:
        """Where the file is looked for."""
        return weights_dir() / self.file

    @property
    def identity(self) -> str:
        """What is known of the file, in words."""
        size = f"{self.size:,} bytes, " if self.size is not None else ""
        return f"{size}SHA-256 {self.sha256 or 'unknown'}"

    def matches(self, sha256: str) -> bool | None:
        """Whether a hash is this file's; None where its own is unknown."""
        return None if self.sha256 is None else sha256 == self.sha256


FID_INCEPTION = WeightsFile(
    name="fid-inception",
    file="pt_inception-2015-12-05-6726825d.pth",
    purpose="FID, KID and coverage under every protocol (extractor inception)",
    licence="Apache-2.0 (TensorFlow models)",
    source="mseitzer/pytorch-fid@b9c1811:src/pytorch_fid/inception.py; hash and size: the LFS "
    "pointer in huggingface.co/RaphaelLiu/EvalCrafter-Models@6040b4d",
    size=95_628_359,
    sha256="6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
    url="https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/"
    "pt_inception-2015-12-05-6726825d.pth",
)
TORCHVISION_INCEPTION = WeightsFile(
    name="torchvision-inception",
    file="inception_v3_google-0cc3c7bd.pth",
    purpose="extractor inception-torchvision; the start of `storybench classifier fit`",
    licence="BSD-3-Clause (torchvision)",
    source="pytorch/vision, torchvision.models.Inception_V3_Weights.IMAGENET1K_V1, whose address "
    "has the hash's first digits; size: the download that PyTorch-Ignite's post on FID shows",
    size=108_949_747,
    sha256="0cc3c7bd75056d25e46cba549dc184522069b81e9787eff6df84f397bd52a5ef",
    url="https://download.pytorch.org/models/inception_v3_google-0cc3c7bd.pth",
)
CLIP_B = WeightsFile(
    name="clip-vit-b-32",
    file="ViT-B-32.pt",
    purpose="CLIP-T, CLIP-I and CLIP-FD (open_clip ViT-B-32-quickgelu, tag openai)",
    licence="MIT (openai/CLIP)",
    source="mlfoundations/open_clip, open_clip.pretrained; the hash is part of OpenAI's address; "
    "size: huggingface.co/pxlpshr/pytti-models",
    size=353_976_522,
    sha256="40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af",
    url="https://openaipublic.azureedge.net/clip/models/"
    "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af/ViT-B-32.pt",
)
CLIP_L = WeightsFile(
    name="clip-vit-l-14-336",
    file="ViT-L-14-336px.pt",
    purpose="CLIP-FD and CLIP scores as others compute them on ViT-L/14-336; named by hash",
    licence="MIT (openai/CLIP)",
    source="mlfoundations/open_clip, open_clip.pretrained; the hash is part of OpenAI's address; "
    "size: huggingface.co/pxlpshr/pytti-models",
    size=934_088_680,
    sha256="3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02",
    url="https://openaipublic.azureedge.net/clip/models/"
    "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02/ViT-L-14-336px.pt",
)
DINO_B = WeightsFile(
    name="dino-vit-b-16",
    file="dino_vitbase16_pretrain.pth",
    purpose="DINO-FD and consistency of subjects (timm vit_base_patch16_224.dino)",
    licence="Apache-2.0 (facebookresearch/dino)",
    source="huggingface/pytorch-image-models, timm.models.vision_transformer; size and hash: what "
    "several public pipelines of VBench, which reads the same file, check it against",
    size=343_242_485,
    sha256="bf34ad0f424b9029b593e8dc3ed553bf26e88bcba0d32bf3e62a6209cb64c85e",
    url="https://dl.fbaipublicfiles.com/dino/dino_vitbase16_pretrain/dino_vitbase16_pretrain.pth",
)
DINO_S = WeightsFile(
    name="dino-vit-s-16",
    file="dino_deitsmall16_pretrain.pth",
    purpose="the same through the smaller ViT-S/16, with --dino; named by hash",
    licence="Apache-2.0 (facebookresearch/dino)",
    source="huggingface/pytorch-image-models, timm.models.vision_transformer",
    bound=120 * MB,
    url="https://dl.fbaipublicfiles.com/dino/dino_deitsmall16_pretrain/"
    "dino_deitsmall16_pretrain.pth",
)
VIDEO = WeightsFile(
    name="r2plus1d-18",
    file="r2plus1d_18-91a641e6.pth",
    purpose="FSD, the Fréchet distance of whole stories",
    licence="BSD-3-Clause (torchvision)",
    source="pytorch/vision, torchvision.models.video.R2Plus1D_18_Weights.KINETICS400_V1, whose "
    "address has the hash's first digits; size: the server's Content-Length",
    size=126_162_996,
    sha256="91a641e6c2ab531d1aca5f4321b4d802ec5c3babc15df855cdb6e39c6a1107c8",
    url="https://download.pytorch.org/models/r2plus1d_18-91a641e6.pth",
)
CLEAN_FID = WeightsFile(
    name="clean-fid-inception",
    file="inception-2015-12-05.pt",
    purpose="nothing here: TorchScript is a program; clean-fid's pixel path with fid-inception is "
    "what sb-v1 uses",
    licence="Nvidia Source Code License (stylegan3)",
    source="hash: huggingface.co/hngan/env_diffusers_x; GaParmar/clean-fid@e88c4d6",
    size=95_607_719,
    sha256="f58cb9b6ec323ed63459aa4fb441fe750cfe39fafad6da5cb504a16f19e958f4",
    how="Not read by storybench; use fid-inception.",
)
CLASSIFIER_PORORO = WeightsFile(
    name="storydalle-classifier-pororo",
    file="pororo-epoch-10.pt",
    purpose="character F1 of PororoSV with the classifier of StoryDALL-E (--classifier)",
    licence="not stated",
    source="adymaharana/storydalle@132dd19:story-dalle/eval_char_clf.sh",
    how="Ask its authors, or train one with `storybench classifier fit`.",
)
CLASSIFIER_FLINTSTONES = WeightsFile(
    name="storydalle-classifier-flintstones",
    file="flintstones-inception_32_1e-05-best.pt",
    purpose="character F1 of FlintstonesSV with the classifier of StoryDALL-E (--classifier)",
    licence="not stated",
    source="adymaharana/storydalle@132dd19:story-dalle/eval_char_clf.sh, there "
    "inception_32_1e-05/best.pt",
    how="Ask its authors, or train one with `storybench classifier fit`.",
)
MINDALLE = WeightsFile(
    name="mindalle",
    file="minDALL-E-1.3B.tar.gz",
    purpose="the start of StoryDALL-E (baselines), unpacked to 1.3B/",
    licence="stage 2 CC-BY-NC-SA-4.0, code Apache-2.0",
    source="kakaobrain/minDALL-E@e548007 (md5 57b008f02ceaa02b779c8b7463143315 in its address)",
    how="Get 1.3B.tar.gz as the README of github.com/kakaobrain/minDALL-E says.",
)
STORYDALLE_PORORO = WeightsFile(
    name="storydalle-pororo",
    file="storydalle-pororo.pt",
    purpose="StoryDALL-E fine-tuned on PororoSV (baselines)",
    licence="MIT code; weights derive from CC-BY-NC-SA-4.0",
    source="adymaharana/storydalle@132dd19:README.md",
    how="Get it as the README of github.com/adymaharana/storydalle says.",
)

KNOWN: tuple[WeightsFile, ...] = (
    FID_INCEPTION,
    TORCHVISION_INCEPTION,
    CLIP_B,
    CLIP_L,
    DINO_B,
    DINO_S,
    VIDEO,
    CLEAN_FID,
    CLASSIFIER_PORORO,
    CLASSIFIER_FLINTSTONES,
    MINDALLE,
    STORYDALLE_PORORO,
)


def get(name: str) -> WeightsFile:
    """The file of that name, or whose file is called so.

    Raises:
        UnknownNameError: there is none; lists close matches.
    """
    for known in KNOWN:
        if name in (known.name, known.file):
            return known
    names = [known.name for known in KNOWN]
    hint = did_you_mean(name, names) or f" Known: {', '.join(names)}."
    raise UnknownNameError(f"Expected the name of a weights file, found {name!r}.{hint}")
