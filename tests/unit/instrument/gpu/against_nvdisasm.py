"""Holds the decoder against nvdisasm, instruction by instruction, where both are there.
against_nvdisasm.py LIST_ATOMICS CUBIN_OR_FOLDER..."""
import pathlib
import re
import shutil
import subprocess
import sys

ATOMIC = re.compile(r"^(RED|REDG|REDAS|ATOM|ATOMG|ATOMS|UBLKRED|UTMAREDG)(\.|$)")
INSTRUCTION = re.compile(r"/\*([0-9a-f]{4,})\*/\s+(?:@\S+\s+)?([A-Z][A-Z0-9_.a-z]*)")
SECTION = re.compile(r"\s*\.section\s+\.text\.([^,]+),")
SPACES = {"ATOM": "generic", "ATOMS": "shared", "REDAS": "shared"}
TYPES = {"S32": "s32", "S64": "s64", "U64": "u64", "64": "u64", "128": "b128"}


def expected(mnemonic):
    """Form, operation, type, space as the decoder names them; a loop's type is not compared."""
    parts = mnemonic.split(".")
    space = SPACES.get(parts[0], "global")
    if "CAS" in parts or "CAST" in parts:
        return ("CAS", "swap", None, space)
    form = {"UBLKRED": "UBLKRED", "UTMAREDG": "UTMAREDG"}.get(
        parts[0], "RED" if parts[0].startswith("RED") else "ATOM")
    operation = "other"
    for part in parts[1:]:
        if part in ("ADD", "MIN", "MAX", "INC", "DEC", "AND", "OR", "XOR"):
            operation = part.lower()
            break
        if part in ("EXCH", "POPC"):
            operation = "exchange" if part == "EXCH" else "other"
            break
    kind = "u32"
    for part in parts[1:]:
        if re.fullmatch(r"B?F16(x[248])?|F32(x[24])?|F64", part):
            kind = part.lower()
        kind = TYPES.get(part, kind)
    return (form, operation, None if form == "UTMAREDG" else kind, space)


def disassembled(cubin):
    text = subprocess.run(["nvdisasm", "-c", cubin], capture_output=True, text=True).stdout
    function, found = None, {}
    for line in text.splitlines():
        if section := SECTION.match(line):
            function = section.group(1)
        elif (one := INSTRUCTION.search(line)) and ATOMIC.match(one.group(2)):
            found[(function, int(one.group(1), 16))] = expected(one.group(2))
    return bool(function), found


def main():
    if not shutil.which("nvdisasm"):
        print("skipped: there is no nvdisasm")
        return 77
    cubins = []
    for name in sys.argv[2:]:
        path = pathlib.Path(name)
        cubins += sorted(path.glob("*.cubin")) if path.is_dir() else [path]
    agreed = wrong = unread = 0
    for cubin in cubins:
        known, theirs = disassembled(cubin)
        if not known:
            unread += 1
            continue
        ours = {}
        listed = subprocess.run([sys.argv[1], cubin], capture_output=True, text=True, check=True)
        for line in listed.stdout.splitlines():
            name, offset, *what = line.rsplit(" ", 5)
            ours[(name, int(offset, 16))] = what
        for place in sorted(ours.keys() | theirs.keys(), key=str):
            pair = zip(ours.get(place, ["nothing"] * 4), theirs.get(place, ["nothing"] * 4))
            if all(b is None or a == b for a, b in pair):
                agreed += 1
            else:
                wrong += 1
                print(f"{cubin} {place}: {ours.get(place)} for {theirs.get(place)}")
    print(f"{agreed} atomics agree, {wrong} do not, in {len(cubins) - unread} cubins")
    return 1 if wrong or not agreed else 0


sys.exit(main())
