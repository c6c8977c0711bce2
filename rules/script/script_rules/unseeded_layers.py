"""Keras' dropout, noise and augmentation layers without a seed, in a script that sets no global one."""
import re

from .call import argument
from .finding import Finding
from .script import script_of

LAYERS = re.compile(r"^keras\.layers\.((Spatial|Gaussian|Alpha)?Dropout(1D|2D|3D)?|GaussianNoise|Random\w+|"
                    r"AutoContrast|MixUp|CutMix|AugMix|RandAugment)$")


def judge(module):
    script = script_of(module)
    if script.begins is None or script.is_seeded("keras"):
        return
    for call, name in module.calls():
        if LAYERS.match(name or "") and argument(call, None, "seed") is None:
            layer = name.rpartition(".")[2]
            yield Finding(
                "DET309", "unseeded-rng", call,
                message=f"`{layer}` has no seed, and the script sets none that reaches it",
                label="Keras draws its seed from Python's `random`",
                fix=f"pass `seed=seed`, or add `{module.spelling('keras.utils.set_random_seed')}(seed)` "
                    f"{script.where(call, 'the layer')}")
