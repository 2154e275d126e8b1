"""Forms that name nothing of Azure ML's, and text that names nothing at all.

    s3://…  gs://…  hdfs://…  dbfs:/…  git+https://…  file://…  https://…   ExternalRef
    mlflow-artifacts:/P                                                 MlflowArtifactRef
    ./x   a/b.pkl   C:\\Users\\…   /mnt/x                               LocalRef
    ${{…}}  ${…}  {…}  <…>  $VAR, whole or inside                       TemplateRef
    anything else                                                       OpaqueRef

All of them resolve to None.
"""

from __future__ import annotations

from lineage.references.base import Form


class ExternalRef(Form, frozen=True, gc=False):
    """A place outside Azure ML. `path` is everything after the host."""

    scheme: str
    host: str = ""
    path: str = ""

    def __str__(self) -> str:
        short = not self.host and (self.scheme == "dbfs" or bool(self.path)) and not self.path.startswith("//")
        if short and (self.scheme == "dbfs" or self.path[0] != "/"):
            return f"{self.scheme}:{self.path}"
        return f"{self.scheme}://{self.host}{self.path}"


class MlflowArtifactRef(Form, frozen=True, gc=False):
    """A path behind an MLflow server's artifact proxy."""

    host: str = ""
    path: str = ""

    def __str__(self) -> str:
        slashes = "//" if self.host or self.path.startswith("//") else ""
        return f"mlflow-artifacts:{slashes}{self.host}{self.path}"


class LocalRef(Form, frozen=True, gc=False):
    """A path on somebody's disk."""

    path: str

    def __str__(self) -> str:
        return self.path


class TemplateRef(Form, frozen=True, gc=False):
    """A reference that was never filled in; `placeholder` is the first gap in it."""

    text: str
    placeholder: str

    def __str__(self) -> str:
        return self.text


class OpaqueRef(Form, frozen=True, gc=False):
    """Text in no scheme known here, kept as it is."""

    text: str

    def __str__(self) -> str:
        return self.text
