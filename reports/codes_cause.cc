#include "reports/code_tables.h"

namespace detaudit::reports {
namespace {

constexpr Code kCauseCodes[] = {
    {"DET101", "float-atomics", Severity::kError,
     "An operation on equal inputs wrote different bytes because several threads add "
     "floating-point numbers into one place in no fixed order. Each result is a valid "
     "rounding of the same sum.",
     "(a + b) + c and a + (b + c) round differently. The difference is a few ULP where it "
     "enters, and training amplifies it: after some hundred steps two runs have different "
     "weights, and a regression of that size cannot be told from chance.",
     "// scatter_add on two threads: which add comes first is up to the scheduler\n"
     "parallel_for(n, [&](size_t i) {\n"
     "  std::atomic_ref<float>(out[index[i]]).fetch_add(value[i]);   // or CUDA's atomicAdd\n"
     "});",
     "Give every output one owner that adds in a fixed order, or fold partial sums whose "
     "partition depends on the shape alone, in index order. The fix line of the finding names "
     "a replacement where detaudit ships one.\n"
     "- PyTorch: torch.use_deterministic_algorithms(True) and "
     "CUBLAS_WORKSPACE_CONFIG=:4096:8; it throws for ops without a deterministic version.\n"
     "- TensorFlow: tf.config.experimental.enable_op_determinism().\n"
     "- JAX, XLA: XLA_FLAGS=--xla_gpu_deterministic_ops=true.\n"
     "- OpenMP, TBB: no reduction clause on floats; fixed chunks folded in order, or "
     "tbb::parallel_deterministic_reduce."},
    {"DET102", "unseeded-rng", Severity::kError,
     "The state of a random generator differs between runs although every run was given the "
     "same seed: the generator does not descend from that seed.",
     "Everything drawn from it (dropout masks, augmentation, shuffles, initial weights) "
     "differs in every run. No kernel can repair it downstream.",
     "std::mt19937 dropout_rng{std::random_device{}()};   // the program's --seed never "
     "reaches it",
     "Derive the generator from the program's one seed.\n"
     "- C++: one seeding function; std::mt19937 rng(derive(seed, \"dropout\")).\n"
     "- Keras: keras.utils.set_random_seed(seed), before any layer is built; Keras 3 layers "
     "without a seed draw theirs from Python's random in construction order.\n"
     "- PyTorch: torch.manual_seed(seed); a DataLoader needs generator= and worker_init_fn= "
     "too.\n"
     "- NumPy: np.random.default_rng(seed); default_rng() ignores np.random.seed."},
    {"DET103", "unseeded-rng", Severity::kError,
     "An operation's bytes follow the operating system's entropy: with entropy replaced by "
     "one fixed stream the runs agree there, with real entropy they part.",
     "A value drawn from the system cannot be drawn again. Whatever uses it is different in "
     "every run, on every machine.",
     "std::shuffle(order.begin(), order.end(), std::mt19937{std::random_device{}()});",
     "Replace the reading of entropy by a generator that descends from the program's seed. "
     "The evidence lists the calls that read entropy before the operation (getrandom, "
     "/dev/urandom, std::random_device) and where they are. Python's random.seed(seed) covers "
     "random; uuid4, secrets and default_rng() without an argument need a seeded source of "
     "their own."},
    {"DET104", "data-order", Severity::kError,
     "A batch held other samples, or the same samples in another order, because batches are "
     "used in the order in which loader threads finish them.",
     "The order of samples is an input to training. With it left to the scheduler no two runs "
     "train on the same sequence, and resuming from a checkpoint repeats or skips samples.",
     "// each loader pushes when it is done: the queue's order is the order of arrival\n"
     "for (auto& loader : loaders) pool.run([&] { queue.push(loader.next_batch()); });",
     "Give every batch a sequence number and use them in that order (a reorder buffer costs "
     "one batch a loader).\n"
     "- tf.data: deterministic=True on map and interleave, or options.deterministic = True.\n"
     "- PyTorch DataLoader keeps order by default: remove in_order=False; set generator= and "
     "worker_init_fn= so that the workers' own draws repeat."},
    {"DET105", "uninitialized-memory", Severity::kError,
     "An operation's output follows what was in fresh memory, on the heap or on a stack: runs in "
     "which that is filled with equal bytes agree, runs with different fills part.",
     "Memory is being read that was never written. Results are not only different from run to "
     "run but wrong in all of them, and usually look right because fresh pages are zero.",
     "float* grad = static_cast<float*>(malloc(n * sizeof(float)));\n"
     "for (size_t i = 0; i < m; ++i) grad[index[i]] += value[i];   // never zeroed",
     "Zero the buffer before accumulating into it (calloc, std::fill, cudaMemsetAsync, "
     "torch.zeros for torch.empty). valgrind --tool=memcheck or -fsanitize=memory names the "
     "first read; compute-sanitizer --tool initcheck does so on a GPU. A framework's option "
     "that fills new tensors hides the fault and does not repair it."},
    {"DET106", "thread-scheduling", Severity::kError,
     "What an operation computes depends on how its threads were scheduled: whole "
     "contributions are lost, doubled or see one another's updates, beyond the rounding of a "
     "reordered sum.",
     "This is a race. The result is not one of several valid roundings; how wrong it is "
     "depends on the load of the machine.",
     "// Hogwild: threads read, modify and write the same weights with no order\n"
     "parallel_for(shards, [&](size_t s) {\n"
     "  for (size_t i = 0; i < n; ++i) weight[i] -= rate * gradient(s, weight)[i];\n"
     "});",
     "Compute contributions in parallel, apply them by one owner each in a fixed order. Check "
     "with -fsanitize=thread (C++) or compute-sanitizer --tool racecheck (CUDA shared "
     "memory). An atomic add stops lost updates but leaves the order open: see DET101."},
    {"DET107", "hash-order", Severity::kError,
     "The result follows the order in which a hash container is walked: with addresses and "
     "hash seed held still the runs agree, with one of them free they part, and an order is seen "
     "to "
     "change (what follows addresses without one is DET109).",
     "Hashes of pointers change with address randomisation, hashes of Python's strings with "
     "PYTHONHASHSEED. Sums over such a container are taken in another order in each run; "
     "files written from it have other bytes.",
     "std::unordered_map<Tensor*, float> norms;            // keyed by address\n"
     "for (auto& [tensor, norm] : norms) total += norm;     // in the order of addresses",
     "Walk a container whose order you chose: a vector in order of creation, std::map keyed "
     "by a name or an index, sorted(keys) in Python. PYTHONHASHSEED=0 holds Python's strings "
     "still for one program, but not id()-based hashes: sort instead."},
    {"DET108", "time-dependence", Severity::kError,
     "The result follows the clock: with the clock pinned the runs agree there, with it "
     "running they part.",
     "A seed or a decision taken from the time cannot be taken again. Within one second two "
     "runs may even agree, so the fault hides in quick tests.",
     "std::mt19937 augment_rng(std::time(nullptr));",
     "Take the seed from the command line or a file and print it. Where time decides how much "
     "is done (early stopping, time-based checkpoints, autotuning), count steps instead. "
     "Dates written into an output belong in a separate file, or come from SOURCE_DATE_EPOCH."},
    {"DET109", "environment", Severity::kError,
     "The runs differ because something outside the program differs: an environment variable, "
     "a library, a file that an earlier run wrote, the process id, or addresses chosen by the "
     "system.",
     "The program is reproducible only where that thing is equal, and nothing in the program "
     "records what it was.",
     "# the first run leaves a cache that the second one reads\n"
     "weights = load(\"cache.bin\") if exists(\"cache.bin\") else build()",
     "The evidence names the factor. Where addresses are it, look for a loop that peels up to an "
     "alignment, a container keyed by addresses, a seed taken from one, or stack memory read "
     "before "
     "it is written. Set anything else explicitly in the program or in its launcher, or "
     "remove the dependence: clear caches before a run, pin OMP_NUM_THREADS, "
     "CUBLAS_WORKSPACE_CONFIG and library versions, and compare two machines with `detaudit "
     "env diff`."},
    {"DET121", "collective-order", Severity::kError,
     "A collective of several ranks gave other bytes though every rank gave it the same, or a "
     "receive "
     "that any rank may answer was answered by another one.",
     "Ranks arrive in no fixed order. What takes contributions as they come (MPI_ANY_SOURCE, a "
     "reduction tree built by arrival, an operation that is not associative) then rounds "
     "otherwise, or pairs data with another rank.",
     "for (int i = 1; i < ranks; ++i) {\n"
     "  MPI_Recv(&part, 1, MPI_DOUBLE, MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &status);\n"
     "  sum += part;                       // in the order of arrival\n"
     "}",
     "Receive from rank i in the i-th turn, or gather and fold in rank order. Where work is handed "
     "to "
     "whoever is free, key its results by the work, not by the rank. With a library's reduction, "
     "choose an algorithm of fixed order (Open MPI: `--mca coll_tuned_use_dynamic_rules 1 --mca "
     "coll_tuned_allreduce_algorithm 1`), or declare the operation non-commutative: "
     "MPI_Op_create(f, 0, &op) folds in rank order."},
    {"DET114", "data-order", Severity::kError,
     "A batch differs between runs and the factor that decides it is known, but it is not the "
     "scheduling of loaders: entropy, the clock, hash order or the environment decides which "
     "samples are taken.",
     "The order of samples is an input to training; every operation after it works on other "
     "data.",
     "for name in os.listdir(folder): samples.append(name)     # in the file system's order\n"
     "random.shuffle(samples)                                  # and never seeded",
     "The evidence names the factor. Seed the shuffle from the program's seed, sort directory "
     "listings, and walk no set or hash map to build a list of samples.\n"
     "- PyTorch: DataLoader(shuffle=True, generator=torch.Generator().manual_seed(seed)).\n"
     "- tf.data: shuffle(size, seed=seed); reshuffle_each_iteration draws anew from that seed."},
    {"DET115", "block-order", Severity::kError,
     "A GPU kernel on equal inputs wrote different bytes. Its loaded code adds no floating-point "
     "numbers in open order, but it sees which of its blocks came first: it waits in a loop for "
     "memory that other blocks write, or uses the answer of an atomic (a ticket, a slot, a lock).",
     "Which block comes first is up to the hardware. Where it decides how partial results are "
     "grouped or where records lie, the bytes follow it. CUB's and Thrust's look-back does so for "
     "sums of floats: reduce_by_key and scans differ from run to run.",
     "slot = atomicAdd(&count, 1);      // who comes first gets the lower slot\n"
     "out[slot] = value;",
     "Let indices decide: fixed chunks folded in index order, positions from a count, a scan and a "
     "write. The same pattern is harmless where arrival only says when to go on (a grid barrier, "
     "the last block that folds all parts in order), so the proof is at most `inferred` unless "
     "the kernel varied on replay (`detaudit run --replay 8`)."},
    {"DET116", "device-clock", Severity::kError,
     "A GPU kernel on equal inputs wrote different bytes. Nothing in its loaded code depends on "
     "the order of its threads, but it reads the device's clock or timer.",
     "A seed or a decision taken from a clock cannot be taken again, on the device no more than "
     "on the host.",
     "curand_init(clock64(), thread, 0, &state);",
     "Pass the seed, or a step number to derive it from, as a parameter of the kernel."},
    {"DET117", "library-selection", Severity::kError,
     "A library chose another algorithm in another run, or ran one that it does not promise equal "
     "bits for: cuDNN's autotuning and heuristics, cuBLAS's heuristics, atomics that a handle "
     "allows.",
     "Two algorithms for one convolution or product round differently. Autotuning measures times, "
     "so "
     "the choice follows the load of the machine, and with it every number downstream.",
     "cudnnFindConvolutionForwardAlgorithm(handle, ..., &count, results);   // fastest first\n"
     "cudnnConvolutionForward(handle, ..., results[0].algo, ...);",
     "Pin the choice.\n"
     "- PyTorch: torch.backends.cudnn.benchmark = False, torch.backends.cudnn.deterministic = "
     "True, "
     "CUBLAS_WORKSPACE_CONFIG=:4096:8.\n"
     "- cuDNN: no BWD_FILTER_ALGO_0 or 3, no BWD_DATA_ALGO_0; keep the algorithm's number with the "
     "model.\n"
     "- cuBLAS: leave cublasSetAtomicsMode at not allowed; one workspace a stream.\n"
     "The proof is `recorded` where the library was asked the same in both runs and the two "
     "choices "
     "were seen; `inferred` where only its kernels or a documented setting say so."},
};

}  // namespace

std::span<const Code> cause_codes() { return kCauseCodes; }

}  // namespace detaudit::reports
