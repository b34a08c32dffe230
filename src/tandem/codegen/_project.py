"""The package on disk: openapi-python-client reads the schemas and renders our templates, pinned ruff lays them out."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
from openapi_python_client import Project as BaseProject
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError

from ._document import Node, read_document
from ._errors_tree import drawn_tree, error_classes
from ._method_docs import method_doc, url_doc
from ._plan import Plan
from ._problem import CodegenError
from ._prose import docstring

GENERATOR, RUFF = "0.29.1", "0.17.6"
_QUIET = ("--isolated", "--no-cache", "--line-length", "120", "--target-version", "py311", "-q")
_IMPORTS = ("--config", "lint.isort.split-on-trailing-comma=false")
_RUFF_STEPS = (
    ("check", *_QUIET, *_IMPORTS, "--select", "I,F401,F541", "--fix", "."),
    ("format", *_QUIET, "--config", "format.skip-magic-trailing-comma=true", "."),
    ("check", *_QUIET, "--select", "F,E9", "."),
)


def generate(source: Path, target: Path) -> None:
    """Write the package for a document; whatever else stood in the target folder is gone. Raises CodegenError."""
    _check_versions()
    document = read_document(source)
    plan = Plan(document)
    if target.exists() and not _is_ours(target):
        raise CodegenError(f"{target} is no package of this generator, so it is not replaced. Name another folder.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".generating-") as scratch:
        package = Path(scratch) / plan.root.package
        _Project(document, plan, source.name, package).write()
        if target.exists():
            shutil.rmtree(target)
        package.rename(target)


class _Project(BaseProject):
    """The stock project with another layout: models by plan, one module per resource, an error tree, the document."""

    def __init__(self, document: Node, plan: Plan, source: str, package: Path) -> None:
        config = _config(plan.root.package, package)
        parsed = GeneratorData.from_dict(plan.for_parser(), config=config)
        if isinstance(parsed, GeneratorError):
            raise CodegenError(f"The generator refuses the schemas: {_said([parsed])}")
        super().__init__(openapi=parsed, config=config, custom_template_path=_templates())
        self._document = document
        self._plan = plan
        _prepare(self.env, document_name=docstring([source]), root=plan.root)

    def write(self) -> None:
        """Render everything. Raises CodegenError on any warning."""
        self._refuse_problems()
        with contextlib.redirect_stdout(io.StringIO()):
            self.build()
        self._refuse_problems()

    def _refuse_problems(self) -> None:
        problems = self._get_errors()
        if problems:
            raise CodegenError(f"The generator warns: {_said(problems)}")

    def _create_package(self) -> None:
        self._render("package_init.py.jinja", "__init__.py")
        self._write("py.typed", "")
        self._write("_document.json", json.dumps(self._document, ensure_ascii=False, separators=(",", ":")) + "\n")
        errors = error_classes(self._plan.root.error)
        self._render("errors.py.jinja", "errors.py", errors=errors, error_tree=drawn_tree(self._plan.root.error))

    def _build_models(self) -> None:
        found = self._plan.models
        parsed = {str(model.class_info.name) for model in self.openapi.models}
        lost = sorted(set(found.models) - parsed)
        if lost:
            raise CodegenError(f"The generator lost the schema {lost[0]!r}.")
        modules = dict(found.exports())
        for model in found.models.values():
            self._render("model.py.jinja", f"models/{model.module}.py", model=model)
        for union in found.unions.values():
            self._render("union.py.jinja", f"models/{union.module}.py", union=union, modules=modules)
        for enum in found.enums.values():
            self._render("literal_enum.py.jinja", f"models/{enum.module}.py", enum=enum)
        unions = list(found.unions.values())
        self._render("models_init.py.jinja", "models/__init__.py", exports=found.exports(), unions=unions)

    def _build_api(self) -> None:
        for resource in self._plan.resources:
            self._render("endpoint_init.py.jinja", f"resources/{resource.module}.py", resource=resource)
        self._render("resources_init.py.jinja", "resources/__init__.py")
        tops = [resource for resource in self._plan.resources if len(resource.path) == 1]
        self._render("api.py.jinja", "api.py", tops=tops)

    def _run_post_hooks(self) -> None:
        for step in _RUFF_STEPS:
            command = [sys.executable, "-m", "ruff", *step]
            done = subprocess.run(command, cwd=self.package_dir, capture_output=True, text=True, check=False)  # noqa: S603 - fixed command
            if done.returncode:
                raise CodegenError(f"ruff {step[0]} failed on the generated code: {done.stderr or done.stdout}")

    def _render(self, template: str, path: str, **values: Any) -> None:
        self._write(path, self.env.get_template(template).render(**values))

    def _write(self, path: str, text: str) -> None:
        file = self.package_dir / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")


def _is_ours(folder: Path) -> bool:
    """Whether replacing a folder loses nothing: it is empty, or was generated."""
    first = folder / "__init__.py"
    if first.is_file():
        return first.read_text(encoding="utf-8", errors="replace").startswith("# Generated by tandem.codegen ")
    return folder.is_dir() and not any(folder.iterdir())


def _prepare(environment: Any, **values: Any) -> None:
    """Make a misspelled name in a template an error, and give the templates what they need everywhere."""
    environment.undefined = jinja2.StrictUndefined
    environment.filters.update(python=repr, keys=_keys, doc=_doc, method_doc=method_doc, url_doc=url_doc)
    environment.globals.update(values)


def _doc(text: str) -> str:
    return docstring([text])


def _keys(names: Iterable[str]) -> str:
    listed = ", ".join(repr(name) for name in names)
    return f"frozenset({{{listed}}})" if listed else "frozenset[str]()"


def _config(package: str, target: Path) -> Config:
    file = ConfigFile(package_name_override=package, post_hooks=[], literal_enums=True)
    return Config.from_sources(
        file, MetaType.NONE, document_source=target, file_encoding="utf-8", overwrite=True, output_path=target
    )


def _templates() -> Path:
    # In a checkout the templates stand beside `src`; in an installed package they come with it.
    here = Path(__file__).resolve()
    for folder in (here.parent / "templates", here.parents[3] / "templates"):
        if folder.is_dir():
            return folder
    raise CodegenError(f"The templates are missing: there is no {here.parents[3] / 'templates'}.")


def _said(problems: Iterable[GeneratorError]) -> str:
    return "; ".join(f"{problem.header} {problem.detail or ''}".strip() for problem in problems)


def _check_versions() -> None:
    for package, wanted in (("openapi-python-client", GENERATOR), ("ruff", RUFF)):
        found = version(package)
        if found != wanted:
            raise CodegenError(f"{package} must be {wanted} exactly, but {found} is installed.")
