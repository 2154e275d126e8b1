"""What is fixed and what may move: images, conda packages, pip requirements, and files that cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.findings.pins import Image, Packages, image, packages

DIGEST = "@sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("reference", "kept"),
    [
        (f"mcr.microsoft.com/azureml/base{DIGEST}", Image.DIGEST),
        (f"mcr.microsoft.com/azureml/base:20260801.v1{DIGEST}", Image.DIGEST),
        ("mcr.microsoft.com/azureml/base:20260801.v1", Image.TAG),
        ("registry.example:5000/base:1", Image.TAG),
        ("registry.example:5000/base", Image.MOVING),
        ("base:latest", Image.MOVING),
        ("base", Image.MOVING),
        ("mcr.microsoft.com/azureml/base@sha256:0123", Image.MOVING),
    ],
)
def test_an_image_is_fixed_by_its_digest_alone(reference: str, kept: Image) -> None:
    assert image(reference) is kept


def asks(*conda: str, pip: tuple[str, ...] = ()) -> Packages | None:
    return packages({"dependencies": [*conda, {"pip": list(pip)}] if pip else list(conda)})


@pytest.mark.parametrize(
    "entry",
    [
        "python=3.11",
        "python=3.11.4",
        "numpy==1.26.4",
        "numpy=1.26.4=py311h64a7726_0",
        "conda-forge::numpy=1.26",
        "pip",
        "numpy 1.26.4",
        "pip=24.0",
        "setuptools",
    ],
)
def test_a_conda_package_with_a_version_is_fixed(entry: str) -> None:
    assert asks(entry) == Packages()


@pytest.mark.parametrize(
    "entry", ["numpy", "numpy>=1.20", "numpy=1.*", "numpy>1,<2", "conda-forge::numpy", "numpy!=1.3"]
)
def test_a_conda_package_without_a_version_is_loose(entry: str) -> None:
    assert asks(entry) == Packages((entry,))


@pytest.mark.parametrize(
    "line",
    [
        "mlflow==2.17.0",
        "mlflow===2.17.0",
        "mlflow[extras]==2.17.0",
        "mlflow==2.17.0 ; python_version < '3.12'",
        "mlflow==2.17.0 --hash=sha256:00",
        "mlflow==2.17.0  # why",
        "--index-url https://pypi.example/simple",
        "pip",
        "",
        f"credit @ git+https://git.example/credit@{'c0ffee00' * 5}",
        "https://files.example/credit-1.0-py3-none-any.whl",
    ],
)
def test_a_requirement_with_a_version_is_fixed(line: str) -> None:
    assert asks(pip=(line, "x==1")) == Packages()


@pytest.mark.parametrize(
    "line",
    [
        "mlflow",
        "mlflow>=2",
        "mlflow~=2.17",
        "mlflow==2.*",
        "mlflow[extras]",
        "azureml-defaults",
        "mlflow<3 ; True",
        "git+https://git.example/credit@main",
        "credit @ git+https://git.example/credit",
        "-e ./src",
    ],
)
def test_a_requirement_without_one_is_loose(line: str) -> None:
    assert asks(pip=(line,)) == Packages((line,))


def test_a_requirements_file_is_told_apart() -> None:
    """What stands in it lies outside the record: nobody says that it is loose."""
    assert asks(pip=("-r requirements.txt", "mlflow")) == Packages(("mlflow",), ("-r requirements.txt",))


def test_yaml_and_json_are_read_alike() -> None:
    yaml = "name: credit\nchannels: [conda-forge]\ndependencies:\n- python\n- pip:\n  - mlflow\n"

    assert (
        packages(yaml)
        == packages('{"dependencies": ["python", {"pip": ["mlflow"]}]}')
        == Packages(("python", "mlflow"))
    )


@pytest.mark.parametrize(
    "conda",
    [
        None,
        "",
        "  ",
        "just words",
        "a: [",
        "dependencies: 3",
        "- 1",
        {"dependencies": None},
        7,
        "x" * 300000,
        "a: &a [x, x]\nb: &b [*a, *a]\ndependencies: [*b, *b]\n",
        "!!python/object:os.system {}",
        "[" * 5000,
    ],
)
def test_what_cannot_be_read_says_nothing(conda: object) -> None:
    """Neither a fault nor a finding; anchors, which can stand for a billion values, are not followed."""
    assert packages(conda) is None


@given(
    st.recursive(
        st.none() | st.text() | st.integers() | st.booleans(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["dependencies", "pip", "x"]), inner),
        max_leaves=12,
    )
)
def test_any_shape_is_survived(conda: object) -> None:
    packages(conda)


@given(st.text())
def test_any_text_is_survived(conda: str) -> None:
    packages(conda)
    image(conda)
