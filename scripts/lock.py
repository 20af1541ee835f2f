"""Pin every dependency of `pyproject.toml` with hashes: `make lock`.

Writes requirements.lock (what the product needs), requirements-dev.lock (the test tools on top), and
requirements-audit.lock (the tools of `make audit`, which have an environment of their own). torch is
left out: it is pinned in requirements-torch.txt and installed first, with pip, since its CPU build and
the registry's own have different hashes. Nothing is upgraded unless `--upgrade` is given.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK, DEV_LOCK = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
AUDIT_LOCK = ROOT / "requirements-audit.lock"
TORCH = ROOT / "requirements-torch.txt"
# What the build backend and pip's own tools need beside the project.
BUILD = ["hatchling>=1.27", "editables>=0.5"]


def compile_lock(lines: list[str], output: Path, upgrade: bool) -> str:
    """Resolve requirement lines with pip-compile; returns the lock file's text without torch."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "requirements.in"
        wanted.write_text("\n".join(lines) + "\n", encoding="utf-8")
        made = Path(folder) / "lock"
        if output.exists() and not upgrade:
            made.write_text(output.read_text(encoding="utf-8"), encoding="utf-8")
        command = [
            sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--strip-extras",
            "--allow-unsafe", "--no-annotate", "--no-header", "--no-emit-index-url",
            "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options",
            "--output-file", str(made), str(wanted),
        ]  # fmt: skip
        subprocess.run(command, check=True, cwd=folder)
        text = made.read_text(encoding="utf-8")
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", text)
    left_out = re.compile(r"^(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+)(\[|==| )")
    return "".join(entry for entry in entries if not left_out.match(entry))


def main() -> None:
    """Write the lock files."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    torch = TORCH.read_text(encoding="utf-8").split()
    needed = [line for line in project["dependencies"] if not line.startswith("torch>")] + torch
    dev = project["optional-dependencies"]["dev"]
    upgrade = "--upgrade" in sys.argv
    product = compile_lock(needed + BUILD, LOCK, upgrade)
    head = "# 由 make lock 生成 / made by: make lock. torch: requirements-torch.txt\n"
    LOCK.write_text(head + product, encoding="utf-8")
    pinned = dict(re.findall(r"(?m)^([A-Za-z0-9_.-]+)==([^\s\\;]+)", product))
    # What the product has stays as it is there: a release made in between would part the two locks.
    same = [f"{name}=={version}" for name, version in pinned.items()]
    everything = compile_lock(needed + BUILD + dev + same, DEV_LOCK, upgrade)
    names = set(re.findall(r"(?m)^([A-Za-z0-9_.-]+)==", product))
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", everything)
    own = "".join(e for e in entries if not re.match(r"([A-Za-z0-9_.-]+)==", e) or
                  re.match(r"([A-Za-z0-9_.-]+)==", e)[1] not in names)  # fmt: skip
    for name, version in re.findall(r"(?m)^([A-Za-z0-9_.-]+)==([^\s\\;]+)", everything):
        if pinned.get(name, version) != version:
            sys.exit(f"{name}: {pinned[name]} in requirements.lock, {version} with the test tools")
    DEV_LOCK.write_text(head + own, encoding="utf-8")
    audit = compile_lock(project["optional-dependencies"]["audit"], AUDIT_LOCK, upgrade)
    AUDIT_LOCK.write_text("# 由 make lock 生成 / made by: make lock\n" + audit, encoding="utf-8")


if __name__ == "__main__":
    main()
