"""One name for what the frameworks export under several."""
import re

PREFIXES = [(re.compile(pattern), replacement) for pattern, replacement in (
    (r"^tensorflow\.compat\.v[12](?=\.|$)", "tensorflow"),
    (r"^tensorflow\.(python\.)?keras(?=\.|$)", "keras"),
    (r"^tf_keras(?=\.|$)", "keras"),
    (r"^keras\.(api|src)(\._v2)?(\.keras)?(?=\.|$)", "keras"),
    (r"^keras\.(layers|random|initializers)\.(?:[a-z_0-9]+\.)+(?=\w+$)", r"keras.\1."),
    (r"^keras\.utils\.[a-z_]+_utils\.", "keras.utils."),
    (r"^keras\.preprocessing\.(?=\w+_dataset_from_|image_dataset|text_dataset)", "keras.utils."),
    (r"^keras\.layers\.experimental\.preprocessing\.", "keras.layers."),
    (r"^tensorflow\.data\.experimental\.Dataset", "tensorflow.data.Dataset"),
    (r"^torch\.utils\.data\.(dataloader|dataset|sampler)\.", "torch.utils.data."),
    (r"^torch\.random\.", "torch."),
    (r"^secrets\.SystemRandom", "random.SystemRandom"),
    (r"^torch\.nn\.modules\.[a-z_]+\.", "torch.nn."),
    (r"^numpy\.random\.(mtrand|_generator|_pcg64|_mt19937|_philox|_sfc64|bit_generator)\.", "numpy.random."),
    (r"^concurrent\.futures\.(thread|process|_base)\.", "concurrent.futures."),
    (r"^(lightning\.pytorch|lightning\.fabric|lightning|pytorch_lightning)(?=\.|$)", "lightning"),
    (r"^jax\._src\.random\.", "jax.random."),
)]


def canonical(name):
    for pattern, replacement in PREFIXES:
        name = pattern.sub(replacement, name)
    return name
