"""Feed damaged files to a reader and count what it does: read, refuse with a message, or fail.

    python scripts/fuzz_ingest.py docx --count 20000 --seed 1
    python scripts/fuzz_ingest.py pdf --samples ../shared/ingest/ofd

A case is made of the samples by its number and the seed alone, so that it can be made again. Cases run in a
child process with a limit on memory; one that crashes it, takes more than 10 s, needs more than 1 GB or
raises anything but SourceError is a failure and is written to the folder of failures. A run that was
stopped goes on where it was; --fresh begins anew.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import select
import struct
import subprocess
import sys
import time
import traceback
import zipfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SHARED = ROOT.parent / "shared" / "ingest"
FOLDERS = {
    "docx": SHARED / "doc_docx", "doc": SHARED / "doc_docx", "html": SHARED / "govcn_html",
    "ofd": SHARED / "ofd", "pdf": SHARED / "ofd", "txt": SHARED / "doc_docx", "md": SHARED / "doc_docx",
}  # fmt: skip
LARGEST_SAMPLE = 60_000
MOST_SAMPLES = 12
SLOW = 10.0
STEP = 500
MEMORY = 1 << 30
NUMBERS = (
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFE,
    0xFFFFFFFF,
)
WORDS = (
    "0",
    "-1",
    "1",
    "9",
    "200",
    "65535",
    "2147483648",
    "99999999999999999999",
    "x",
    "",
    "../../a",
    "continue",
)

_TEXT = (
    "\t",
    "\n",
    "\r",
    "\f",
    "\u2029",
    "\u2004",
    "\u3000",
    "\ufeff",
    "第一条",
    "（一）",
    "1.",
    "\x00",
    "\x1b",
    "\ue000",
    "\u202e",
    "𠮷",
    "〔",
)
_MARKDOWN = (
    "#", "*", "_", "`", "```\n", "~~~", "> ", "- ", "1. ", "    ", "|", "|-|-|\n", "[", "]", "(", ")", "![", "<", "&amp;", "\\", "---\n",
    "<!--", "-->", "[a]: b\n", "<b>", "</table>", "<script>",
)  # fmt: skip
_HTML = (
    "<", ">", "&", "&#x110000;", "&#0;", "&nbsp;", "<table>", "</table>", "<tr>", "<td rowspan=200 colspan=200>", "<td>", "</td>", "<p>",
    "</p>", "<div>", "</div>", "<!--", "-->", "<script>", "</script>", "<ol><li>", "</ol>", "<sup>", "<pre>", "<![CDATA[", "<?xml ?>",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>", "&b;", "<svg><style>", "<template>", "</body>", "<title>", "<meta charset=utf-16>", "<b style='display:none'>",
)  # fmt: skip
SIGNS = {"txt": _TEXT, "md": (*_TEXT, *_MARKDOWN), "html": (*_TEXT, *_HTML)}


def samples(kind: str, folder: Path | None) -> list[bytes]:
    """Small files of a format: those of the folder, and our own."""
    from qa_bot.ingest import FORMATS

    folder = folder or FOLDERS[kind]
    suffixes = (".txt",) if kind == "md" else FORMATS[kind].suffixes
    found = [
        path.read_bytes()
        for path in sorted(folder.glob("*") if folder.is_dir() else ())
        if path.suffix.lower() in suffixes and path.stat().st_size <= LARGEST_SAMPLE
    ][:MOST_SAMPLES]
    found.extend(own(kind))
    if not found:
        sys.exit(f"no sample of {kind} in {folder}: give --samples")
    return found


def own(kind: str) -> list[bytes]:
    """Samples that need no folder."""
    from tests import word_samples as word

    if kind == "docx":
        body = "".join(
            (
                word.paragraph("某市停车办法", properties='<w:jc w:val="center"/>'),
                *(
                    word.paragraph(
                        "为了规范停车，制定本办法。",
                        properties='<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>',
                    )
                    for _ in range(3)
                ),
                word.paragraph(
                    "<w:ins><w:r><w:t>插入</w:t></w:r></w:ins><w:del><w:r><w:delText>删去</w:delText></w:r></w:del>",
                    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>'
                    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>',
                    '<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:pict><v:textbox><w:txbxContent><w:p><w:r><w:t>框</w:t></w:r></w:p></w:txbxContent></v:textbox></w:pict></w:r>',
                ),
                word.table(
                    word.cell("序号", properties='<w:vMerge w:val="restart"/>') + word.cell("金额"),
                    word.cell("", properties="<w:vMerge/>") + word.cell("50元"),
                    word.cell(
                        "合计", word.table(word.cell("内")), properties='<w:gridSpan w:val="2"/>'
                    ),
                ),
                '<w:sectPr><w:headerReference r:id="r_header"/></w:sectPr>',
            )
        )
        numbering = (
            '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>'
            '<w:lvlText w:val="第%1条"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        )
        notes = '<w:footnote w:id="2"><w:p><w:r><w:t>注</w:t></w:r></w:p></w:footnote>'
        header = word.paragraph("某市公报")
        return [word.docx(body, numbering=numbering, footnotes=notes, header=header)]
    if kind == "doc":
        edges = [0, 1000, 2000]
        cells = [word.Para([(text, b"")], word.IN_TABLE, "\x07") for text in "甲乙"]
        content = word.Doc(
            [
                word.Para([("某市停车办法", b"")], word.CENTRED),
                *(word.Para([("为了规范停车", b""), ("隐藏", word.HIDDEN), ("\x02", word.SPECIAL)], word.in_list()) for _ in range(3)),
                word.Para([("甲\x13PAGE\x141\x15乙", b""), ("删去", word.DELETED)]),
                *cells, word.row_end(edges, {0: 0x60}), *cells, word.row_end(edges, {0: 0x20}),
                word.Para([("合计", b"")], word.IN_TABLE, "\x07"), word.row_end([0, 2000]), word.Para([("末", b"")]),
            ],
            headers=["某市公报"], boxes=["框"], notes=["注", "注", "注"], levels=[(39, "第\0条")],
        )  # fmt: skip
        return [word.doc(content)]
    if kind == "md":
        return [
            "---\ntitle: 某市停车办法\n---\n# 某市停车办法\n\n1. 甲\n2. 乙\n   - 丙\n\n| 序号 | 金额 |\n|---|---|\n| 1 | **50元** |\n\n> 引\n\n[链接](a) `code` <b>粗</b>\n".encode()
            * 3
        ]
    if kind == "html":
        return [
            "<html><head><title>某市</title></head><body><h1>停车办法</h1><table><tr><td rowspan=2>甲<td>乙<tr><td>丙</table><ol><li>一<li>二</ol>".encode()
        ]
    if kind == "txt":
        return [
            "第一条 为了规范停车，制定本办法。\n序号\t金额\n1\t50元\n".encode(encoding)
            for encoding in ("utf-8", "gb18030", "utf-16")
        ]
    return []


def mutated(random_: random.Random, files: list[bytes], kind: str) -> bytes:
    """A damaged file."""
    data = random_.choice(files)
    for _ in range(random_.choice((1, 1, 1, 2, 3, 6))):
        if data[:2] == b"PK" and random_.random() < 0.75:
            data = inner(random_, data, files)
        elif kind in SIGNS and random_.random() < 0.8:
            data = characters(random_, data, SIGNS[kind])
        elif kind == "doc" and random_.random() < 0.5:
            data = sectors(random_, data)
        else:
            data = damaged(random_, data, files)
        if len(data) > 4_000_000:
            break
    return data


def characters(random_: random.Random, data: bytes, signs: tuple[str, ...]) -> bytes:
    """A text with signs put in, parts moved, repeated or taken out, that is still in its encoding."""
    for encoding in ("utf-8", "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        return data
    for _ in range(random_.choice((1, 2, 5, 20))):
        at, place = (random_.randint(0, len(text)) for _ in range(2))
        length = random_.choice((1, 3, 20, 300))
        way = random_.randrange(5)
        if way == 0:
            text = text[:at] + text[at + length :]
        elif way == 1:
            text = text[:at] + text[place : place + length] + text[at:]
        elif way == 2:
            text = text[:at] + text[at : at + length] * random_.choice((2, 5, 100)) + text[at:]
        else:
            text = (
                text[:at]
                + random_.choice(signs) * random_.choice((1, 1, 1, 2, 10, 300))
                + text[at:]
            )
        text = text[:400_000]
    return text.encode(encoding, "replace")


def damaged(random_: random.Random, data: bytes, files: list[bytes]) -> bytes:
    """Bytes changed, cut, repeated, or replaced by those of another file."""
    if not data:
        return random_.randbytes(random_.randint(0, 40))
    out = bytearray(data)
    at = random_.randrange(len(out))
    length = min(random_.choice((1, 2, 4, 16, 100, 2000)), len(out) - at)
    way = random_.randrange(9)
    if way == 0:
        for _ in range(random_.choice((1, 4, 32, 256))):
            place = random_.randrange(len(out))
            out[place] ^= 1 << random_.randrange(8)
    elif way == 1:
        out[at : at + length] = random_.randbytes(length)
    elif way == 2:
        out[at : at + 4] = struct.pack("<I", random_.choice(NUMBERS))
    elif way == 3:
        out = out[:at] if random_.random() < 0.7 else out[at:]
    elif way == 4:
        del out[at : at + length]
    elif way == 5:
        out[at:at] = out[at : at + length] * random_.choice((1, 2, 50, 1000))
    elif way == 6:
        other = random_.choice(files)
        place = random_.randrange(len(other)) if other else 0
        out[at : at + length] = other[place : place + length]
    elif way == 7:
        other = random_.choice(files)
        place = random_.randrange(len(other)) if other else 0
        out[at:] = other[place:]
    else:
        place = random_.randrange(len(out))
        out[at : at + length], out[place : place + length] = (
            out[place : place + length],
            out[at : at + length],
        )
    return bytes(out)


def sectors(random_: random.Random, data: bytes) -> bytes:
    """512-byte sectors of an OLE container swapped, copied, emptied; numbers in header and tables changed."""
    out = bytearray(data)
    count = len(out) // 512
    if count < 3:
        return bytes(out)
    first, second = (random_.randrange(count) * 512 for _ in range(2))
    way = random_.randrange(6)
    if way == 0:
        out[first : first + 512], out[second : second + 512] = (
            out[second : second + 512],
            out[first : first + 512],
        )
    elif way == 1:
        out[first : first + 512] = out[second : second + 512]
    elif way == 2:
        out[first : first + 512] = bytes(512) if random_.random() < 0.5 else b"\xff" * 512
    elif way == 3:
        struct.pack_into(
            "<I",
            out,
            4 * random_.randrange(0x10, 0x80),
            random_.choice((*NUMBERS, random_.randrange(count))),
        )
    else:
        for _ in range(random_.choice((1, 3, 10))):
            place = first + 4 * random_.randrange(128)
            struct.pack_into(
                "<I",
                out,
                place,
                random_.choice((*NUMBERS, random_.randrange(count), random_.randrange(len(out)))),
            )
    return bytes(out)


def inner(random_: random.Random, data: bytes, files: list[bytes]) -> bytes:
    """A ZIP archive whose parts were changed and packed again."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
        NotImplementedError,
        struct.error,
    ):
        return damaged(random_, data, files)
    way = random_.randrange(12)
    texts = [
        index
        for index, (name, part) in enumerate(parts)
        if part and name.lower().endswith((".xml", ".rels"))
    ]
    if way == 0 and parts:
        del parts[random_.randrange(len(parts))]
    elif way == 1 and parts:
        name, part = random_.choice(parts)
        parts.append(
            (
                random_.choice(
                    (
                        name,
                        f"../{name}",
                        f"/{name}",
                        "a" * 300,
                        name.upper(),
                        name.replace("/", "\\"),
                    )
                ),
                part,
            )
        )
    elif way == 2 and parts:
        index = random_.randrange(len(parts))
        other = random_.choice(parts)
        parts[index] = (parts[index][0], other[1])
    elif texts:
        # The main part more often than the others.
        weights = [
            5 if "document" in parts[index][0] or "Content" in parts[index][0] else 2
            for index in texts
        ]
        index = random_.choices(texts, weights)[0]
        name, part = parts[index]
        parts[index] = (
            name,
            markup(random_, part) if random_.random() < 0.8 else damaged(random_, part, [part]),
        )
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, part in parts:
                archive.writestr(name or "_", part)
    except (ValueError, UnicodeError):
        return data
    return out.getvalue()


def markup(random_: random.Random, part: bytes) -> bytes:
    """XML that mostly stays well-formed: values changed, elements repeated, taken out, wrapped, nested."""
    import re

    values = list(re.finditer(rb'="([^"<]*)"', part))
    elements = list(re.finditer(rb"<([A-Za-z0-9:]+)(?: [^<>]*)?/>", part))
    blocks = list(
        re.finditer(
            rb"<((?:w|ofd):[A-Za-z]+)(?: [^<>]*)?>(?:(?!<\1[ >]).){0,4000}?</\1>", part, re.DOTALL
        )
    )
    way = random_.randrange(8)
    if way < 3 and values:
        for _ in range(random_.choice((1, 2, 8))):
            match = random_.choice(values)
            new = random_.choice((random_.choice(WORDS).encode(), random_.choice(values)[1]))
            part = part[: match.start(1)] + new + part[match.end(1) :]
            values = list(re.finditer(rb'="([^"<]*)"', part)) or values
    elif way == 3 and elements:
        match = random_.choice(elements)
        part = part[: match.start()] + part[match.end() :]
    elif way == 4 and blocks:
        match = random_.choice(blocks)
        part = part[: match.end()] + match[0] * random_.choice((1, 3, 100)) + part[match.end() :]
    elif way == 5 and blocks:
        match = random_.choice(blocks)
        part = part[: match.start()] + part[match.end() :]
    elif way == 6 and blocks:
        match, other = random_.choice(blocks), random_.choice(blocks)
        part = part[: match.start()] + other[0] + part[match.end() :]
    elif blocks:
        match = random_.choice(blocks)
        depth = random_.choice((1, 5, 60, 240, 300))
        opening = re.match(rb"<[^<>]*>", match[0])
        if opening:
            part = (
                part[: match.start()]
                + opening[0] * depth
                + match[0]
                + b"</"
                + match[1]
                + b">" * depth
                + part[match.end() :]
            )
            part = (
                part.replace(b"</" + match[1] + b">" * depth, (b"</" + match[1] + b">") * depth)
                if depth > 1
                else part
            )
    return part


def case(kind: str, seed: int, number: int, files: list[bytes]) -> bytes:
    """The damaged file of that number."""
    return mutated(random.Random(f"{kind}:{seed}:{number}"), files, kind)


def child(kind: str, seed: int, first: int, last: int, folder: Path | None) -> None:
    """Run cases; a line before each and one behind it."""
    import resource

    from qa_bot.errors import SourceError
    from qa_bot.ingest import FORMATS
    from qa_bot.ingest.formats import read_bytes

    files = samples(kind, folder)
    name = f"case{FORMATS[kind].suffixes[0]}"
    base = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (base + MEMORY, base + MEMORY))
    for number in range(first, last):
        data = case(kind, seed, number, files)
        print(f"start {number}", flush=True)
        began = time.monotonic()
        try:
            found = read_bytes(data, name)
            check(found)
            outcome = "read"
        except SourceError as error:
            outcome = (
                "refused"
                if "\n" not in str(error) and len(str(error)) < 1000
                else "failed: not one short line"
            )
        except MemoryError:
            outcome = "failed: memory"
        except BaseException:
            outcome = "failed: " + " | ".join(traceback.format_exc().splitlines()[-4:])[:400]
        print(f"end {number} {time.monotonic() - began:.3f} {outcome}", flush=True)


def check(found) -> None:  # noqa: ANN001
    """What every reader guarantees of its text and spans."""
    found.text.encode()
    for spans in (found.asides, found.furniture):
        for start, end in spans:
            assert 0 <= start <= end <= len(found.text), "a span beyond the text"
        assert list(spans) == sorted(spans), "spans in disorder"
    assert list(found.pages) == sorted(found.pages), "pages in disorder"


def run(arguments: argparse.Namespace) -> int:
    """Run all cases in children. Returns how many failed."""
    kind, out = arguments.format, Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / f"{kind}-{arguments.seed}.json"
    state = {"next": 0, "read": 0, "refused": 0, "failed": [], "slowest": 0.0, "seconds": 0.0}
    if checkpoint.is_file() and not arguments.fresh:
        state = json.loads(checkpoint.read_text())
    files = samples(kind, arguments.samples)
    began = time.monotonic() - state["seconds"]
    shown = time.monotonic()
    while state["next"] < arguments.count:
        last = min(state["next"] + STEP, arguments.count)
        command = [
            sys.executable,
            __file__,
            kind,
            "--child",
            f"{state['next']}:{last}",
            "--seed",
            str(arguments.seed),
        ]
        if arguments.samples:
            command += ["--samples", str(arguments.samples)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        running = watch(process, state, out, kind, arguments.seed, files)
        if running is not None and state["next"] < last:
            code = process.wait()
            fail(
                state,
                out,
                kind,
                running,
                f"crash or over {SLOW:.0f} s ({code})",
                case(kind, arguments.seed, running, files),
            )
            state["next"] = running + 1
        elif running is None and state["next"] < last:
            sys.exit(f"the child did not start: run with --child {state['next']}:{last} to see why")
        state["seconds"] = time.monotonic() - began
        checkpoint.write_text(json.dumps(state))
        if time.monotonic() - shown > 20 or state["next"] >= arguments.count:
            shown = time.monotonic()
            print(summary(kind, arguments.seed, state), file=sys.stderr, flush=True)
    print(summary(kind, arguments.seed, state))
    return len(state["failed"])


def watch(
    process: subprocess.Popen, state: dict, out: Path, kind: str, seed: int, files: list[bytes]
) -> int | None:
    """Count what the child says. Returns the case in which it ended or was killed; `None` if in none."""
    running: int | None = None
    buffer = b""
    deadline = time.monotonic() + 120  # the start takes a while on a busy machine
    while True:
        ready, _, _ = select.select([process.stdout], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            process.kill()
            return running
        content = process.stdout.read1(65536)
        if not content:
            return running
        buffer += content
        *lines, buffer = buffer.split(b"\n")
        for line in lines:
            word, number, *rest = line.decode(errors="replace").split(" ", 3)
            if word == "start":
                running = int(number)
                deadline = time.monotonic() + SLOW
            elif word == "end":
                state["next"] = int(number) + 1
                state["slowest"] = max(state["slowest"], float(rest[0]))
                if rest[1] in ("read", "refused"):
                    state[rest[1]] += 1
                else:
                    fail(
                        state, out, kind, int(number), rest[1], case(kind, seed, int(number), files)
                    )
                running = None
                deadline = time.monotonic() + 60


def fail(state: dict, out: Path, kind: str, number: int, why: str, data: bytes) -> None:
    """Keep a case that failed."""
    state["failed"].append([number, why])
    (out / f"{kind}-{number}.bin").write_bytes(data)
    print(f"{kind} {number}: {why}", file=sys.stderr, flush=True)


def summary(kind: str, seed: int, state: dict) -> str:
    """One line of figures."""
    return (
        f"{kind} seed {seed}: {state['next']} cases, read {state['read']}, refused {state['refused']}, "
        f"failed {len(state['failed'])}, slowest {state['slowest']:.2f} s, {state['seconds']:.0f} s in all"
    )


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("format", choices=sorted(FOLDERS))
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--out", default=str(ROOT / "eval" / "reports" / "fuzz"))
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        first, last = map(int, arguments.child.split(":"))
        child(arguments.format, arguments.seed, first, last, arguments.samples)
        return
    sys.exit(1 if run(arguments) else 0)


if __name__ == "__main__":
    main()
