"""What an audit must have found: (status, found) of each."""
import re

from table import FAILED, MEASURED, PASSED, Failed


def judge(good, found):
    return (PASSED if good else FAILED), found


def short(text, most=110):
    return text if len(text) <= most else text[:most - 3] + "..."


def verdict_of(audit):
    if audit.report is None:
        raise Failed(audit.err)
    said = audit.report["audit"]
    reasons = "; ".join(said.get("reasons", []) + audit.report["coverage"]["unseen"])
    return said["verdict"], short(f"{said['verdict']}: {reasons}" if reasons else said["verdict"], 300)


def origin_at(audit, kernel, cause=None):
    """The runs parted, and an origin is a kernel whose name has `kernel` (a pattern) in it."""
    verdict, said = verdict_of(audit)
    if verdict != "divergent":
        return judge(False, said)
    origins = [finding for finding in audit.report["findings"]
               if finding["origin"] and re.search(kernel, finding.get("kernel") or "", re.IGNORECASE)]
    if not origins:
        named = [finding.get("kernel") or finding["op"] for finding in audit.report["findings"]]
        return judge(False, short("origins elsewhere: " + ", ".join(named), 300))
    first = next((origin for origin in origins if origin["cause"] == cause), origins[0])
    return judge(cause in (None, first["cause"]),
                 f"{first['cause']} ({first['proof']}): {short(first['kernel'])}")


def alike(audit, runs):
    """All runs agreed, and what they did on the GPU was seen."""
    verdict, said = verdict_of(audit)
    if verdict != "reproducible":
        findings = [finding.get("kernel") or finding["op"] for finding in audit.report["findings"]]
        return judge(False, short(f"{', '.join(findings)}: {said}" if findings else said, 300))
    found = audit.report["runs"]
    distinct = len({run["digest"] for run in found})
    seen, digested = audit.launches()
    return judge(len(found) == runs and distinct == 1 and seen > 0,
                 f"{len(found)} of {runs} alike, {audit.events()} events a run, {digested} of "
                 f"{seen} launches digested")


def ratio(seconds, base, most=None):
    """`seconds` against `base`; judged where there is a most."""
    found = f"{seconds / base:.2f}x: {seconds * 1e3:.4g} ms a step, {base * 1e3:.4g} ms alone"
    return (MEASURED, found) if most is None else judge(seconds <= most * base, found)


def digested_share(audit, least=None):
    if audit.report is None:
        raise Failed(audit.err)
    seen, digested = audit.launches()
    if not seen:
        raise Failed("no launch was seen")
    found = f"{100 * digested / seen:.1f}%: {digested} of {seen}"
    return (MEASURED, found) if least is None else judge(digested >= least * seen, found)
