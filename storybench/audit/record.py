"""What an audit of a build has found."""

from __future__ import annotations

from dataclasses import dataclass

from storybench.audit.captions import Captions, SharedCaptions
from storybench.audit.labels import Labels
from storybench.audit.near import Near
from storybench.audit.sharing import Shared, SharedClusters
from storybench.audit.windows import Windows
from storybench.types import Finding


@dataclass(frozen=True)
class Audit:
    """What was looked for in a build, what was found, and what it means."""

    dataset: str
    version: str
    digest: str
    shared: tuple[Shared, ...]
    shared_clusters: tuple[SharedClusters, ...]
    near: Near
    windows: tuple[Windows, ...]
    labels: Labels | None
    captions: tuple[Captions, ...]
    shared_captions: tuple[SharedCaptions, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def has_problems(self) -> bool:
        """Whether any finding is a problem."""
        return any(one.level == "problem" for one in self.findings)
