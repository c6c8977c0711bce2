"""Validates the recorded reports against docs/report.schema.json, and that the schema refuses what is
no report. Usage: report_schema.py SCHEMA FOLDER"""

import copy
import json
import pathlib
import sys

import jsonschema


def members(value, path=()):
    """Every member of every object in value, by path; of arrays the first element speaks."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield path + (name,)
            yield from members(inner, path + (name,))
    elif isinstance(value, list) and value:
        yield from members(value[0], path + (0,))


def parent(document, path):
    for name in path[:-1]:
        document = document[name]
    return document


def broken_versions(report):
    """Reports with one member missing, of another kind, or one too many."""
    for path in members(report):
        if path[0] == "environment" and len(path) > 1:
            continue
        missing = copy.deepcopy(report)
        del parent(missing, path)[path[-1]]
        yield f"without {path}", missing
        other = copy.deepcopy(report)
        parent(other, path)[path[-1]] = [[{}]]
        yield f"another kind of {path}", other
        if path != ("environment",) and isinstance(parent(report, path)[path[-1]], dict):
            more = copy.deepcopy(report)
            parent(more, path)[path[-1]]["invented"] = 1
            yield f"more in {path}", more


def main():
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failures = []
    # `empty` is a model nobody filled in: it renders, and is no report.
    files = sorted(f for f in pathlib.Path(sys.argv[2]).glob("*.json") if f.stem != "empty")
    for file in files:
        for error in validator.iter_errors(json.loads(file.read_text())):
            failures.append(f"{file.name}: {error.json_path}: {error.message}")
    report = json.loads((pathlib.Path(sys.argv[2]) / "divergent.json").read_text())
    refused = 0
    for what, broken in broken_versions(report):
        if validator.is_valid(broken):
            failures.append(f"accepted: {what}")
        refused += 1
    print("\n".join(failures) or f"{len(files)} reports are valid, {refused} broken ones refused")
    return 1 if failures or len(files) < 5 or refused < 100 else 0


sys.exit(main())
