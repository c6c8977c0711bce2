"""All rules: each family is a module with `judge(module)`, which yields findings."""
from . import (arrival_order, autotuning, dataset_order, deterministic_ops, entropy_seeds, file_order,
               global_seeds, key_reuse, loaders, set_order, string_hashes, unseeded_generators,
               unseeded_layers)

FAMILIES = [unseeded_generators, global_seeds, entropy_seeds, dataset_order, unseeded_layers, deterministic_ops,
            autotuning, loaders, set_order, file_order, string_hashes, arrival_order, key_reuse]


def judge(module):
    found = {(finding.code, finding.node): finding for family in FAMILIES for finding in family.judge(module)}
    return sorted(found.values(), key=lambda f: (*f.begin(), f.code))
