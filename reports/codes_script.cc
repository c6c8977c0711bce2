#include "reports/code_tables.h"

namespace detaudit::reports {
namespace {

constexpr const char* kDraws =
    "Everything drawn differs in every run: shuffles, augmentation, initial weights.";

constexpr Code kScriptCodes[] = {
    {"DET301", "script-unseeded-generator", Severity::kError,
     "A script makes a random generator without a seed. It takes one from the system's entropy, "
     "whatever the framework's global seed is.",
     kDraws,
     "rng = numpy.random.default_rng()",
     "Pass a seed of the run's configuration.\n"
     "- NumPy: numpy.random.default_rng(seed); numpy.random.seed does not reach it.\n"
     "- Python: random.Random(seed)."},
    {"DET302", "script-missing-seed", Severity::kError,
     "A script draws from a global generator (Python's random, NumPy, PyTorch, TensorFlow, the layers "
     "of Keras) and sets no seed at all. The finding is at the first draw.\n"
     "Only scripts are meant: those with `if __name__ == \"__main__\"`, or that draw or train as they "
     "are read. A library's functions take the seed that their caller set.",
     kDraws, "x = numpy.random.rand(64, 8)",
     "Seed every generator before the first draw.\n"
     "- Keras, and TensorFlow: keras.utils.set_random_seed(seed), which seeds Python and NumPy too.\n"
     "- PyTorch: torch.manual_seed(seed). NumPy: numpy.random.seed(seed). Python: random.seed(seed)."},
    {"DET303", "script-partial-seed", Severity::kError,
     "A script sets a seed that does not reach all it draws from, or sets it after the first draw. "
     "tf.random.set_seed alone leaves Keras' layers (their seeds are drawn from Python's random), "
     "NumPy and Python unseeded.",
     kDraws,
     "tf.random.set_seed(7)\n"
     "model = keras.Sequential([keras.layers.Dense(16)])",
     "Call keras.utils.set_random_seed(seed) in its place, or seed each generator, before the first "
     "draw."},
    {"DET304", "script-entropy-seed", Severity::kError,
     "A seed is made of the time, of the process's number or of the system's entropy (os.urandom, "
     "secrets, uuid4, torch.seed(), random.seed() without an argument).",
     "Every run has another seed, and unless it is logged no run can be repeated.",
     "random.seed(time.time())", "Take the seed from the run's configuration, and log it."},
    {"DET305", "dataset-unseeded-shuffle", Severity::kError,
     "A script shuffles a tf.data pipeline, its files or a folder of samples without a seed, and sets "
     "no global one. Dataset.list_files and Keras' ..._dataset_from_directory shuffle by default.",
     "Batches hold other samples in every run, and training takes another course.", "dataset.shuffle(1024)",
     "Pass seed=seed, or call keras.utils.set_random_seed(seed) first."},
    {"DET306", "dataset-shuffle-by-caller", Severity::kNote,
     "A function shuffles a tf.data pipeline without a seed of its own. Whether the order repeats "
     "depends on the global seed that its caller sets, and on all operations created before.",
     "Batches hold other samples in every run unless the caller sets TensorFlow's seed.",
     "def pipeline(dataset): return dataset.shuffle(1024)", "Take a seed as an argument, and pass it to shuffle."},
    {"DET307", "dataset-reshuffled-each-epoch", Severity::kNote,
     "A seeded tf.data shuffle changes its order in every epoch (reshuffle_each_iteration=True). That "
     "repeats from run to run.",
     "A run that resumes at a later epoch begins with the order of the first one, and take and skip "
     "behind the shuffle split the data anew in every epoch.",
     "dataset.shuffle(1024, seed=7, reshuffle_each_iteration=True)",
     "Pass reshuffle_each_iteration=False, or make the pipeline anew in each epoch, with a seed that "
     "depends on the epoch."},
    {"DET308", "dataset-arrival-order", Severity::kError,
     "A tf.data pipeline lets elements pass in the order in which threads finish them: "
     "deterministic=False of map, interleave or the options, sloppy=True, shuffle_files=True.",
     "Batches hold other samples in every run, whatever the seeds are.",
     "dataset.map(decode, num_parallel_calls=8, deterministic=False)",
     "Leave deterministic at True: the work stays parallel, and the order fixed."},
    {"DET309", "layer-without-seed", Severity::kError,
     "A layer of Keras that draws in every step (dropout, noise, augmentation) has no seed, in a "
     "script whose seeds do not reach it.",
     "Other units are dropped, other images flipped in every run.",
     "keras.layers.Dropout(0.5)",
     "Call keras.utils.set_random_seed(seed) before the layers are made, or pass seed=seed."},
    {"DET310", "tensorflow-determinism-missing", Severity::kWarning,
     "A script trains with TensorFlow, or with Keras on it, and never calls enable_op_determinism. The "
     "finding is where training begins.",
     "On a GPU, gradients of gathers, segment sums and some convolutions are added by atomics.",
     "model.fit(dataset, epochs=3)",
     "Call tf.config.experimental.enable_op_determinism() before training, beside "
     "keras.utils.set_random_seed(seed), which it needs."},
    {"DET311", "torch-determinism-missing", Severity::kWarning,
     "A script trains with PyTorch and never calls torch.use_deterministic_algorithms, or only with "
     "warn_only=True, which lets the other operations run. The finding is at the first backward pass, "
     "or at the call that only warns. Scripts that can only run on processors are not meant: those that "
     "name that device alone, or none and import nothing that would put tensors on another.",
     "On a GPU, index_add, scatter_add, pooling and resizing gradients are added by atomics.",
     "loss.backward()\n"
     "optimizer.step()",
     "Call torch.use_deterministic_algorithms(True) before training, and set CUBLAS_WORKSPACE_CONFIG "
     "to :4096:8 before CUDA starts."},
    {"DET312", "cudnn-benchmark", Severity::kError,
     "A script turns on cuDNN's benchmark mode (torch.backends.cudnn.benchmark = True, or the flags of "
     "a trainer).",
     "Every run times several algorithms and takes the fastest one; another algorithm rounds "
     "otherwise, even where each is deterministic.",
     "torch.backends.cudnn.benchmark = True",
     "Leave it at False, and set torch.backends.cudnn.deterministic = True."},
    {"DET313", "loader-unseeded", Severity::kError,
     "A script's DataLoader shuffles or has workers, a sampler draws its order, or random_split divides "
     "a dataset, by PyTorch's global generator, which the script never seeds.",
     "Batches hold other samples in every run, and training takes another course.",
     "DataLoader(dataset, shuffle=True, num_workers=4)",
     "Pass generator=torch.Generator().manual_seed(seed), and a worker_init_fn where workers draw."},
    {"DET314", "loader-by-global-generator", Severity::kNote,
     "A DataLoader with workers, or one in a function for others to call, has neither a generator nor "
     "a worker_init_fn: PyTorch's global generator seeds it.",
     "It repeats if that is seeded; but every draw that is added before it changes the samples of all "
     "batches, and an order that depends on the model's code is hard to compare.",
     "DataLoader(dataset, shuffle=True, num_workers=4)",
     "Pass generator=torch.Generator().manual_seed(seed), and a worker_init_fn where workers draw."},
    {"DET320", "set-order", Severity::kError,
     "A set, or a dictionary that was made of one, is iterated where the order shows: elements are "
     "listed, numbered, joined, printed, added up, or the first that will do is kept. Sets of small "
     "numbers, and what is sorted afterwards, are not meant.",
     "Strings are hashed with a key that is drawn anew in every process, other objects by their "
     "address: the order differs between runs.",
     "labels = list(set(row.label for row in rows))",
     "Iterate over sorted(...), or drop duplicates by dict.fromkeys(...), which keeps the order. "
     "PYTHONHASHSEED=0 fixes strings for one version of Python."},
    {"DET321", "folder-order", Severity::kWarning,
     "A script uses the entries of a folder in the order in which the system lists them: os.listdir, "
     "scandir, walk, glob, Path.iterdir, glob, rglob.",
     "The order depends on the file system and its history: on another machine, or after files are "
     "copied, samples come in another order.",
     "files = glob.glob(\"data/*.npy\")", "Put sorted(...) around the call, before anything uses the order."},
    {"DET322", "string-hash", Severity::kError,
     "The number that hash() gives for a string, or id() for an object, (or sorting by them) goes "
     "into a result: a bucket, a seed, a name.",
     "Python hashes strings with a key that is drawn anew in every process.",
     "fold = hash(name) % 10", "Take zlib.crc32(name.encode()), or a hash of hashlib."},
    {"DET323", "arrival-order", Severity::kError,
     "Results of threads or processes are used in the order in which they are done: imap_unordered, "
     "as_completed, wait, callbacks that append. What is stored by index, or sorted, is not meant.",
     "The scheduler decides the order: lists come out in another one, and sums are rounded otherwise.",
     "for future in as_completed(futures): total += future.result()",
     "Take the results in the order of submission (map, imap), or store each by its index."},
    {"DET324", "key-reuse", Severity::kNote,
     "A key of jax.random is consumed twice, or after it was split. Runs repeat; but the draws are the "
     "same numbers.",
     "Noise that should be independent is equal, in every run alike.",
     "a = jax.random.normal(key)\n"
     "b = jax.random.uniform(key)",
     "Split the key before each use: key, sub = jax.random.split(key)."},
};

}  // namespace

std::span<const Code> script_codes() { return kScriptCodes; }

}  // namespace detaudit::reports
