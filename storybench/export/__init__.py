"""Hand a build on in the formats that others read.

`folder` is pictures and tables, `hf` a Hugging Face dataset, `arldm-h5` the file that AR-LDM reads.
Each export is a folder of its own with a README, appears whole or not at all, and carries the
licence of every frame; frames that allow no derivatives are not bundled unless one says so.
"""

from storybench.export.export import EXPORTS, Exported, export

__all__ = ["EXPORTS", "Exported", "export"]
